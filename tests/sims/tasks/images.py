"""What the tests of image tasks share."""

import math

import numpy as np

from sims.tasks.base import Batch


def arrays(batch: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (n, size, size, d), labels and latents (n, 2), shortcut first, as numpy arrays."""
    x = np.asarray(batch.x)
    side = math.isqrt(x.shape[1])
    z = np.stack([batch.latents["z_s"], batch.latents["z_c"]], axis=1)
    return x.reshape(len(x), side, side, -1), np.asarray(batch.y), z
