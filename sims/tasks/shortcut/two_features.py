"""A core and a shortcut feature of set predictivity and availability (Hermann et al. 2024, 2310.16228).

    y ~ Unif{-1, +1},   z = (z_s, z_c) | y ~ N(y (mu_s, mu_c), [[1, c], [c, 1]]),   mu_i = Phi^-1(rho_i)
    x = f_s(alpha_s w_s z_s) + f_c(alpha_c w_c z_c),   |w_i| = 1 at random in R^d

rho_i = P(sign z_i = y) is a feature's predictivity, alpha_s/alpha_c the availability of the shortcut (alpha_c
= 1). f_i nests the feature: a random net of eta_i layers, x -> tanh(W x), W of d x d entries N(0, 1/d), no
biases; at eta_i = 0 the identity. Width, scale and biases of these nets are not in the paper's main text
(its supplement was not found) and are chosen here.
"""

import dataclasses
import math
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from sims.pieces import register
from sims.pieces.errors import is_whole, require
from sims.pieces.fields import Checked, Number, Whole
from sims.tasks.base import Batch
from theory.shortcut import Optimum, class_mean, optimal_reliance, optimal_risk

FLOORS = ("bayes", "linear", "zero")
MAX_D = 100_000
MAX_LAYERS = 64
MAX_RATIO = 1e4
"""Beyond it float32 rounds the less available feature away."""
PROBES_TO = 3.0
"""Probes reach to so many class means on either side of 0."""


@partial(jax.jit, static_argnames="n")
def latents(key: jax.Array, stream: int, mu_s: float, mu_c: float, c: float, *, n: int) -> Batch:
    """`n` labels and latents (n, 2), one key each, so that sets are nested."""
    key = jax.random.fold_in(jax.random.fold_in(key, 1), stream)

    def one(index: jax.Array) -> tuple[jax.Array, jax.Array]:
        key_y, key_z = jax.random.split(jax.random.fold_in(key, index))
        y = jax.random.rademacher(key_y, (), jnp.float32)
        g = jax.random.normal(key_z, (2,), jnp.float32)
        return jnp.stack([y * mu_s + g[0], y * mu_c + c * g[0] + jnp.sqrt(1 - c**2) * g[1]]), y

    z, y = jax.vmap(one)(jnp.arange(n, dtype=jnp.uint32))
    return Batch(z, y, {})


@partial(jax.jit, static_argnames=("d", "layers"))
def _embedded(key: jax.Array, z: jax.Array, scale: float, *, d: int, layers: int) -> jax.Array:
    """f(scale w z) (n, d) of one latent z (n,); key draws w and the layers."""
    direction = jax.random.normal(jax.random.fold_in(key, 0), (d,), jnp.float32)
    x = scale * z[:, None] * (direction / jnp.linalg.norm(direction))[None, :]
    for layer in range(1, layers + 1):
        weights = jax.random.normal(jax.random.fold_in(key, layer), (d, d), jnp.float32) / math.sqrt(d)
        x = jnp.tanh(x @ weights.T)
    return x


