"""The three one-hidden-layer nets of the DSD paper: fully connected, locally connected, convolutional.

    FCN  f(x) = sum_{j=1..m} phi_b(<w_j, x>)     w_j in R^{kd}   (m = width, k by default)
    LCN  f(x) = sum_{i=1..k} phi_b(<w_i, x_i>)   w_i in R^d
    CNN  f(x) = sum_{i=1..k} phi_b(<w,   x_i>)   w   in R^d

and the local two before their sum over patches, with one output f_i(x) = phi_b(<w_i, x_i>) a patch (dense).

The output layer is fixed to ones and the bias b >= 0 is one shared scalar (a reading of the paper).
Activations with two channels (``relu_pair``, ``relu``) have two weight vectors where LSA has one.
"""

import dataclasses
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from sims.models.activations import ACTIVATIONS, Activation
from sims.models.base import AutomaticGradient, Parameters, Residual, Sized, turn
from sims.pieces import register
from sims.pieces.errors import MAX_WIDTH
from sims.pieces.fields import Checked, OneOf, Whole
from theory.groups import GROUPS, patch_blocks

BIASES = ("trained", "fixed")
TUNED_RATES: dict[str, tuple[float, ...]] = {
    "lr_w": (0.5, 0.3, 0.2, 0.1, 0.05),
    "lr_b": (0.6, 0.3, 0.15, 0.07, 0.03, 0.015),
}
"""Of `gradient_descent` under the protocol "tuned", by field. Largest rates are still selected on few
patches, smallest ones on many (docs/budgets.md has how often).
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _OneHiddenLayer(Checked):
    """Common part: z = linear map of x, f = sum over units of an activation with bias b.

    Parameters
    ----------
    activation: "lsa", "relu_pair" or "relu".
    bias: "trained" or "fixed" (kept at its initial value).
    """

    activation: Annotated[str, OneOf(ACTIVATIONS)] = "lsa"
    bias: Annotated[str, OneOf(BIASES)] = "trained"

    @property
    def trained_bias(self) -> bool:
        """Whether the learner moves b."""
        return self.bias == "trained"

    @property
    def unit(self) -> Activation:
        """The activation by its name."""
        return ACTIVATIONS[self.activation]

    def tuned(self, task: Sized) -> dict[str, Any]:
        """`TUNED_RATES`, from a start near zero."""
        del task
        return dict(TUNED_RATES)

    def weight_shape(self, k: int, d: int) -> tuple[int, ...]:
        """Shape of one lane's weights, channels first, the coordinates of a filter last."""
        raise NotImplementedError

    def pre_activations(self, w: jax.Array, x: jax.Array) -> jax.Array:
        """z (J, C, L, B) from weights w (L, *weight_shape) and a block x (k, d, B)."""
        raise NotImplementedError

    def adjoint(self, h: jax.Array, x: jax.Array) -> jax.Array:
        """Gradient (L, *weight_shape) of <h, z> with respect to w, for h (J, C, L, B)."""
        raise NotImplementedError

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Weights N(0, std^2) in "w", the bias in "b", and the activation's own scalars; one lane."""
        w = std * jax.random.normal(key, self.weight_shape(k, d), jnp.float32)
        return {"w": w, "b": jnp.asarray(bias, jnp.float32), **self.unit.scalars()}

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of the lanes on a block x (k, d, B)."""
        return self.unit.value(jax.lax.optimization_barrier(self.pre_activations(params["w"], x)), params)

    def pull_back(self, params: Parameters, x: jax.Array, residual: Residual) -> tuple[jax.Array, Parameters]:
        """Outputs f (L, B) and sum_n r_n df_n/dparams with r = residual(f), by hand-written derivatives."""
        z = jax.lax.optimization_barrier(self.pre_activations(params["w"], x))
        f = self.unit.value(z, params)
        r = jax.lax.optimization_barrier(residual(f))
        h, scalars = self.unit.slope(z, r, params)
        return f, {"w": self.adjoint(h, x), **scalars}


FCN_DESCENT: dict[str, Any] = {"lr_w": (0.1,), "init_std": 0.1, "init_bias": (0.2, 0.3, 0.4), "steps": 3000}
"""How an FCN of several patches is trained, see `FCN.recipe`."""
FCN_TUNED: dict[str, Any] = {
    "lr_w": (1.3, 1.0, 0.5),
    "lr_b": (0.1, 0.01),
    "init_std": 0.01,
    "init_bias": (0.02, 0.03, 0.04, 0.05),
}
"""The same under the protocol "tuned", see `FCN.tuned`."""


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class LCN(_OneHiddenLayer):
    """Locally connected net: a filter of its own for every patch, k d weights a channel.

    >>> LCN().weight_shape(6, 8)
    (1, 6, 8)
    """

    name: ClassVar[str] = "lcn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "patchwise_orthogonal"

    def tuned(self, task: Sized) -> dict[str, Any]:
        """As the CNN, with the rates of the weights times k: a filter that sees the signal in one sample of k
        has one k-th of the gradient of one that all patches share.
        """
        return {**TUNED_RATES, "lr_w": tuple(task.k * rate for rate in TUNED_RATES["lr_w"])}

    def weight_shape(self, k: int, d: int) -> tuple[int, ...]:
        """(channels, k, d)."""
        return (self.unit.channels, k, d)

    def pre_activations(self, w: jax.Array, x: jax.Array) -> jax.Array:
        """z[i] = w_i x_i, one (C L, d) by (d, B) product a patch."""
        lanes, channels, k, d = w.shape
        rows = jnp.transpose(w, (2, 1, 0, 3)).reshape(k, channels * lanes, d)
        return jnp.einsum("ird,idb->irb", rows, x).reshape(k, channels, lanes, -1)

    def adjoint(self, h: jax.Array, x: jax.Array) -> jax.Array:
        """Gradient of every patch's filters, (L, C, k, d)."""
        k, channels, lanes, block = h.shape
        rows = jnp.einsum("irb,idb->ird", h.reshape(k, channels * lanes, block), x)
        return jnp.transpose(rows.reshape(k, channels, lanes, -1), (2, 1, 0, 3))

    def filters(self, params: Parameters, k: int, d: int) -> np.ndarray:
        """Each filter in its own patch, zero elsewhere: (channels k, k d)."""
        return _in_patches(np.asarray(params["w"], np.float64)[0])

    def transport(self, params: Parameters, matrix: ArrayLike, k: int, d: int) -> Parameters | None:
        """Where U sends patch i to patch j through block B, filter j is B w_i."""
        parts = patch_blocks(matrix, k, d) if GROUPS[self.group].contains(matrix, k, d) else None
        if parts is None:
            return None
        blocks = jnp.asarray(parts.blocks, jnp.float32)
        turned = jnp.einsum("...ic,ioc->...io", params["w"], blocks, precision="highest")
        return {**params, "w": turned[..., np.argsort(parts.destination), :]}


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CNN(_OneHiddenLayer):
    """Convolutional net: one filter shared by all patches, d weights a channel.

    >>> CNN().weight_shape(6, 8)
    (1, 8)
    """

    name: ClassVar[str] = "cnn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "shared_orthogonal"

    def weight_shape(self, k: int, d: int) -> tuple[int, ...]:
        """(channels, d)."""
        return (self.unit.channels, d)

    def pre_activations(self, w: jax.Array, x: jax.Array) -> jax.Array:
        """z[i] = w x_i, one (C L, d) by (d, B) product a patch."""
        lanes, channels, d = w.shape
        rows = jnp.swapaxes(w, 0, 1).reshape(channels * lanes, d)
        shared = jnp.broadcast_to(rows, (x.shape[0], *rows.shape))
        return jnp.einsum("ird,idb->irb", shared, x).reshape(x.shape[0], channels, lanes, -1)

    def adjoint(self, h: jax.Array, x: jax.Array) -> jax.Array:
        """Gradient of the shared filter, summed over patches, (L, C, d)."""
        k, channels, lanes, block = h.shape
        rows = jnp.einsum("irb,idb->ird", h.reshape(k, channels * lanes, block), x)
        return jnp.swapaxes(jnp.sum(rows, 0).reshape(channels, lanes, -1), 0, 1)

    def filters(self, params: Parameters, k: int, d: int) -> np.ndarray:
        """The filter once in every patch, zero elsewhere: (channels k, k d)."""
        w = np.asarray(params["w"], np.float64)[0]
        return _in_patches(np.repeat(w[:, None, :], k, axis=1))

    def transport(self, params: Parameters, matrix: ArrayLike, k: int, d: int) -> Parameters | None:
        """B w, with the common block B of U."""
        parts = patch_blocks(matrix, k, d) if GROUPS[self.group].contains(matrix, k, d) else None
        return None if parts is None else {**params, "w": turn(params["w"], parts.blocks[0])}


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class FCN(_OneHiddenLayer):
    """Fully connected net: `width` neurons on the whole image (None: as many as patches), width k d weights
    a channel.

    >>> FCN(width=12).weight_shape(6, 8)
    (1, 12, 48)
    """

    width: Annotated[int | None, Whole(1, MAX_WIDTH)] = None
    name: ClassVar[str] = "fcn"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "orthogonal"

    def recipe(self, task: Sized) -> dict[str, Any]:
        """Near zero an FCN stays at the linear solution: its neurons start at standard deviation 0.1, with
        one of three biases above the noise of their pre-activations, and take 3000 steps at the one rate that
        wins. Nine points, as every architecture tries. On a single patch the three nets are the same
        function, and the FCN is trained like the others.

        These are measured choices: the paper trained FCNs in its test-error experiments, with the same nine
        rates as the other nets, states no start and did not measure their n*.
        """
        if task.k == 1:
            return {}
        return dict(FCN_DESCENT)

    def tuned(self, task: Sized) -> dict[str, Any]:
        """A start ten times nearer to zero than that of `recipe`, with a bias of 2 to 5 of its standard
        deviations: nearer, neurons and bias come to the solution of features in fewer samples at rates close
        to the largest that converge (1.3, 1), where at a fifth of these they stay at the linear one
        (measured).
        """
        return dict(TUNED_RATES if task.k == 1 else FCN_TUNED)

    def weight_shape(self, k: int, d: int) -> tuple[int, ...]:
        """(channels, width, k d)."""
        return (self.unit.channels, self.width or k, k * d)

    def pre_activations(self, w: jax.Array, x: jax.Array) -> jax.Array:
        """z[j] = <w_j, x>, one (m C L, k d) by (k d, B) product."""
        lanes, channels, width, size = w.shape
        rows = jnp.transpose(w, (2, 1, 0, 3)).reshape(width * channels * lanes, size)
        return (rows @ x.reshape(size, -1)).reshape(width, channels, lanes, -1)

    def adjoint(self, h: jax.Array, x: jax.Array) -> jax.Array:
        """Gradient of every neuron, (L, C, m, k d)."""
        width, channels, lanes, block = h.shape
        rows = jnp.einsum("rb,sb->rs", h.reshape(-1, block), x.reshape(-1, block))
        return jnp.transpose(rows.reshape(width, channels, lanes, -1), (2, 1, 0, 3))

    def filters(self, params: Parameters, k: int, d: int) -> np.ndarray:
        """The neurons' weights, (channels width, k d)."""
        return np.asarray(params["w"], np.float64)[0].reshape(-1, k * d)

    def transport(self, params: Parameters, matrix: ArrayLike, k: int, d: int) -> Parameters | None:
        """Every neuron turned alike, w_j U^T. Which neuron is which stays as it was; any other order would
        give the same function.
        """
        inside = GROUPS[self.group].contains(matrix, k, d)
        return {**params, "w": turn(params["w"], matrix)} if inside else None


