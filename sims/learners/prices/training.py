"""Operations and memory of one training, as a learner counts them from what its program does."""

import dataclasses
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

import jax
import jax.numpy as jnp

from sims.learners.prices.operations import count_flops, peak_bytes
from sims.models.base import Model
from sims.samples import Layout

FLOAT = 4
"""Bytes of a float32."""


@dataclasses.dataclass(frozen=True)
class Workspace:
    """Bytes that a training holds beside its samples.

    fixed: whatever the number of lanes; lane: of one lane, 0 for a learner without lanes; lanes: side by side
    unless they are divided.
    """

    fixed: float
    lane: float = 0.0
    lanes: int = 1


@runtime_checkable
class Priced(Protocol):
    """What a learner provides beside `train` for its cost to be told before. Without it cells run all the
    same; their operations are not counted, and their memory counts as that of their samples.

    A subclass has `flops` and `workspace` to write, and the others where it departs from these.
    """

    def runs(self, model: Model) -> int:
        """Training runs that one evaluation makes: points of a grid."""
        del model
        return 1

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float | None:
        """Floating-point operations of all steps of all runs on a set of samples, selected on another and
        judged on a third (which may be empty); None for a setting whose operations are not counted.
        """
        ...

    def least_flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """Operations that are certain before, where they are not counted."""
        del model, train, monitor, test
        return 0.0

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """Memory of the same. Asked before every training, so it must be quick."""
        ...

    def brief(self) -> Self:
        """The same with as few steps as show what a step takes."""
        return self


@lru_cache(maxsize=1024)
def traced_flops(function: Callable[..., Any], *shapes: Any) -> float:
    """Floating-point operations of a function of arrays, see `sims.learners.prices.operations`. Nothing is
    computed.

    shapes: `jax.ShapeDtypeStruct`, or trees of them as tuples, which are hashable. The function must be
    hashable and equal to its like, such as a frozen dataclass with ``__call__``.
    """
    return count_flops(jax.make_jaxpr(function)(*shapes).jaxpr)


@dataclasses.dataclass(frozen=True)
class PullBack:
    """Outputs and gradient of all lanes on one block, as a function of its arrays."""

    model: Model
    roles: tuple[str, ...]

    def __call__(self, leaves: tuple[jax.Array, ...], x: jax.Array) -> Any:
        params = dict(zip(self.roles, leaves, strict=True))
        return self.model.pull_back(params, x, lambda f: f)


@dataclasses.dataclass(frozen=True)
class Outputs:
    """Outputs of all lanes on one block, as a function of its arrays."""

    model: Model
    roles: tuple[str, ...]

    def __call__(self, leaves: tuple[jax.Array, ...], x: jax.Array) -> jax.Array:
        return self.model.outputs(dict(zip(self.roles, leaves, strict=True)), x)


@lru_cache(maxsize=4096)
def parameter_shapes(model: Model, k: int, d: int) -> dict[str, jax.ShapeDtypeStruct]:
    """Shapes of one lane's parameters, by role."""

    def start(key: jax.Array) -> Any:
        return model.init(key, k, d, std=1.0, bias=0.0)

    return dict(jax.eval_shape(start, jax.eval_shape(lambda: jax.random.key(0))))


def parameter_count(model: Model, k: int, d: int) -> int:
    """Numbers that one lane has."""
    return sum(math.prod(leaf.shape) for leaf in parameter_shapes(model, k, d).values())


def _arguments(model: Model, lanes: int, set: Layout) -> tuple[tuple[str, ...], tuple[Any, ...], Any]:
    shapes = parameter_shapes(model, set.k, set.d)
    leaves = tuple(jax.ShapeDtypeStruct((lanes, *leaf.shape), leaf.dtype) for leaf in shapes.values())
    return tuple(shapes), leaves, jax.ShapeDtypeStruct((set.k, set.d, set.block), jnp.float32)


def gradient_flops(model: Model, lanes: int, set: Layout) -> float:
    """Operations of one gradient of all lanes on the whole set, padding of the last block included."""
    roles, leaves, x = _arguments(model, lanes, set)
    return set.used * traced_flops(PullBack(model, roles), leaves, x)


def outputs_flops(model: Model, lanes: int, set: Layout) -> float:
    """Operations of the outputs of all lanes on the whole set."""
    roles, leaves, x = _arguments(model, lanes, set)
    return set.used * traced_flops(Outputs(model, roles), leaves, x)


def block_bytes(model: Model, set: Layout) -> float:
    """Bytes that one lane holds at a time on the way to its gradient on a block, the gradient included."""
    return _block_bytes(model, set.k, set.d, set.block)


@lru_cache(maxsize=1024)
def _block_bytes(model: Model, k: int, d: int, block: int) -> float:
    roles, leaves, x = _arguments(model, 1, Layout(block, block, 1, k, d))
    return peak_bytes(jax.make_jaxpr(PullBack(model, roles))(leaves, x).jaxpr)


class Trainings(NamedTuple):
    """Equal trainings of a probe, one after another: on so many samples, selected on a monitor set, judged
    on a third.
    """

    model: Model
    learner: Any
    train: Layout
    monitor: Layout
    judged: Layout
    times: int
