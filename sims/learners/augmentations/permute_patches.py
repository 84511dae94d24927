"""Patches in a new order: a symmetry of DSD, whose signal is as likely in every patch."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp

from sims.pieces import register


@register("augmentation")
@dataclasses.dataclass(frozen=True, kw_only=True)
class PermutePatches:
    """The patches of every sample in an order of its own, uniform among all; labels stay."""

    name: ClassVar[str] = "permute_patches"
    version: ClassVar[int] = 1

    def __call__(self, key: jax.Array, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See `sims.learners.augmentations.base.Augmentation`."""
        k, _, count = x.shape
        order = jnp.argsort(jax.random.uniform(key, (k, count)), axis=0)
        return jnp.take_along_axis(x, order[:, None, :], axis=0), y
