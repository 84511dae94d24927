"""Multilayer perceptron on the flattened image, in the standard parametrisation."""

import dataclasses
import math
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.models.base import AutomaticGradient, Parameters
from sims.pieces import register
from sims.pieces.errors import MAX_DEPTH, MAX_WIDTH
from sims.pieces.fields import Checked, Number, OneOf, Whole

ACTIVATIONS = ("relu", "tanh", "linear")
GAINS = {"relu": 2.0, "tanh": 1.0, "linear": 1.0}
"""Variance of a weight times its fan-in, for std = 1: He et al. 2015 for ReLU, else LeCun's."""


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class MLP(Checked, AutomaticGradient):
    """f(x) = <a, h_L> + c_out, h_l = phi(W_l h_{l-1} + c_l), h_0 the image as one vector.

    Parameters
    ----------
    depth: hidden layers L, an integer >= 1.
    width: units of every hidden layer.
    activation: "relu", "tanh" or "linear".
    gain: variance of a hidden weight times its fan-in at the start, for std = 1; none for that of `GAINS`, so
        that nets of different activations start at the same weights only if it is given.

    Weights start at N(0, std^2 gain/fan-in), those of the output layer with gain 1, all biases at 0. Raises
    `InputError`, named by the field, for anything else.

    >>> MLP(depth=2, width=64, activation="tanh").depth
    2
    """

    depth: Annotated[int, Whole(1, MAX_DEPTH)] = 1
    width: Annotated[int, Whole(1, MAX_WIDTH)] = 128
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "relu"
    gain: Annotated[float | None, Number(above=0)] = None
    name: ClassVar[str] = "mlp"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "orthogonal"
    trained_bias: ClassVar[bool] = False

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Layers "w", "w_2", ... with biases "c", "c_2", ..., the output layer "a" with "c_out". The scalar
        "b" that every model carries stays 0, whatever bias is asked.
        """
        del bias
        params: Parameters = {"b": jnp.zeros((), jnp.float32), "c_out": jnp.zeros((), jnp.float32)}
        gain = GAINS[self.activation] if self.gain is None else self.gain
        fan_in = k * d
        for layer, (weight, shift) in enumerate(self._roles()):
            scale = std * math.sqrt(gain / fan_in)
            drawn = jax.random.normal(jax.random.fold_in(key, layer), (self.width, fan_in), jnp.float32)
            params[weight] = scale * drawn
            params[shift] = jnp.zeros((self.width,), jnp.float32)
            fan_in = self.width
        last = jax.random.normal(jax.random.fold_in(key, self.depth), (self.width,), jnp.float32)
        params["a"] = std * last / math.sqrt(self.width)
        return params

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, width, k d), ... on a block x (k, d, B)."""
        flat = x.reshape(-1, x.shape[-1])
        hidden = jnp.broadcast_to(flat, (len(params["a"]), *flat.shape))
        for weight, shift in self._roles():
            z = jnp.einsum("luv,lvb->lub", params[weight], hidden) + params[shift][..., None]
            hidden = self._phi(z)
        return jnp.einsum("lu,lub->lb", params["a"], hidden) + params["c_out"][:, None]

    def _roles(self) -> list[tuple[str, str]]:
        numbers = ["", *(f"_{layer}" for layer in range(2, self.depth + 1))]
        return [(f"w{number}", f"c{number}") for number in numbers]

    def _phi(self, z: jax.Array) -> jax.Array:
        if self.activation == "relu":
            return jax.nn.relu(z)
        return jnp.tanh(z) if self.activation == "tanh" else z