DENSE_RATES: dict[str, tuple[float, ...]] = {"lr_w": (0.1, 0.01, 0.001), "lr_b": (0.01, 0.001, 0.0001)}
"""Of `gradient_descent` as the nets with the sum take it, by field."""


class _OneOutputAPatch(AutomaticGradient, _OneHiddenLayer):
    """Outputs (L, k, B) in place of their sum over patches (L, B)."""

    def output_shape(self, k: int, d: int) -> tuple[int, ...]:
        """(k,)."""
        del d
        return (k,)

    def recipe(self, task: Sized) -> dict[str, Any]:
        """The rates of the nets with the sum, times k: the loss is a mean over k outputs, and with LSA its
        expectation is 1/k of that of the net with the sum (`theory.dsd.location`).
        """
        return {field: tuple(task.k * rate for rate in rates) for field, rates in DENSE_RATES.items()}

    def tuned(self, task: Sized) -> dict[str, Any]:
        """The rates of the net with the sum, times k, for the same reason."""
        rates = super().tuned(task)
        return {field: tuple(task.k * rate for rate in rates[field]) for field in DENSE_RATES}

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, k, B) of the lanes on a block x (k, d, B)."""
        z = self.pre_activations(params["w"], x)
        return jax.vmap(lambda patch: self.unit.value(patch[None], params), out_axes=1)(z)


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DenseLCN(_OneOutputAPatch, LCN):
    """A filter of its own for every patch, and one output for each.

    >>> DenseLCN().output_shape(6, 8)
    (6,)
    """

    name: ClassVar[str] = "dense_lcn"
    version: ClassVar[int] = 1


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DenseCNN(_OneOutputAPatch, CNN):
    """A filter that all patches share, and one output for each.

    >>> DenseCNN().output_shape(6, 8)
    (6,)
    """

    name: ClassVar[str] = "dense_cnn"
    version: ClassVar[int] = 1


def _in_patches(w: np.ndarray) -> np.ndarray:
    """Filters (channels, k, d), one a patch, as rows on the flattened image (channels k, k d)."""
    channels, k, d = w.shape
    rows = np.zeros((channels, k, k, d))
    rows[:, np.arange(k), np.arange(k)] = w
    return rows.reshape(channels * k, k * d)
