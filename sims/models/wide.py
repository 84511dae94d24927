"""Nets with one hidden layer in NTK parametrisation: finite versions of the kernels of `theory.kernels`.

With m = width, every weight drawn from N(0, 1), images of k patches with d coordinates:

    FCN  f(x) = m^{-1/2}      sum_{c=1..m}              a_c  phi(<w_c,  x>   / sqrt(kd))   w_c  in R^{kd}
    LCN  f(x) = (m k)^{-1/2}  sum_{c=1..m} sum_{i=1..k} a_ci phi(<w_ci, x_i> / sqrt d)     w_ci in R^d
    CNN  f(x) = m^{-1/2} k^{-1} sum_{c=1..m} a_c sum_{i=1..k} phi(<w_c, x_i> / sqrt d)     w_c  in R^d

The CNN averages over patches (global average pooling). As m grows, the tangent kernel at random weights tends
to that of `theory.kernels.PatchKernel` of depth 1 (Jacot et al. 2018, arXiv 1806.07572), and it is the mean
over m independent units, so that its expectation is that kernel at every width.
"""

import dataclasses
import math
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from sims.models.activations import soft_threshold
from sims.models.base import AutomaticGradient, Parameters, Sized
from sims.pieces import register
from sims.pieces.errors import MAX_WIDTH, require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from theory.kernels import LSA, Dual, Erf, PatchKernel, ReLU, gram

ACTIVATIONS = ("relu", "erf", "lsa")
OUTPUT_LAYERS = ("trained", "fixed")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Wide(Checked, AutomaticGradient):
    """Common part: weights, activation, and the kernel of infinite width.

    Parameters
    ----------
    width: hidden units m (of the LCN: a patch).
    activation: "relu", "erf" or "lsa", the soft threshold phi(z) = ReLU(z - b) - ReLU(-z - b).
    threshold: b >= 0 of "lsa", which no training moves; 1 if it is not given, and nothing for others.
    output_layer: "trained", or "fixed" at its random start.

    There is no trained bias: the scalar "b" that every model carries stays zero. Raises `InputError`, named
    by the field, for anything else.
    """

    width: Annotated[int, Whole(1, MAX_WIDTH)] = 256
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "relu"
    threshold: Annotated[float | None, Number(least=0)] = None
    output_layer: Annotated[str, OneOf(OUTPUT_LAYERS)] = "trained"
    arch: ClassVar[str]
    trained_bias: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        nothing = f"nothing for activation {self.activation}; it is an option of lsa"
        fits = self.threshold is None or self.activation == "lsa"
        require(fits, "threshold", self.threshold, nothing)

    @property
    def dual(self) -> Dual:
        """The dual of the activation."""
        lsa = LSA() if self.threshold is None else LSA(self.threshold)
        return {"relu": ReLU(), "erf": Erf(), "lsa": lsa}[self.activation]

    def recipe(self, task: Sized) -> dict[str, Any]:
        """A start at standard deviation 1, which defines the parametrisation, with rates that suit kernels of
        order 0.01.
        """
        del task
        return {"lr_w": (1.0, 10.0, 100.0), "init_std": 1.0}

    def limit(self, x1: ArrayLike, x2: ArrayLike | None = None, *, dtype: Any = None) -> np.ndarray:
        """The tangent kernel (n1, n2) of the net of infinite width; arguments as of `theory.kernels.gram`.

        With a fixed output layer the kernel is the NTK without the share of that layer, which is the NNGP
        kernel.
        """
        full = gram(PatchKernel(self.arch, self.dual, 1, "ntk"), x1, x2, dtype=dtype)
        if self.output_layer == "trained":
            return full
        return full - gram(PatchKernel(self.arch, self.dual, 1, "nngp"), x1, x2, dtype=dtype)

    def shapes(self, k: int, d: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of one lane's weights and output weights."""
        raise NotImplementedError

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Weights "w" and output weights "a" from N(0, std^2); std = 1 is the NTK parametrisation. The bias
        is zero whatever is asked.
        """
        del bias
        first, second = jax.random.split(key)
        weights, outputs = self.shapes(k, d)
        return {
            "w": std * jax.random.normal(first, weights, jnp.float32),
            "a": std * jax.random.normal(second, outputs, jnp.float32),
            "b": jnp.zeros((), jnp.float32),
        }

    def phi(self, z: jax.Array) -> jax.Array:
        """The activation, elementwise."""
        if self.activation == "relu":
            return jax.nn.relu(z)
        if self.activation == "erf":
            return jax.scipy.special.erf(z)
        b = 1.0 if self.threshold is None else self.threshold
        return soft_threshold(z, jnp.full((1,) * z.ndim, b, z.dtype))

    def still(self, role: str) -> bool:
        """The output weights, if their layer is fixed."""
        return role == "a" and self.output_layer == "fixed"

    def outer(self, a: jax.Array) -> jax.Array:
        """The output weights as the net uses them: constant if that layer is fixed."""
        return a if self.output_layer == "trained" else jax.lax.stop_gradient(a)


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class WideFCN(_Wide):
    """Fully connected: `width` units on the whole image."""

    name: ClassVar[str] = "wide_fcn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "orthogonal"
    arch: ClassVar[str] = "fcn"

    def shapes(self, k: int, d: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(m, k d) and (m,)."""
        return (self.width, k * d), (self.width,)

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, m, k d) and a (L, m) on a block x (k, d, B)."""
        lanes, width, size = params["w"].shape
        z = params["w"].reshape(lanes * width, size) @ x.reshape(size, -1)
        active = self.phi(z / math.sqrt(size)).reshape(lanes, width, -1)
        return jnp.einsum("lm,lmb->lb", self.outer(params["a"]), active) / math.sqrt(width)


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class WideLCN(_Wide):
    """Locally connected: `width` units of its own for every patch."""

    name: ClassVar[str] = "wide_lcn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "patchwise_orthogonal"
    arch: ClassVar[str] = "lcn"

    def shapes(self, k: int, d: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(k, m, d) and (k, m)."""
        return (k, self.width, d), (k, self.width)

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, k, m, d) and a (L, k, m) on a block x (k, d, B)."""
        lanes, k, width, d = params["w"].shape
        rows = jnp.swapaxes(params["w"], 0, 1).reshape(k, lanes * width, d)
        z = jnp.einsum("krd,kdb->krb", rows, x)
        active = self.phi(z / math.sqrt(d)).reshape(k, lanes, width, -1)
        return jnp.einsum("lkm,klmb->lb", self.outer(params["a"]), active) / math.sqrt(width * k)


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class WideCNN(_Wide):
    """Convolutional with global average pooling: `width` filters, each shared by all patches."""

    name: ClassVar[str] = "wide_cnn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "shared_orthogonal"
    arch: ClassVar[str] = "cnn"

    def shapes(self, k: int, d: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(m, d) and (m,)."""
        del k
        return (self.width, d), (self.width,)

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, m, d) and a (L, m) on a block x (k, d, B)."""
        lanes, width, d = params["w"].shape
        shared = jnp.broadcast_to(params["w"].reshape(lanes * width, d), (len(x), lanes * width, d))
        z = jnp.einsum("krd,kdb->krb", shared, x)
        pooled = jnp.mean(self.phi(z / math.sqrt(d)), 0).reshape(lanes, width, -1)
        return jnp.einsum("lm,lmb->lb", self.outer(params["a"]), pooled) / math.sqrt(width)
