"""The patch version of the shortcut task: core and shortcut in different patches, or the shortcut in all.

    y, z = (z_s, z_c) as in `sims.tasks.shortcut.two_features`;   x_i = noise, N(0, sigma^2 I_d), in k patches
    core      x_t += z_c w_c                              in one patch t, drawn anew for every sample
    shortcut  x_s += ratio z_s w_s, s != t                in another one ("patch")
              x_i += ratio z_s w_s/sqrt k                 or in all of them ("all"), with the same energy

w_s and w_c are orthogonal unit vectors of R^d, drawn with the key. nstar's own question, asked by no paper:
does locality or weight sharing make a net fall for the shortcut?
"""

import dataclasses
import math
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf, Whole, same_fields
from sims.tasks.base import PROBES, Batch
from sims.tasks.shortcut.two_features import OfLatents, Shortcut, latents
from theory.shortcut import optimal_risk

PLACEMENTS = ("patch", "all")
FLOORS = ("core", "bayes", "zero")
MAX_INPUT = 1_000_000


@partial(jax.jit, static_argnames="d")
def _directions(key: jax.Array, *, d: int) -> jax.Array:
    """(2, d): orthonormal, uniform; shortcut first."""
    drawn = jax.random.normal(jax.random.fold_in(key, 0), (2, d), jnp.float32)
    first = drawn[0] / jnp.linalg.norm(drawn[0])
    second = drawn[1] - (drawn[1] @ first) * first
    return jnp.stack([first, second / jnp.linalg.norm(second)])


@partial(jax.jit, static_argnames=("k", "spread"))
def _images(
    key: jax.Array, z: jax.Array, directions: jax.Array, sigma: float, ratio: float, *, k: int, spread: bool
) -> tuple[jax.Array, jax.Array]:
    """Images (n, k, d) and the core's patch (n,) of latents z (n, 2), a key each, so that sets are nested."""
    d = directions.shape[1]

    def one(index: jax.Array, own: jax.Array) -> tuple[jax.Array, jax.Array]:
        key_t, key_s, key_x = jax.random.split(jax.random.fold_in(key, index), 3)
        t = jax.random.randint(key_t, (), 0, k)
        s = (t + jax.random.randint(key_s, (), 1, k)) % k
        patches = jnp.arange(k)
        share = jnp.full((k,), 1 / math.sqrt(k)) if spread else (patches == s).astype(jnp.float32)
        x = sigma * jax.random.normal(key_x, (k, d), jnp.float32)
        core = (patches == t).astype(jnp.float32)
        x = x + core[:, None] * own[1] * directions[1][None, :]
        return x + share[:, None] * ratio * own[0] * directions[0][None, :], t

    return jax.vmap(one)(jnp.arange(len(z), dtype=jnp.uint32), z)


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortcutPatches(Checked, OfLatents):
    """The module's task.

    Parameters
    ----------
    k, d: patches (>= 2) and coordinates a patch (>= 2), k d <= 1 000 000.
    sigma: noise of every coordinate, > 0.
    rho_s, rho_c, sigma_sc, ratio: as in `Shortcut`.
    placement: of the shortcut, "patch" or "all".
    informative: whether z_s tells of the label; if not, z_s is drawn with a label of its own and without
        correlation to z_c. Nets are tested so on what they make of the core.

    Latents: ``z_s``, ``z_c``, ``patch`` (n,). Raises `InputError`, named by the field, for anything else.

    >>> task = ShortcutPatches(k=6, d=10, sigma=0.15, rho_s=0.78)
    >>> task.placement
    'patch'
    """

    k: Annotated[int, Whole(2, MAX_INPUT)]
    d: Annotated[int, Whole(2, MAX_INPUT)]
    sigma: Annotated[float, Number(above=0)]
    rho_s: float
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    ratio: float = 1.0
    placement: Annotated[str, OneOf(PLACEMENTS)] = "patch"
    informative: bool = True
    name: ClassVar[str] = "shortcut_patches"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        most = MAX_INPUT // self.k
        require(self.d <= most, "d", self.d, f"an integer from 2 to {most}")
        self.features()

    def features(self) -> Shortcut:
        """The task of the latents."""
        return Shortcut(**same_fields(self, Shortcut))

    def uninformative(self) -> "ShortcutPatches":
        """The same task with a shortcut that tells nothing."""
        return dataclasses.replace(self, informative=False)

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, d) and y (n,), float32. With and without an informative
        shortcut the core, its patch and the noise are the same.
        """
        require(n >= 0, "n", n, "an integer >= 0")
        drawn = latents(key, stream, *self.features().means, self.sigma_sc, n=n)
        z = drawn.x
        if not self.informative:
            other = latents(jax.random.fold_in(key, 2), stream, *self.features().means, self.sigma_sc, n=n)
            z = jnp.stack([other.x[:, 0], z[:, 1]], axis=1)
        return self._batch(key, stream, z, drawn.y)

    def _batch(self, key: jax.Array, stream: int, z: jax.Array, y: jax.Array) -> Batch:
        """Images of latents z (n, 2), at the places and with the noise of a stream."""
        own = jax.random.fold_in(jax.random.fold_in(key, 3), stream)
        shape = {"k": self.k, "spread": self.placement == "all"}
        x, patch = _images(own, z, _directions(key, d=self.d), self.sigma, self.ratio, **shape)
        return Batch(x, y, {"z_s": z[:, 0], "z_c": z[:, 1], "patch": patch})

    def probes(self, key: jax.Array, n: int) -> Batch:
        """Images (n, k, d) of `probe_latents`; y is 0."""
        z = jnp.asarray(self.probe_latents(n))
        return self._batch(key, PROBES, z, jnp.zeros(n, jnp.float32))

    def floor(self, kind: str, metric: str = "zero_one") -> float:
        """Risk of sign z_c ("core", 0-1 error alone) and of the Bayes classifier of z ("bayes"): both read
        the latents without the noise, and so are below what any net reaches.
        """
        require(kind in FLOORS, "floor", kind, ", ".join(FLOORS))
        require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
        if kind == "zero":
            return 0.0
        if kind == "core":
            require(metric == "zero_one", "metric", metric, "zero_one for floor core")
            return 1 - self.rho_c
        return float(getattr(optimal_risk(self.rho_s, self.rho_c, self.sigma_sc), metric))
