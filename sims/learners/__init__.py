"""Learners: from a training set to a predictor. A new learner is one file here."""

from sims.learners.base import Learner, Trained
from sims.learners.channel_regression import ChannelRegression
from sims.learners.cross_validated import CrossValidated
from sims.learners.gradient_descent import GradientDescent
from sims.learners.kernel_method import KernelMethod
from sims.learners.kernel_regression import KernelRegression
from sims.learners.own_estimator import OwnEstimator, estimator
from sims.learners.posterior import Posterior
from sims.learners.scaled import ScaledDescent
from sims.learners.stax_regression import StaxMethod, StaxRegression
from sims.learners.two_step import TwoStep
