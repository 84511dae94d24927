"""Tasks: distributions over (image of k patches, label). A new task is one file here and one import below."""

from sims.tasks.base import Batch, Task, task_key
from sims.tasks.dsd import DSD, SSD

__all__ = ["DSD", "SSD", "Batch", "Task", "task_key"]
