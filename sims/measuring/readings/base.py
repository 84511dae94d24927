"""What every reading provides: named numbers of one trained net, and what they may cost."""

import dataclasses
import math
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    import jax

    from sims.learners.base import Trained
    from sims.pieces.cell import Cell
    from sims.samples import Samples
    from sims.samples.datasets import Datasets


@dataclasses.dataclass(frozen=True)
class Evaluated:
    """One training of a cell, at a seed and an n, and what came of it.

    Attributes
    ----------
    task, model, learner: of the cell.
    data: the samples of the repetition: `data.key` is what the task draws all its sets from, the signal
        among them, and `data.test(n)` are samples that no training saw.
    train: the samples that were trained on.
    start: the key that training started from.
    trained: the predictor; its `params` are None where it is no net.
    """

    task: Any
    model: Any
    learner: Any
    data: "Datasets"
    train: "Samples"
    start: "jax.Array"
    trained: "Trained"


class Reading(Protocol):
    """A frozen dataclass, registered with ``@register("reading")``."""

    name: ClassVar[str]
    version: ClassVar[int]

    def read(self, evaluated: Evaluated) -> dict[str, float | None]:
        """Quantities by name, finite; None for what this net has not. The same at every call: what is drawn
        comes from the key of the data.

        Raises `InputError`, named by what does not fit, for a task, a model or a learner that it cannot read.
        """
        ...


@runtime_checkable
class PricedReading(Protocol):
    """What a reading provides beside for its cost to be told before. Without it cells run all the same, and
    reading them counts as nothing. Both raise `InputError` as `Reading.read` does.
    """

    def flops(self, cell: "Cell") -> float:
        """Floating-point operations of one reading of a cell."""
        ...

    def bytes(self, cell: "Cell") -> float:
        """The most memory that it holds, beside the samples of the training."""
        ...


def read(reading: Reading, evaluated: Evaluated) -> dict[str, float | None]:
    """The quantities. Raises ValueError, with the name of the quantity, for what is no finite number."""
    found: dict[str, float | None] = {}
    for name, value in reading.read(evaluated).items():
        number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
        if not (number or value is None):
            allowed = "a finite number, or None"
            raise ValueError(f"reading {reading.name}: {name} is {value!r}; allowed: {allowed}")
        found[name] = None if value is None else float(value)
    return found
