"""Tasks: distributions over (image of k patches, label). A new task is one file here."""

from sims.tasks.base import Batch, Task, task_key
from sims.tasks.dsd import DSD, SSD
from sims.tasks.own_arrays import Arrays, arrays
from sims.tasks.own_generator import Generator, generator
from sims.tasks.own_images import Images, images
from sims.tasks.related.local_signal import LocalSignal
from sims.tasks.related.sign_of_quadratics import QuadraticRegression, SignOfQuadratics
from sims.tasks.related.textures import Textures
from sims.tasks.shortcut.clustered_shortcut import ClusteredShortcut
from sims.tasks.shortcut.digits import Digits
from sims.tasks.shortcut.footprint import Footprint
from sims.tasks.shortcut.image_folder import ImageFolder
from sims.tasks.shortcut.shortcut_patches import ShortcutPatches
from sims.tasks.shortcut.two_features import Shortcut
from sims.tasks.signal_location import SignalLocation
