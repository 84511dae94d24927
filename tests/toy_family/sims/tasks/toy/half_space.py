"""A half-space: the sign of one coordinate of Gaussian images, flipped now and then."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp

from sims.pieces import register
from sims.pieces.errors import is_number, require, require_integer
from sims.tasks.base import Batch
from theory.toy.flips import bayes_error


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class HalfSpace:
    """x ~ N(0, I) in k patches of d coordinates, y the sign of the first, flipped with probability `flip`."""

    k: int
    d: int
    flip: float = 0.05
    name: ClassVar[str] = "half_space"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        require_integer("k", self.k, 1, 1000)
        require_integer("d", self.d, 1, 1000)
        require(is_number(self.flip) and 0 <= self.flip < 0.5, "flip", self.flip, "a number >= 0 and < 0.5")

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream, each with a key of its own, so that sets are nested."""

        def one(index: jax.Array) -> tuple[jax.Array, jax.Array]:
            key_x, key_y = jax.random.split(jax.random.fold_in(jax.random.fold_in(key, stream), index))
            x = jax.random.normal(key_x, (self.k, self.d), jnp.float32)
            sign = jnp.where(jax.random.uniform(key_y) < self.flip, -1.0, 1.0)
            return x, sign * jnp.where(x[0, 0] > 0, 1.0, -1.0)

        x, y = jax.vmap(one)(jnp.arange(n, dtype=jnp.uint32))
        return Batch(x, y, {})

    def floor(self, kind: str, metric: str = "squared") -> float:
        """0 for "zero", the least 0-1 error for "bayes"."""
        known = ("zero", "bayes") if metric == "zero_one" else ("zero",)
        require(kind in known, "floor", kind, ", ".join(known))
        return bayes_error(self.flip) if kind == "bayes" else 0.0