class OfLatents:
    """Mixin of tasks whose images show the latents of a `Shortcut`, their `features`."""

    def features(self) -> "Shortcut":
        """The task of the latents alone."""
        raise NotImplementedError

    def probe_latents(self, n: int) -> np.ndarray:
        """Latents (n, 2) evenly on |z_i| <= 3 mu_i, shortcut first. Raises `InputError` unless n is the
        square of an even number.
        """
        return self.features().probe_latents(n)

    def optimum(self) -> Optimum:
        """Reliance and accuracy of the Bayes classifier of the latents, read without the noise."""
        return self.features().optimum()


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Shortcut(Checked):
    """The module's task: one patch (k = 1) of d coordinates.

    Parameters
    ----------
    rho_s, rho_c: predictivities of shortcut and core, above 1/2 and below 1.
    sigma_sc: c, the covariance of the latents given the label, above -1 and below 1.
    ratio: availability alpha_s/alpha_c, from 1e-4 to 1e4.
    eta_s, eta_c: layers that nest shortcut and core, integers from 0 to 64.
    d: coordinates of x, an integer >= 2.

    Latents: ``z_s``, ``z_c`` (n,). All streams of a key share w_s, w_c and the nets. Raises `InputError` for
    anything else.
    """

    rho_s: Annotated[float, Number(above=0.5, below=1)]
    rho_c: Annotated[float, Number(above=0.5, below=1)] = 0.9
    sigma_sc: Annotated[float, Number(above=-1, below=1)] = 0.6
    ratio: Annotated[float, Number(least=1 / MAX_RATIO, most=MAX_RATIO)] = 1.0
    eta_s: Annotated[int, Whole(0, MAX_LAYERS)] = 0
    eta_c: Annotated[int, Whole(0, MAX_LAYERS)] = 0
    d: Annotated[int, Whole(2, MAX_D)] = 100
    name: ClassVar[str] = "shortcut"
    version: ClassVar[int] = 1
    k: ClassVar[int] = 1

    @property
    def means(self) -> tuple[float, float]:
        """(mu_s, mu_c)."""
        return class_mean(self.rho_s), class_mean(self.rho_c)

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, 1, d) and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        drawn = latents(key, stream, *self.means, self.sigma_sc, n=n)
        return Batch(self.embed(key, drawn.x), drawn.y, {"z_s": drawn.x[:, 0], "z_c": drawn.x[:, 1]})

    def embed(self, key: jax.Array, z: jax.Array) -> jax.Array:
        """Images x (n, 1, d) of latents z (n, 2), shortcut first, with this key's directions and nets."""
        own = jax.random.fold_in(key, 0)
        sides = ((0, self.ratio, self.eta_s), (1, 1.0, self.eta_c))
        parts = [
            _embedded(jax.random.fold_in(own, side), z[:, side], scale, d=self.d, layers=layers)
            for side, scale, layers in sides
        ]
        return (parts[0] + parts[1])[:, None, :]

    def probe_grid(self, side: int) -> np.ndarray:
        """Latents (side^2, 2) evenly on the rectangle |z_i| <= 3 mu_i, shortcut first; float32."""
        require(is_whole(side) and side >= 2 and side % 2 == 0, "side", side, "an even number >= 2")
        s, c = (np.linspace(-PROBES_TO * mu, PROBES_TO * mu, side) for mu in self.means)
        return np.stack(np.meshgrid(s, c, indexing="ij"), -1).reshape(-1, 2).astype(np.float32)

    def probe_latents(self, n: int) -> np.ndarray:
        """Latents (n, 2) of n probes. Raises `InputError` unless n is the square of an even number."""
        side = math.isqrt(n) if is_whole(n) and n > 0 else 0
        even = side**2 == n and side > 0 and side % 2 == 0
        require(even, "probes", n, "the square of an even number")
        return self.probe_grid(side)

    def probes(self, key: jax.Array, n: int) -> Batch:
        """Images (n, 1, d) of `probe_latents`; y is 0."""
        z = jnp.asarray(self.probe_latents(n))
        return Batch(self.embed(key, z), jnp.zeros(n, jnp.float32), {"z_s": z[:, 0], "z_c": z[:, 1]})

    def optimum(self) -> Optimum:
        """Reliance and accuracy of the Bayes classifier of the latents."""
        return optimal_reliance(self.rho_s, self.rho_c, self.sigma_sc)

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk of the Bayes classifier ("bayes") and of the best linear predictor ("linear", without
        nesting: the same decisions).
        """
        require(kind in FLOORS, "floor", kind, ", ".join(FLOORS))
        require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
        if kind == "zero":
            return 0.0
        linear = kind == "linear"
        known = not linear or self.eta_s == self.eta_c == 0
        require(known, "floor", kind, "bayes or zero where a feature is nested")
        return float(getattr(optimal_risk(self.rho_s, self.rho_c, self.sigma_sc, linear=linear), metric))
