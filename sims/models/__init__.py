"""Models: functions on images of k patches. A new model is one file here."""

from sims.models.base import Model, Parameters
from sims.models.linear import Linear
from sims.models.local import CNN, FCN, LCN, DenseCNN, DenseLCN
from sims.models.mlp import MLP
from sims.models.pooled import PooledCNN
from sims.models.quadratic import QuadraticCNN, QuadraticFCN, QuadraticLCN
from sims.models.resnet import ResNet, resnet18
from sims.models.wide import WideCNN, WideFCN, WideLCN
