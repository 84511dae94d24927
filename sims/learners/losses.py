"""Training losses by name: l(f, y) and its derivative with respect to f, for labels y in {-1, +1}."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp


@dataclasses.dataclass(frozen=True)
class Loss:
    """A pointwise loss: `value(f, y)` and `slope(f, y)` = dl/df, both elementwise."""

    value: Callable[[jax.Array, jax.Array], jax.Array]
    slope: Callable[[jax.Array, jax.Array], jax.Array]


LOSSES: dict[str, Loss] = {
    "squared": Loss(lambda f, y: (f - y) ** 2, lambda f, y: 2 * (f - y)),
    "logistic": Loss(lambda f, y: jax.nn.softplus(-y * f), lambda f, y: -y * jax.nn.sigmoid(-y * f)),
    "hinge": Loss(lambda f, y: jax.nn.relu(1 - y * f), lambda f, y: jnp.where(y * f < 1, -y, 0.0)),
    "correlation": Loss(lambda f, y: -y * f, lambda f, y: jnp.broadcast_to(-y, f.shape)),
}

BOUNDED_BELOW = ("squared", "logistic", "hinge")
"""Losses that descent can run on to its end. The correlation loss falls for ever as weights grow: it is for
learners that take a stated number of steps.
"""
