"""Four clusters, heavy ones where a shortcut agrees with the label and light ones where it does not (after
Lim, Kim and Moon 2025, 2602.03066).

    y = c ~ Unif{-1, +1},   s = y with probability rho, else -y,   x = (A_s s, A_c c) + sigma g,  g ~ N(0, I)

A_c = 1 and A_s = ratio: the rest is a choice of unit. The paper has Gaussian mixtures; this smallest one,
whose modes have a closed form (`theory.shortcut.clustered_modes`), is chosen here.
"""

import dataclasses
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number
from sims.tasks.base import Batch
from theory.shortcut.clustered import clustered_risk

FLOORS = ("bayes", "linear", "zero")


@partial(jax.jit, static_argnames="n")
def _draw(key: jax.Array, stream: int, ratio: float, sigma: float, rho: float, *, n: int) -> Batch:
    """`n` samples, one key each, so that sets are nested."""
    key = jax.random.fold_in(key, stream)

    def one(index: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        key_y, key_s, key_g = jax.random.split(jax.random.fold_in(key, index), 3)
        y = jax.random.rademacher(key_y, (), jnp.float32)
        s = jnp.where(jax.random.uniform(key_s, ()) < rho, y, -y)
        return jnp.stack([ratio * s, y]) + sigma * jax.random.normal(key_g, (2,), jnp.float32), y, s

    x, y, s = jax.vmap(one)(jnp.arange(n, dtype=jnp.uint32))
    return Batch(x[:, None, :], y, {"s": s, "c": y})


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ClusteredShortcut(Checked):
    """The module's task: one patch (k = 1) of two coordinates, shortcut first.

    Parameters
    ----------
    ratio: A_s/A_c > 0, with A_c = 1.
    sigma: noise a coordinate, > 0.
    rho: P(s = y), in [0, 1].

    Latents: ``s``, ``c`` (n,), each -1 or 1. Raises `InputError`, named by the field, for anything else.
    """

    ratio: Annotated[float, Number(above=0)]
    sigma: Annotated[float, Number(above=0)]
    rho: Annotated[float, Number(least=0, most=1)]
    name: ClassVar[str] = "clustered_shortcut"
    version: ClassVar[int] = 1
    k: ClassVar[int] = 1
    d: ClassVar[int] = 2

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, 1, 2) and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        return _draw(key, stream, self.ratio, self.sigma, self.rho, n=n)

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk of the Bayes predictor ("bayes") and of the best linear predictor ("linear")."""
        require(kind in FLOORS, "floor", kind, ", ".join(FLOORS))
        require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
        if kind == "zero":
            return 0.0
        risk = clustered_risk(self.ratio, 1.0, self.sigma, self.rho, linear=kind == "linear")
        return float(getattr(risk, metric))
