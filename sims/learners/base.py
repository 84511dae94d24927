"""What every learner provides."""

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, runtime_checkable

import jax
import numpy as np

from sims.models.base import Model, Parameters
from sims.pieces.errors import MAX_SAMPLES, is_whole, require
from sims.samples import Samples
from sims.samples.datasets import Datasets


@dataclasses.dataclass(frozen=True)
class Trained:
    """A predictor and how it was chosen.

    Attributes
    ----------
    risk: its mean squared error on the monitor set that it was selected on.
    squared_error: mean squared error of the predictor on other samples.
    trainings: training runs that went into it (points of the hyperparameter grid).
    steps: steps of gradient descent taken by each of them (the runs go side by side).
    selected: the hyperparameters chosen and what describes the net: JSON-ready scalars.
    outputs: f (n,), or (n, o), of the predictor on other samples.
    params: the chosen net's parameters, with a leading axis of one lane; None if the predictor is no net.
    final: as `outputs`, of the same run's net after its last step; None if there are no steps, or if the run
        may have been cut short because the question was decided.
    """

    risk: float
    squared_error: Callable[[Samples], float]
    trainings: int
    steps: int
    selected: dict[str, Any]
    outputs: Callable[[Samples], np.ndarray]
    params: Parameters | None = None
    final: Callable[[Samples], np.ndarray] | None = None


class Learner(Protocol):
    """A frozen dataclass, registered with ``@register("learner")``."""

    name: ClassVar[str]
    version: ClassVar[int]

    selects: ClassVar[bool]
    """Whether it chooses on the monitor set. Then protocol honest suits it, which holds one out, else direct.

    ``several_outputs: ClassVar[bool] = True``, which a learner may have beside, says that it takes labels of
    several numbers; no other is given any.
    """

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """Train on `train` and keep what does best on `monitor`.

        With `stop_below`, training may end as soon as the monitor's risk is at or below it: the question of
        a search is then decided. `key` draws the initial parameters and nothing else about the data.
        """
        ...


@runtime_checkable
class Divisible(Protocol):
    """What a learner of many lanes provides beside, for where not all of them fit the memory."""

    def train_in_groups(
        self,
        model: Model,
        key: jax.Array,
        train: Samples,
        monitor: Samples,
        *,
        stop_below: float | None,
        lanes: int,
    ) -> Trained:
        """As `Learner.train`, at most so many lanes side by side and one group after another."""
        ...


@dataclasses.dataclass(frozen=True)
class More:
    """A set that a learner sees beside its n labelled samples and that is counted apart from them.

    Attributes
    ----------
    name: by which `train` takes it. Sets of one name are nested, whatever learner sees them.
    n: samples in it, at least 1.
    task: None for the cell's own. Another one draws from the same key, and so has the same signal where both
        draw that alike.
    labelled: if not, all labels are NaN, so that a use of one shows.
    """

    name: str
    n: int
    task: Any = None
    labelled: bool = False


@runtime_checkable
class SeesMore(Protocol):
    """What a learner provides beside that sees more sets than two. Its `train`, and `train_in_groups` if it
    has that, take them by name as ``more: Mapping[str, Samples]``.
    """

    def more(self, task: Any, n: int) -> tuple[More, ...]:
        """The sets for n labelled samples of a task, none of them smaller for a larger n. A set without
        samples is left out.
        """
        ...


def more_of(learner: Any, task: Any, n: int) -> tuple[More, ...]:
    """The sets that a learner sees beside, of most none. Raises `InputError` for two of one name, and for
    numbers that are none of samples.
    """
    if not isinstance(learner, SeesMore):
        return ()
    found = tuple(learner.more(task, n))
    fine = all(is_whole(one.n) and 1 <= one.n <= MAX_SAMPLES for one in found)
    allowed = f"sets of different names with 1 to {MAX_SAMPLES} samples each"
    require(fine and len({one.name for one in found}) == len(found), "more", found, allowed)
    return found


def seen_beside(learner: Any, data: Datasets, n: int) -> dict[str, Any]:
    """What `train` takes beside, for n labelled samples: ``more`` of a learner that sees more, else
    nothing.
    """
    if not isinstance(learner, SeesMore):
        return {}
    most = {one.name: one.n for one in more_of(learner, data.task, data.capacity)}
    found = {}
    for one in more_of(learner, data.task, n):
        largest = max(one.n, most.get(one.name, 0))
        found[one.name] = data.more(one.name, one.n, most=largest, task=one.task, labelled=one.labelled)
    return {"more": found}
