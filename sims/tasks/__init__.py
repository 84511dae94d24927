"""Tasks: distributions over (image of k patches, label). A new task is one file here and one import below."""

from sims.tasks.base import Batch, Task, task_key
from sims.tasks.clustered_shortcut import ClusteredShortcut
from sims.tasks.digits import Digits
from sims.tasks.dsd import DSD, SSD
from sims.tasks.footprint import Footprint
from sims.tasks.image_folder import ImageFolder
from sims.tasks.local_signal import LocalSignal
from sims.tasks.shortcut import Shortcut
from sims.tasks.shortcut_patches import ShortcutPatches
from sims.tasks.sign_of_quadratics import QuadraticRegression, SignOfQuadratics
from sims.tasks.textures import Textures

__all__ = [
    "DSD",
    "SSD",
    "Batch",
    "ClusteredShortcut",
    "Digits",
    "Footprint",
    "ImageFolder",
    "LocalSignal",
    "QuadraticRegression",
    "Shortcut",
    "ShortcutPatches",
    "SignOfQuadratics",
    "Task",
    "Textures",
    "task_key",
]
