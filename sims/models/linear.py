"""The linear model f(x) = <w, x>, the baseline that has neither locality nor weight sharing nor a
threshold.
"""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from sims.models.base import AutomaticGradient, Parameters, turn
from sims.pieces import register
from theory.groups import GROUPS


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Linear(AutomaticGradient):
    """f(x) = sum_i <w_i, x_i> with k d weights and no bias.

    It carries the untrained scalar "b" that every model has (the final bias is part of every result).

    >>> Linear().floor
    'linear'
    """

    name: ClassVar[str] = "linear"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "orthogonal"
    trained_bias: ClassVar[bool] = False
    floor: ClassVar[str] = "linear"
    """Its target is counted from the best linear predictor: the nets' floor is out of its reach."""

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Weights N(0, std^2), shape (k, d); the bias is zero whatever is asked, a linear model has none."""
        del bias
        return {"w": std * jax.random.normal(key, (k, d), jnp.float32), "b": jnp.zeros((), jnp.float32)}

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, k, d) on a block x (k, d, B)."""
        lanes = params["w"].shape[0]
        return params["w"].reshape(lanes, -1) @ x.reshape(-1, x.shape[-1])

    def filters(self, params: Parameters, k: int, d: int) -> np.ndarray:
        """The weights of lane 0, (1, k d)."""
        return np.asarray(params["w"], np.float64)[0].reshape(1, k * d)

    def transport(self, params: Parameters, matrix: ArrayLike, k: int, d: int) -> Parameters | None:
        """w U^T, for any orthogonal U."""
        if not GROUPS[self.group].contains(matrix, k, d):
            return None
        w = params["w"]
        return {**params, "w": turn(w.reshape(*w.shape[:-2], k * d), matrix).reshape(w.shape)}
