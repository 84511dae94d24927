"""Convolution with a window that slides cyclically over the patches, global pooling, linear output.

    f(x) = c + sum_{u=1..C} a_u sum_{p=1..k} s(sum_{j=0..q-1} <w_uj, x_{p+j mod k}>)

with s the ReLU or the square: the two-layer net of Li, Zhang, Arora 2021 (arXiv 2010.08515), section 3.1,
with one pooling region and C channels. f does not change when the patches are shifted cyclically.
"""

import dataclasses
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.models.base import AutomaticGradient, Parameters
from sims.pieces import register
from sims.pieces.errors import MAX_WIDTH, require
from sims.pieces.fields import Checked, OneOf, Whole

NONLINEARITIES = ("relu", "quadratic")


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class PooledCNN(Checked, AutomaticGradient):
    """Sliding convolution, nonlinearity, global sum pooling, output layer with an offset.

    Parameters
    ----------
    window: patches that a filter covers.
    channels: filters.
    activation: "relu" or "quadratic".

    Weights start at N(0, std^2); output weights are +1 and -1 in turn, the offset "c" zero; both move at the
    rate of the weights. The bias "b" that every model carries stays zero. Raises `InputError` for other
    values.

    >>> PooledCNN(window=3, channels=8).window
    3
    """

    window: Annotated[int, Whole(1, MAX_WIDTH)] = 3
    channels: Annotated[int, Whole(1, MAX_WIDTH)] = 8
    activation: Annotated[str, OneOf(NONLINEARITIES)] = "relu"
    name: ClassVar[str] = "pooled_cnn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "one common orthogonal block, and cyclic shifts of patches"
    trained_bias: ClassVar[bool] = False

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Weights (C, q, d), output weights (C,), offset (), bias (). Raises `InputError` if q > k."""
        del bias
        require(self.window <= k, "window", self.window, f"at most the number of patches, {k}")
        return {
            "w": std * jax.random.normal(key, (self.channels, self.window, d), jnp.float32),
            "a": jnp.where(jnp.arange(self.channels) % 2 == 0, 1.0, -1.0).astype(jnp.float32),
            "c": jnp.zeros((), jnp.float32),
            "b": jnp.zeros((), jnp.float32),
        }

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, C, q, d), a (L, C) and c (L,) on a block x (k, d, B)."""
        shifted = jnp.stack([jnp.roll(x, -j, axis=0) for j in range(self.window)])
        z = jnp.einsum("lcqd,qpdb->lcpb", params["w"], shifted)
        active = jax.nn.relu(z) if self.activation == "relu" else z**2
        return jnp.einsum("lc,lcb->lb", params["a"], jnp.sum(active, 2)) + params["c"][:, None]
