"""What every model provides, for many parameter settings ("lanes") side by side on the same block of samples.

A lane is one training run. All lanes of a block share its samples, so that a forward pass over L lanes is
one matrix product per patch, (L, d) by (d, B), and not L matrix-vector products. Samples come patch-major, x
(k, d, B), for the same reason.
"""

from typing import Any, ClassVar, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

Parameters = dict[str, jax.Array]
"""Arrays by role: "w" weights of the first layer, "b" the scalar bias, "a" weights of an output layer, if
any.
"""


class Model(Protocol):
    """A frozen dataclass, registered with ``@register("model")``.

    Only `init`, `outputs` and `group` are needed; the class `AutomaticGradient` turns these into
    `pull_back`, and a model may write its own, faster one. `Turnable` is what a model adds to have its
    equivariance tested run by run.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    @property
    def trained_bias(self) -> bool:
        """Whether the learner moves "b"; if not, a grid of bias rates is one point."""
        ...

    @property
    def group(self) -> str:
        """The orthogonal group under which gradient descent on the model is equivariant: a name of
        `theory.groups.GROUPS`, or words for a group that is not among them.
        """
        ...

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Parameters of one lane: weights N(0, std^2), bias `bias`; float32. Both may be traced."""
        ...

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes `params` (leading axis L) on a block x (k, d, B); (L, o, B) of a model that is
        `SeveralOutputs`, here and below.
        """
        ...

    def pull_back(
        self, params: Parameters, x: jax.Array, residual: "Residual"
    ) -> tuple[jax.Array, Parameters]:
        """Outputs f (L, B) and sum_n r_n df_n/dparams, with r = residual(f) (L, B)."""
        ...


@runtime_checkable
class SeveralOutputs(Protocol):
    """What a model provides beside whose output is more than one number."""

    def output_shape(self, k: int, d: int) -> tuple[int, ...]:
        """(o,): numbers of one output on images of k patches with d coordinates."""
        ...


def output_shape(model: Model, k: int, d: int) -> tuple[int, ...]:
    """Shape of one output: (o,) for o numbers, () for one."""
    return tuple(model.output_shape(k, d)) if isinstance(model, SeveralOutputs) else ()


@runtime_checkable
class Turnable(Protocol):
    """What a model may provide beside: its first layer on the flattened image, and how it follows a turn.

    Images are flattened patch by patch, coordinate c of patch i at i d + c.
    """

    def filters(self, params: Parameters, k: int, d: int) -> np.ndarray:
        """First-layer weights of lane 0 as they act on the flattened image: (units, k d), float64.

        With two channels a unit, the rows of the first channel come first: (2 units, k d).
        """
        ...

    def transport(self, params: Parameters, matrix: ArrayLike, k: int, d: int) -> Parameters | None:
        """The parameters whose function of matrix @ x is the old function of x; None if the matrix is
        outside `group`. Outputs that are one a patch go where the matrix sends their patches.

        params: one lane without lane axis, or lanes with one; they may be traced, the matrix (k d, k d) may
        not.
        """
        ...


@runtime_checkable
class Tracking(Protocol):
    """What a model with running statistics of its batches (batch normalisation) provides beside.

    They are among its parameters: `pull_back` gives them a gradient of 0, and a learner that takes batches
    calls `track` on each.
    """

    def track(self, params: Parameters, x: jax.Array) -> Parameters:
        """The running statistics alone, by role, moved toward those of lanes `params` on a batch x (k, d,
        B).
        """
        ...


class Sized(Protocol):
    """A task, as far as a recipe may depend on it."""

    @property
    def k(self) -> int:
        """Number of patches."""
        ...

    @property
    def d(self) -> int:
        """Coordinates a patch."""
        ...


@runtime_checkable
class WithRecipe(Protocol):
    """What a model provides beside that wants to be trained in a way of its own.

    A model may also say by ``floor: ClassVar[str]`` which floor of a task its target is counted from, where
    the protocol takes "oracle".
    """

    def recipe(self, task: Sized) -> dict[str, Any]:
        """Fields of the learner `gradient_descent`, the start of training among them, that replace those of a
        protocol: numbers, words, and pieces by name or description, as `sims.pieces.build` takes them.
        """
        ...


@runtime_checkable
class Tuned(Protocol):
    """What a model provides beside for which the protocol "tuned" tries other rates or starts than its own
    recipe, or the protocol's.
    """

    def tuned(self, task: Sized) -> dict[str, Any]:
        """As `WithRecipe.recipe`."""
        ...


@runtime_checkable
class PartlyStill(Protocol):
    """What a model with parameters that no training moves provides beside; their gradients are 0.

    An update that moves parameters without a gradient, such as one with weight decay, leaves them out.
    """

    def still(self, role: str) -> bool:
        """Whether the parameters of a role stay as they started."""
        ...


class Residual(Protocol):
    """Derivative of the summed loss with respect to the outputs."""

    def __call__(self, f: jax.Array, /) -> jax.Array:
        """(L, B) -> (L, B), or (L, o, B) -> (L, o, B)."""
        ...


class AutomaticGradient:
    """Mixin: `pull_back` by reverse-mode differentiation of `outputs`, for any model."""

    def pull_back(
        self: Model, params: Parameters, x: jax.Array, residual: Residual
    ) -> tuple[jax.Array, Parameters]:
        """Outputs and sum_n r_n df_n/dparams, by `jax.vjp`."""
        f, adjoint = jax.vjp(lambda p: self.outputs(p, x), params)
        return f, adjoint(residual(f))[0]


def apply(model: Model, params: Parameters, x: jax.Array) -> jax.Array:
    """f (n,), or (n, o), of a single lane `params` (no lane axis) on images x (n, k, d)."""
    lanes = jax.tree.map(lambda leaf: leaf[None], params)
    f = model.outputs(lanes, jnp.transpose(x, (1, 2, 0)))[0]
    return f.T if f.ndim > 1 else f


def turn(w: jax.Array, matrix: ArrayLike) -> jax.Array:
    """Weights (..., coordinates) as row vectors, each turned by matrix (coordinates, coordinates): w U^T."""
    turned = jnp.asarray(np.asarray(matrix), jnp.float32)
    return jnp.einsum("...i,oi->...o", w, turned, precision="highest")
