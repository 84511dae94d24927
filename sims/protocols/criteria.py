"""Criteria: when has a model learnt the task? On which samples is it selected, on which is it judged?"""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np

from sims.learners.base import Trained
from sims.pieces import register
from sims.pieces.errors import MAX_SAMPLES, InputError, require
from sims.pieces.fields import Checked, Number, Whole
from sims.samples import Samples
from sims.samples.datasets import Datasets
from sims.tasks.base import Task

FLOORS = ("oracle", "linear")


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Samples of each set that a criterion makes of n labelled ones.

    train, monitor: of training and of selection; test: of the test set, 0 if nothing but the selection set
    is judged on; shared: whether selection is on the training set itself; nested: whether training sets are
    cut from one set of all.
    """

    train: int
    monitor: int
    test: int
    shared: bool = False
    nested: bool = True


class Criterion(Protocol):
    """A frozen dataclass, registered with ``@register("criterion")``."""

    name: ClassVar[str]
    version: ClassVar[int]

    stops_at_target: ClassVar[bool]
    """Whether reaching the target on the selection set decides the question: it is the judge's own set."""

    def reference(self, task: Task) -> float:
        """The floor: squared risk of the reference predictor."""
        ...

    def target(self, task: Task) -> float:
        """The squared risk to reach."""
        ...

    def sets(self, data: Datasets, n: int) -> tuple[Samples, Samples]:
        """Training set and selection set for `n` labelled samples."""
        ...

    def sizes(self, n: int) -> Sizes:
        """How large the sets are, before any is drawn."""
        ...

    def judge(self, data: Datasets, trained: Trained) -> float:
        """The squared risk that is held against the target."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class _FloorPlusTolerance(Checked):
    """Target = floor + tolerance.

    floor: "oracle" (the best ground-truth LSA net of unit norm) or "linear" (the best linear predictor).
    """

    tolerance: Annotated[float, Number(above=0)] = 0.03
    floor: str = "oracle"

    def __post_init__(self) -> None:
        super().__post_init__()
        others = f"{', '.join(FLOORS)}; others with criterion risk_level"
        require(self.floor in FLOORS, "floor", self.floor, others)

    def reference(self, task: Task) -> float:
        """Squared risk of the reference predictor on `task`. Raises `InputError` if the task has no such
        floor.
        """
        try:
            return task.floor(self.floor)
        except InputError as error:
            allowed = f"for this criterion {', '.join(FLOORS)}, of task {task.name} {error.allowed}"
            raise InputError(
                error.option, error.value, f"{allowed}; criterion risk_level takes all"
            ) from error

    def target(self, task: Task) -> float:
        """Floor plus tolerance."""
        return self.reference(task) + self.tolerance


@register("criterion")
@dataclasses.dataclass(frozen=True, kw_only=True)
class TestSelection(_FloorPlusTolerance):
    """Selection and judgement on one test set: the protocol of the DSD paper, optimistic by construction.

    The lowest test loss over the grid of rates and along every path counts. `fresh`: every n draws a
    training set of its own, as in the paper, instead of nested ones. n counts training samples.
    """

    test_size: Annotated[int, Whole(1, MAX_SAMPLES)] = 1000
    fresh: bool = True
    name: ClassVar[str] = "test_selection"
    version: ClassVar[int] = 1
    __test__: ClassVar[bool] = False
    stops_at_target: ClassVar[bool] = True

    def sets(self, data: Datasets, n: int) -> tuple[Samples, Samples]:
        """`n` training samples, and the test set."""
        return data.training(n, fresh=self.fresh), data.test(self.test_size)

    def sizes(self, n: int) -> Sizes:
        """n, and the test set, on which selection is."""
        return Sizes(n, self.test_size, 0, nested=not self.fresh)

    def judge(self, data: Datasets, trained: Trained) -> float:
        """The lowest test loss seen; where training stopped at the target, the first one at or below it."""
        del data
        return trained.risk


@register("criterion")
@dataclasses.dataclass(frozen=True, kw_only=True)
class LowestTestError(TestSelection):
    """As `TestSelection`, but reaching the target decides nothing: every run goes on to its last step.

    The risk is the lowest test error of the grid and of every path, also below the target, as curves of the
    error want it. Fields as in `TestSelection`.
    """

    name: ClassVar[str] = "lowest_test_error"
    version: ClassVar[int] = 1
    stops_at_target: ClassVar[bool] = False


@register("criterion")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ValidationSelection(_FloorPlusTolerance):
    """Selection on held-out samples that are paid for, judgement on a large test set that selection never
    sees.

    Every `validation_every`-th of the n labelled samples is held out: n counts all of them. Sets are nested
    in n.
    """

    validation_every: Annotated[int, Whole(2, MAX_SAMPLES)] = 5
    test_size: Annotated[int, Whole(1, MAX_SAMPLES)] = 10_000
    name: ClassVar[str] = "validation_selection"
    version: ClassVar[int] = 1
    stops_at_target: ClassVar[bool] = False

    def sets(self, data: Datasets, n: int) -> tuple[Samples, Samples]:
        """The samples that are kept for training, and those held out."""
        return data.split(n, every=self.validation_every)

    def sizes(self, n: int) -> Sizes:
        """n less those held out, those, and the test set."""
        held = n // self.validation_every
        return Sizes(n - held, held, self.test_size)

    def judge(self, data: Datasets, trained: Trained) -> float:
        """Squared risk of the selected net on the test set."""
        return trained.squared_error(data.test(self.test_size))


@register("criterion")
@dataclasses.dataclass(frozen=True, kw_only=True)
class RiskLevel(Checked):
    """Judgement on a fresh test set, in either metric, for learners that select little or nothing.

    Parameters
    ----------
    metric: "squared", mean (f - y)^2, or "zero_one", the fraction of sign(f) != y, with f = 0 as one half; of
        labels of several numbers means over these too. For such labels also "top_one", the fraction of
        samples whose output of largest size |f| is at another place than the label of largest size; a tie of
        t at the top that has the right one among them counts as 1 - 1/t.
    floor: what the target is counted from, a reference that the task knows (`Task.floor`) or "zero".
    tolerance: target = floor + tolerance, in the units of the metric.
    validation_every: every so many samples one is held out for selection; None: none is, and a learner that
        selects does so on its training set. n counts all samples.
    test_size: samples of the test set.
    """

    metric: str = "squared"
    floor: str = "oracle"
    tolerance: Annotated[float, Number(above=0)] = 0.03
    validation_every: Annotated[int | None, Whole(2, MAX_SAMPLES)] = None
    test_size: Annotated[int, Whole(1, MAX_SAMPLES)] = 10_000
    name: ClassVar[str] = "risk_level"
    version: ClassVar[int] = 1
    stops_at_target: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(self.metric in METRICS, "metric", self.metric, ", ".join(METRICS))
        super().__post_init__()

    def reference(self, task: Task) -> float:
        """Risk of the reference predictor on `task`. Raises `InputError` if the task has no such floor."""
        return task.floor(self.floor, self.metric)

    def target(self, task: Task) -> float:
        """Floor plus tolerance."""
        return self.reference(task) + self.tolerance

    def sets(self, data: Datasets, n: int) -> tuple[Samples, Samples]:
        """The samples to train on and those to select on."""
        if self.validation_every is None:
            train = data.training(n, fresh=False)
            return train, train
        return data.split(n, every=self.validation_every)

    def sizes(self, n: int) -> Sizes:
        """n, divided if samples are held out, and the test set."""
        if self.validation_every is None:
            return Sizes(n, n, self.test_size, shared=True)
        held = n // self.validation_every
        return Sizes(n - held, held, self.test_size)

    def judge(self, data: Datasets, trained: Trained) -> float:
        """Risk of the predictor on the test set."""
        test = data.test(self.test_size)
        return METRICS[self.metric](trained.outputs(test), test.labels())


@register("criterion")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CoreError(RiskLevel):
    """0-1 error on samples whose shortcut tells nothing of the label: what a predictor makes of the core.

    For tasks with a method `uninformative`. Training and selection see the task as it is. Fields as in
    `RiskLevel`; the floor "core" is the error of the core alone.
    """

    metric: str = "zero_one"
    floor: str = "core"
    name: ClassVar[str] = "core_error"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.metric == "zero_one", "metric", self.metric, "zero_one")

    def reference(self, task: Task) -> float:
        """The floor. Raises `InputError`, named task, for one without a shortcut to take away."""
        known = callable(getattr(task, "uninformative", None))
        require(known, "task", task.name, "a task with a shortcut: shortcut_patches")
        return super().reference(task)

    def judge(self, data: Datasets, trained: Trained) -> float:
        """0-1 error on test samples with an uninformative shortcut."""
        task: Any = data.task
        test = data.test(self.test_size, task=task.uninformative())
        return _zero_one(trained.outputs(test), test.labels())


def _squared(f: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((f.astype(np.float64) - y) ** 2))


def _zero_one(f: np.ndarray, y: np.ndarray) -> float:
    # An output that is no number has no sign: it must not pass for a right answer.
    wrong = np.where(np.isnan(f), np.nan, f * y < 0)
    return float(np.mean(np.where(f == 0, 0.5, wrong)))


def _top_one(f: np.ndarray, y: np.ndarray) -> float:
    require(y.ndim > 1, "metric", TOP_ONE, "squared, zero_one for labels of one number")
    right = np.abs(y) == np.abs(y).max(axis=1, keepdims=True)
    fine = bool((right.sum(axis=1) == 1).all())
    require(fine, "metric", TOP_ONE, "squared, zero_one where labels are largest in size at several places")
    top = np.abs(f) == np.abs(f).max(axis=1, keepdims=True)
    # Where an output is no number nothing is the largest.
    with np.errstate(invalid="ignore"):
        return float(np.mean(1 - (top & right).sum(axis=1) / top.sum(axis=1)))


TOP_ONE = "top_one"
"""The metric that takes labels of several numbers alone."""
METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "squared": _squared,
    "zero_one": _zero_one,
    TOP_ONE: _top_one,
}
"""Risk of outputs f against labels y, both (n,) or (n, o), by metric."""
