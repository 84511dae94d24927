"""No model of ours: that of a cell whose learner brings its own, see `sims.learners.estimator`."""

import dataclasses
from typing import ClassVar

import jax

from sims.models.base import AutomaticGradient, Parameters
from sims.pieces import register
from sims.pieces.errors import InputError


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class NoModel(AutomaticGradient):
    """Refuses to be trained by a learner that needs a model."""

    name: ClassVar[str] = "none"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "that of its learner"
    trained_bias: ClassVar[bool] = False

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Raises `InputError`."""
        raise InputError("model", "none", "a model: this learner has none of its own")

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """Raises `InputError`."""
        raise InputError("model", "none", "a model: this learner has none of its own")
