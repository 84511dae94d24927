"""What a step costs beside its gradient: of an update, and of an augmentation."""

import dataclasses
import math
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from sims.learners.augmentations.base import Augmentation
from sims.learners.lanes import Settings, direction
from sims.learners.prices.operations import peak_bytes
from sims.learners.prices.training import parameter_shapes, traced_flops
from sims.models.base import Model
from sims.samples import Layout


def _of_one_lane(model: Model, k: int, d: int) -> dict[str, jax.ShapeDtypeStruct]:
    shapes = parameter_shapes(model, k, d)
    return {role: jax.ShapeDtypeStruct((1, *leaf.shape), leaf.dtype) for role, leaf in shapes.items()}


@lru_cache(maxsize=1024)
def kept_bytes(model: Model, settings: Settings, k: int, d: int) -> int:
    """Bytes that the optimizer keeps for one lane, from the shapes of its state."""
    state = jax.eval_shape(direction(settings, model).init, _of_one_lane(model, k, d))
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))


@dataclasses.dataclass(frozen=True)
class _Step:
    """One step of the update, as a function of its arrays."""

    model: Model
    settings: Settings
    roles: tuple[str, ...]

    def __call__(self, *leaves: jax.Array) -> Any:
        params = dict(zip(self.roles, leaves, strict=True))
        optimizer = direction(self.settings, self.model)
        return optimizer.update(params, optimizer.init(params), params)


def update_flops(model: Model, settings: Settings, k: int, d: int) -> float:
    """Operations of one step of the update of one lane."""
    shapes = _of_one_lane(model, k, d)
    return traced_flops(_Step(model, settings, tuple(shapes)), *shapes.values())


def _block(set: Layout) -> tuple[Any, Any, Any]:
    """Shapes of a key, of the images of a block and of its labels."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    x = jax.ShapeDtypeStruct((set.k, set.d, set.block), jnp.float32)
    return key, x, jax.ShapeDtypeStruct((*set.label, set.block), jnp.float32)


def augmentation_flops(augment: Augmentation, set: Layout) -> float:
    """Operations of an augmentation of the whole set, which all lanes share."""
    return set.used * traced_flops(augment, *_block(set))


@lru_cache(maxsize=1024)
def augmentation_bytes(augment: Augmentation, set: Layout) -> float:
    """Bytes that it holds at a time, on the way to a block as training sees it."""
    return peak_bytes(jax.make_jaxpr(augment)(*_block(set)).jaxpr)
