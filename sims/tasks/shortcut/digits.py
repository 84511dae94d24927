"""Handwritten digits on textured backgrounds: real images with a core and a shortcut attribute.

    core      the digit: a round one, 0, 6 or 8 (-1), or one of strokes, 1, 4 or 7 (+1)
    shortcut  the background: a grating along one axis in a warm tint (-1), along the other in a cold one (+1)

with predictivities as in `sims.tasks.shortcut.attributes`. Digits are the 1797 images of 8 x 8 pixels that
come with scikit-learn (Alpaydin and Kaynak 1998, test part), at a random place. Availability is manipulated
three ways, after section 7 of Hermann et al. 2024 (2310.16228), which has birds on water or land: the digit's
size, the share of the background that shows, and its colour.
"""

import dataclasses
import functools
import math
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, Whole
from sims.tasks.base import PROBES, Batch
from sims.tasks.shortcut.attributes import PREDICTIVITY, OfAttributes, attributes, balanced
from sims.tasks.shortcut.rendering import render_each
from sims.tasks.signal_in_patch import COMPILED_ONCE

CLASSES = ((0, 6, 8), (1, 4, 7))
"""Digits of the core -1 and +1. Halves of all ten, 0 to 4 and 5 to 9, small nets read badly."""
PARTS = {"train": (0, 2), "test": (1,), "probes": (3,)}
"""Which digits of the package, by index modulo 4, go into training sets, into validation and test sets
(stream 1), and onto probes.
"""
EDGE = 8
"""Pixels along an edge of a digit."""
PERIOD = 4.0
"""Pixels a wave of the grating."""
WARM, COLD = (0.6, 0.4, 0.2), (0.2, 0.4, 0.6)
"""Mean colour of a background; in grey, both are the mean of the two."""
CONTRAST = 0.5
"""Amplitude of the grating over its mean."""
MAX_SIZE = 256


@functools.lru_cache(maxsize=1)
def packaged_digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 8, 8) in [0, 1], float32, and digits (1797,). Raises `ImportError` without
    scikit-learn.
    """
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    return (np.asarray(pixels) / 16).reshape(-1, EDGE, EDGE).astype(np.float32), np.asarray(digits)


@functools.lru_cache(maxsize=len(PARTS))
def _by_class(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images of the classes -1 and +1 (2, m, 8, 8) and how many each has (2,), the rest zeros, of one of
    `PARTS`.
    """
    images, digits = packaged_digits()
    chosen = np.isin(np.arange(len(digits)) % 4, PARTS[part])
    parts = [images[chosen & np.isin(digits, own)] for own in CLASSES]
    most = max(map(len, parts))
    padded = np.stack([np.pad(part, ((0, most - len(part)), (0, 0), (0, 0))) for part in parts])
    return padded, np.array([len(part) for part in parts])


@partial(jax.jit, static_argnames=("size", "scale", "colour"), compiler_options=COMPILED_ONCE)
def _compose(
    keys: jax.Array,
    z: jax.Array,
    digits: jax.Array,
    counts: jax.Array,
    share: float,
    *,
    size: int,
    scale: int,
    colour: bool,
) -> jax.Array:
    """Images (n, size^2, 3) of attributes z (n, 2), from a key each."""
    pixels = jnp.arange(size, dtype=jnp.float32)
    tints = jnp.asarray([WARM, COLD]) if colour else jnp.full((2, 3), (sum(WARM) + sum(COLD)) / 6)
    edge = EDGE * scale

    def one(key: jax.Array, own: jax.Array) -> jax.Array:
        key_digit, key_place, key_phase, key_window = jax.random.split(key, 4)
        shortcut, core = own > 0
        which = jax.random.randint(key_digit, (), 0, counts[core.astype(int)])
        digit = jnp.kron(digits[core.astype(int), which], jnp.ones((scale, scale)))
        wave = jnp.sin(2 * math.pi * (pixels / PERIOD + jax.random.uniform(key_phase)))
        texture = jnp.where(shortcut, wave[:, None], wave[None, :]) * jnp.ones((size, size))
        background = (1 + CONTRAST * texture)[..., None] * tints[shortcut.astype(int)][None, None, :]
        # The part that shows is a band of rows, cyclic, so that all places are alike.
        first = jax.random.randint(key_window, (), 0, size)
        shown = (jnp.arange(size) - first) % size < jnp.round(share * size)
        neutral = jnp.full((3,), (sum(WARM) + sum(COLD)) / 6)
        background = jnp.where(shown[:, None, None], background, neutral[None, None, :])
        row, column = jax.random.randint(key_place, (2,), 0, size - edge + 1)
        ink = jax.lax.dynamic_update_slice(jnp.zeros((size, size)), digit, (row, column))[..., None]
        return (background * (1 - ink) + ink).reshape(-1, 3)

    return render_each(one, keys, z)


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Digits(Checked, OfAttributes):
    """The module's task; a patch is a pixel: k = size^2, d = 3 colours.

    Parameters
    ----------
    rho_s, rho_c: predictivities of background and digit, from 1/2 to 1.
    size: pixels along an edge of the image.
    scale: pixels a pixel of the digit takes along an edge, an integer >= 1 with 8 scale <= size.
    share: of the background that shows, as a band of rows, from 0 to 1; the rest is neutral.
    colour: whether backgrounds have a tint, or are told apart by the texture alone.

    No digit is in two of training, validation and test (stream 1), and probes. Latents: ``z_s``, ``z_c`` (n,)
    of +-1. Needs scikit-learn. Raises `InputError`, named by the field, for values out of range.
    """

    rho_s: Annotated[float, PREDICTIVITY]
    rho_c: Annotated[float, PREDICTIVITY] = 0.9
    size: Annotated[int, Whole(EDGE, MAX_SIZE)] = 24
    scale: Annotated[int, Whole(1)] = 1
    share: Annotated[float, Number(least=0, most=1)] = 1.0
    colour: bool = True
    name: ClassVar[str] = "digits"
    version: ClassVar[int] = 1
    d: ClassVar[int] = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        most = self.size // EDGE
        require(self.scale <= most, "scale", self.scale, f"1 to {most}")

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, 3) in [0, 1] and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        y, z, keys = attributes(key, stream, self.rho_s, self.rho_c, n=n)
        return Batch(
            self._images(keys, z, "test" if stream == 1 else "train"), y, {"z_s": z[:, 0], "z_c": z[:, 1]}
        )

    def probes(self, key: jax.Array, n: int) -> Batch:
        """Images (n, k, 3) of held-out digits, with the attributes `probe_latents`; y is 0."""
        z = jnp.asarray(balanced(n))
        keys = attributes(key, PROBES, 0.5, 0.5, n=n)[2]
        zeros = jnp.zeros(n, jnp.float32)
        return Batch(self._images(keys, z, "probes"), zeros, {"z_s": z[:, 0], "z_c": z[:, 1]})

    def _images(self, keys: jax.Array, z: jax.Array, part: str) -> jax.Array:
        digits, counts = _by_class(part)
        options = {"size": self.size, "scale": self.scale, "colour": self.colour}
        return _compose(keys, z, digits, counts, self.share, **options)
