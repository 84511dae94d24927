"""How far training has moved the tangent kernel of a net: how much it learnt features."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from sims.learners import GradientDescent, lanes
from sims.learners.prices.training import gradient_flops, parameter_count
from sims.measuring.readings.base import Evaluated
from sims.measuring.readings.empirical_kernel import LARGEST_BLOCK, WORKSPACE, empirical_ntk
from sims.measuring.readings.kernel_comparison import relative_distance, similarity, target_alignment
from sims.models.base import Model
from sims.pieces import register
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError, require_integer
from sims.samples import Layout
from sims.samples.datasets import TEST
from sims.tasks.base import Batch

LARGEST_KERNEL = 10_000
"""Images of a kernel, at most: it has 800 MB."""
DOUBLE = 8


def movement(
    model: Model, start: Mapping[str, ArrayLike], end: Mapping[str, ArrayLike], fresh: Batch
) -> dict[str, float]:
    """Tangent kernels K_0 and K_T on fresh samples, at the parameters of a net (one lane, without lane axis)
    before and after training.

    "movement" |K_T - K_0| / |K_0| in Frobenius norm; "turn", 1 - the similarity of both, which growth of the
    kernel leaves alone; "alignment_start" and "alignment_end", kernel-target alignment.
    """
    first, last = (empirical_ntk(model, params, fresh.x) for params in (start, end))
    return {
        "movement": relative_distance(last, first),
        "turn": 1 - similarity(last, first),
        "alignment_start": target_alignment(first, fresh.y),
        "alignment_end": target_alignment(last, fresh.y),
    }


@register("reading")
@dataclasses.dataclass(frozen=True, kw_only=True)
class MovementOfKernel:
    """The quantities of `movement` of a net that gradient descent has selected, and "alignment_gain", the
    difference of the two alignments.

    kernel_size: images of the test stream on which the kernels are taken.
    """

    kernel_size: int = 200
    name: ClassVar[str] = "kernel_movement"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        require_integer("kernel_size", self.kernel_size, 2, LARGEST_KERNEL)

    def read(self, evaluated: Evaluated) -> dict[str, float | None]:
        """See `sims.measuring.readings.base.Reading`."""
        learner, trained, task = _descent(evaluated.learner), evaluated.trained, evaluated.task
        assert trained.params is not None
        biases = np.asarray([trained.selected["init_bias"]], np.float32)
        start, _ = lanes.begin(evaluated.model, evaluated.start, task.k, task.d, learner.init_std, biases)
        before, after = ({role: leaf[0] for role, leaf in lane.items()} for lane in (start, trained.params))
        fresh = task.sample(evaluated.data.key, self.kernel_size, stream=TEST)
        found = movement(evaluated.model, before, after, fresh)
        return {**found, "alignment_gain": found["alignment_end"] - found["alignment_start"]}

    def flops(self, cell: Cell) -> float:
        """Of both kernels: gradients of all images, of columns anew for every block of rows, and products of
        gradients.
        """
        _descent(cell.learner)
        k, d = cell.task.k, cell.task.d
        m, numbers = self.kernel_size, parameter_count(cell.model, k, d)
        rows = min(m, LARGEST_BLOCK, max(1, WORKSPACE // (2 * DOUBLE * numbers)))
        gradients = m * (1 + (math.ceil(m / rows) + 1) / 2)
        one = gradient_flops(cell.model, 1, Layout(1, 1, 1, k, d))
        return 2 * (gradients * one + numbers * m * (m + rows))

    def bytes(self, cell: Cell) -> float:
        """Both kernels with copies of one, gradients of two blocks, and the images."""
        image = cell.task.k * cell.task.d
        return WORKSPACE + DOUBLE * self.kernel_size * (5 * self.kernel_size + 3 * image)


def _descent(learner: Any) -> GradientDescent:
    """The learner. Raises `InputError` for one whose start and steps are not those of a net by itself."""
    if isinstance(learner, GradientDescent):
        return learner
    allowed = f"another for learner {learner.name}, which is not gradient_descent"
    raise InputError("reading", MovementOfKernel.name, allowed)
