"""Labels with two binary attributes of set predictivities: what composites of real images share.

    y ~ Unif{-1, +1},   z_i = y with probability rho_i, else -y, independently given y, i = shortcut, core

The Bayes rule on the attributes decides by the more predictive one alone.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from sims.pieces.errors import is_whole, require
from sims.pieces.fields import Number
from theory.shortcut import Reliance

PREDICTIVITY = Number(least=0.5, most=1)
"""From telling nothing of the label to telling all."""


@partial(jax.jit, static_argnames="n")
def attributes(
    key: jax.Array, stream: int, rho_s: float, rho_c: float, *, n: int
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Labels y (n,), attributes z (n, 2) of +-1, shortcut first, and keys for the rest (n,), nested in n."""
    key = jax.random.fold_in(jax.random.fold_in(key, 1), stream)

    def one(index: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        key_y, key_z, key_rest = jax.random.split(jax.random.fold_in(key, index), 3)
        y = jax.random.rademacher(key_y, (), jnp.float32)
        agrees = jax.random.uniform(key_z, (2,)) < jnp.asarray([rho_s, rho_c])
        return y, jnp.where(agrees, y, -y), key_rest

    return jax.vmap(one)(jnp.arange(n, dtype=jnp.uint32))


def balanced(n: int) -> np.ndarray:
    """Attributes z (n, 2), shortcut first, each of the four combinations n/4 times. Raises `InputError`
    unless 4 divides n.
    """
    require(is_whole(n) and n >= 4 and n % 4 == 0, "probes", n, "a positive multiple of 4")
    return np.tile(np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)], np.float32), (n // 4, 1))


def attribute_floor(kind: str, metric: str, rho_s: float, rho_c: float) -> float:
    """Risk of the Bayes rule on the attributes ("bayes"), or 0 ("zero"), "squared" or "zero_one".

    Squared: E[1 - E[y | z]^2] over the four combinations.
    """
    require(kind in ("bayes", "zero"), "floor", kind, "bayes, zero")
    require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
    if kind == "zero":
        return 0.0
    if metric == "zero_one":
        return 1 - max(rho_s, rho_c)
    total = 0.0
    for z_s, z_c in balanced(4):
        # P(z | y = 1), P(z | y = -1).
        up, down = ((rho_s if z_s == y else 1 - rho_s) * (rho_c if z_c == y else 1 - rho_c) for y in (1, -1))
        if up + down > 0:
            total += (up + down) / 2 * (1 - ((up - down) / (up + down)) ** 2)
    return total


class OfAttributes:
    """Mixin of tasks with two attributes, on square images whose patches are pixels."""

    rho_s: float
    rho_c: float
    size: int

    @property
    def k(self) -> int:
        """Pixels of an image."""
        return self.size**2

    def probe_latents(self, n: int) -> np.ndarray:
        """Attributes (n, 2), shortcut first, all four combinations alike. Raises `InputError` unless 4
        divides n.
        """
        return balanced(n)

    def optimum(self) -> Reliance:
        """Reliance of the Bayes rule on balanced attributes: -1 if the core predicts better, 1 if the
        shortcut does, 0 if neither.
        """
        value = float(np.sign(self.rho_s - self.rho_c))
        return Reliance(signed=value, absolute=value)

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk of the Bayes rule on the attributes ("bayes"): that of nets that read both without error."""
        return attribute_floor(kind, metric, self.rho_s, self.rho_c)
