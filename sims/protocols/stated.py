"""A cell from a task, what learns it, and a risk to reach: what `nstar.measure` asks for, as a cell."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from sims.learners.own_estimator import estimator
from sims.pieces import build, registered
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError, is_number, require
from sims.protocols.agreement import require_agreement, within_the_data
from sims.protocols.by_name import protocol
from sims.protocols.criteria import RiskLevel
from sims.tasks.base import Task

HELD_OUT = 5
"""Of so many samples one is held out by a learner that selects, as under the protocol "honest"."""


def cell_of(
    task: Task,
    learns: Any,
    *,
    target: float | None = None,
    metric: str | None = None,
    n_min: int | None = None,
    n_max: int | None = None,
    seeds: int | Iterable[int] = 5,
    paired: bool = False,
) -> Cell:
    """The cell that measures n* of what learns the task.

    learns: an estimator, a class or a function as `sims.learners.own_estimator.estimator` takes them, a
        learner, or a model or the name of one, which is trained as under the protocol "honest".
    target: the risk to reach, in the metric; None for that of the protocol, of a task with a floor: "direct"
        for an estimator and for every learner that selects nothing, else "honest".
    metric: "zero_one", or "squared"; None for squared where labels are real numbers, else the 0-1 error.
    n_min, n_max: smallest and largest n tried; None for the protocol's, of data at most what there is.
    seeds: how many repetitions, or which.
    """
    models = registered("model")
    if isinstance(learns, str):
        require(learns in models, "model", learns, ", ".join(sorted(models)))
        learns = build("model", {"name": learns})
    if isinstance(learns, tuple(models.values())):
        model, learner = learns, None
    else:
        own = not (hasattr(learns, "train") and hasattr(learns, "selects"))
        model, learner = build("model", {"name": "none"}), estimator(learns) if own else learns
    named = "direct" if learner is not None and not learner.selects else "honest"
    usual, criterion, search = protocol(named, model, task, n_max=n_max)
    if target is None:
        require(metric is None, "metric", metric, "nothing without target")
        try:
            criterion.target(task)
        except InputError as error:
            raise InputError(
                "target", None, f"a risk to reach, as task {task.name} has no reference"
            ) from error
    else:
        if metric is None:
            metric = "squared" if getattr(task, "real", False) else "zero_one"
        held = None if named == "direct" else HELD_OUT
        require(is_number(target) and target > 0, "target", target, "a risk > 0")
        criterion = RiskLevel(metric=metric, floor="zero", tolerance=target, validation_every=held)
    criterion, search = within_the_data(task, criterion, search, n_max=n_max, test_size=None)
    if n_min is not None:
        search = dataclasses.replace(search, n_min=n_min, start=max(n_min, search.start or n_min))
    learner = usual if learner is None else learner
    require_agreement(task, model, learner, criterion)
    which = tuple(range(seeds) if isinstance(seeds, int) else seeds)
    return Cell(
        task=task,
        model=model,
        learner=learner,
        criterion=criterion,
        search=search,
        seeds=which,
        paired=paired,
    )
