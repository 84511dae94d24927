"""Two-layer nets with the quadratic activation: fully connected, locally connected and convolutional.

The k patches of an image are its channels and the d coordinates of a patch its pixels (two halves of a vector
are two channels). With x_j in R^k for what the channels hold at pixel j, and h(z) = z^2 - E z^2:

    FCN  f(x) = m^{-1/2}    sum_{u=1..m} a_u h(<w_u, x> / sqrt(kd))                 w_u in R^{kd}
    LCN  f(x) = (Cd)^{-1/2} sum_{j=1..d} sum_{u=1..C} a_ju h(<w_ju, x_j> / sqrt k)  w_ju in R^k
    CNN  f(x) = (Cd)^{-1/2} sum_{j=1..d} sum_{u=1..C} a_u h(<w_u, x_j> / sqrt k)    w_u in R^k

The mean E z^2 over standard Gaussian images is a function of w, |w|^2 over its number of entries. Taking it
off keeps f at mean zero and lets the output layer learn at a rate that does not shrink with the size;
rotating the image does not change it, so it breaks no symmetry. The factors in front keep f of order 1 at
any size, so that one grid of rates serves all sizes. The output weights a start at zero: f starts at zero,
and the start is as symmetric as the first layer's Gaussian.

All three are computed as f(x) = <M, x x^T - I>, with M the quadratic form that the weights add up to: a step
then costs nothing a unit and a sample, and no sum over units is kept.

The nets of Figure 1 in Li, Zhang, Arora 2021 (arXiv 2010.08515) have two layers and a quadratic activation as
well, without the mean taken off; their convolutions are 3 x 3 and have two layers. With filters of one pixel
and global pooling, the CNN is the net of their section 3.1 with channels. The bias "b" that every model
carries stays zero.
"""

import dataclasses
import math
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from sims.models.base import AutomaticGradient, Parameters, turn
from sims.pieces import register
from sims.pieces.errors import MAX_WIDTH
from sims.pieces.fields import Checked, Whole
from theory.groups import GROUPS


def _parameters(key: jax.Array, std: float, weights: tuple[int, ...], units: tuple[int, ...]) -> Parameters:
    """Weights N(0, std^2), output weights and bias zero."""
    return {
        "w": std * jax.random.normal(key, weights, jnp.float32),
        "a": jnp.zeros(units, jnp.float32),
        "b": jnp.zeros((), jnp.float32),
    }


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class QuadraticFCN(Checked, AutomaticGradient):
    """Fully connected quadratic net with `width` neurons (None: 2kd, enough for any quadratic form).

    Raises `InputError` unless `width` is an integer >= 1 or None.
    """

    width: Annotated[int | None, Whole(1, MAX_WIDTH)] = None
    name: ClassVar[str] = "quadratic_fcn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "orthogonal"
    trained_bias: ClassVar[bool] = False

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Weights (m, k d) from N(0, std^2), output weights (m,) zero; the bias is zero whatever is asked."""
        del bias
        width = self.width or 2 * k * d
        return _parameters(key, std, (width, k * d), (width,))

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, m, k d) and a (L, m) on a block x (k, d, B)."""
        w, a = params["w"], params["a"]
        _, width, size = w.shape
        form = jnp.einsum("lus,lut->lst", a[:, :, None] * w, w) / (size * math.sqrt(width))
        flat = x.reshape(size, -1)
        return jnp.sum((form @ flat) * flat[None], 1) - jnp.trace(form, axis1=1, axis2=2)[:, None]

    def filters(self, params: Parameters, k: int, d: int) -> np.ndarray:
        """The neurons' weights of lane 0, (m, k d)."""
        del k, d
        return np.asarray(params["w"], np.float64)[0]

    def transport(self, params: Parameters, matrix: ArrayLike, k: int, d: int) -> Parameters | None:
        """w U^T, for any orthogonal U."""
        if not GROUPS[self.group].contains(matrix, k, d):
            return None
        return {**params, "w": turn(params["w"], matrix)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Local(Checked, AutomaticGradient):
    """Common part of the nets whose units see one pixel: `channels` units a pixel.

    Raises `InputError` unless `channels` is an integer >= 1.
    """

    channels: Annotated[int, Whole(1, MAX_WIDTH)] = 8
    trained_bias: ClassVar[bool] = False


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class QuadraticLCN(_Local):
    """Locally connected quadratic net: filters and output weights of their own at every pixel."""

    name: ClassVar[str] = "quadratic_lcn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "one orthogonal block a pixel, and permutations of pixels"

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Weights (C, k, d) from N(0, std^2), output weights (C, d) zero, bias zero."""
        del bias
        return _parameters(key, std, (self.channels, k, d), (self.channels, d))

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, C, k, d) and a (L, C, d) on a block x (k, d, B)."""
        w, a = params["w"], params["a"]
        k, d, _ = x.shape
        form = jnp.einsum("lckd,lcqd->lkqd", a[:, :, None, :] * w, w) / (k * math.sqrt(self.channels * d))
        products = x[:, None] * x[None]
        trace = jnp.einsum("lkkd->l", form)
        return form.reshape(-1, k * k * d) @ products.reshape(k * k * d, -1) - trace[:, None]


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class QuadraticCNN(_Local):
    """Convolutional quadratic net: filters of one pixel, shared by all pixels, and global pooling."""

    name: ClassVar[str] = "quadratic_cnn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "one common orthogonal block for all pixels, and permutations of pixels"

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Weights (C, k) from N(0, std^2), output weights (C,) zero, bias zero."""
        del bias, d
        return _parameters(key, std, (self.channels, k), (self.channels,))

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes w (L, C, k) and a (L, C) on a block x (k, d, B)."""
        w, a = params["w"], params["a"]
        k, d, _ = x.shape
        form = jnp.einsum("lck,lcq->lkq", a[:, :, None] * w, w) / (k * math.sqrt(self.channels * d))
        # Not jnp.sum(x[:, None] * x[None], 2): compiled for the CPU (jax 0.10.2) that is wrong from blocks of
        # about 12 000 samples on, and the test on 20 000 images fails.
        products = jnp.einsum("kdb,qdb->kqb", x, x)
        trace = jnp.trace(form, axis1=1, axis2=2)
        return form.reshape(-1, k * k) @ products.reshape(k * k, -1) - d * trace[:, None]
