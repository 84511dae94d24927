"""How fast this machine trains: a few steps of the costliest trainings, timed.

Trainings of one learner and model make a group. Of each group one training is run, at the place (cell, n)
that splits the group's operations in halves or the largest below it that is no trouble to run, as many copies
side by side as there are workers, with few steps and with more: what is the same in both, drawing aside, is
the time of an evaluation beside its steps.
"""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import jax

from sims.costs.requests import expected_requests
from sims.costs.work import cell_work
from sims.learners.base import seen_beside
from sims.learners.prices.training import Priced
from sims.machine.pool import Pool
from sims.measuring.need import kept_bytes, layouts, need
from sims.pieces.cell import Cell
from sims.samples.datasets import Datasets
from sims.tasks.base import label_shape, task_key

LARGEST = 2.0e8
"""Bytes of images: no training on more is run for the sake of its time."""
MOST_FLOPS = 2.0e10
"""Operations: the same. Nor is one that does not fit the memory with a copy for every worker."""
LONGER = 4
"""So many times the steps has the next longer of the timed trainings."""

Group = tuple[str, str]
"""Names of learner and model."""


@dataclasses.dataclass(frozen=True)
class Rate:
    """Seconds of one evaluation while all workers are at it: beside its steps, and for each operation; and
    seconds in which its programs were compiled, or read from a cache if there is one.
    """

    beside: float
    a_flop: float
    compiling: float


def group_of(cell: Cell) -> Group:
    """The group whose rate holds for the cell."""
    return type(cell.learner).name, type(cell.model).name


def calibrate(cells: Sequence[Cell], pool: Pool, *, budget: float) -> dict[Group, Rate]:
    """Rates of the groups whose operations are counted, those with most operations first, until `budget`
    seconds are spent; a group that is begun is finished. A group has none of which no training is small
    enough.
    """
    groups: dict[Group, list[Cell]] = {}
    for cell in cells:
        if cell_work(cell).flops is not None:
            groups.setdefault(group_of(cell), []).append(cell)
    start = time.perf_counter()
    rates: dict[Group, Rate] = {}
    for group in sorted(groups, key=lambda group: -sum(cell_work(cell).flops or 0 for cell in groups[group])):
        if rates and time.perf_counter() - start > budget:
            break
        place = _typical(groups[group], pool)
        if place is not None:
            rates[group] = _time(*place, pool)
    return rates


def _typical(cells: Sequence[Cell], pool: Pool) -> tuple[Cell, int] | None:
    """The cell and n below which half of the operations are; if that is too large, the next smaller one that
    is not, or else the smallest of the larger ones; None if all are.
    """
    places = []
    for cell in cells:
        for n, times in expected_requests(cell.search):
            flops = _flops(cell, cell.learner, n)
            places.append((flops, times * flops, cell, n))
    places.sort(key=lambda place: place[0])
    half, sofar = sum(place[1] for place in places) / 2, 0.0
    best = None
    for _, weight, cell, n in places:
        if _is_small(cell, n, pool):
            best = cell, n
        sofar += weight
        if sofar >= half and best is not None:
            break
    return best


def _is_small(cell: Cell, n: int, pool: Pool) -> bool:
    size = 4 * max(cell.search.grid()) * cell.task.k * cell.task.d
    if size > LARGEST or _flops(cell, cell.learner.brief(), n) > MOST_FLOPS:
        return False
    return kept_bytes(cell) + pool.workers * need(cell, n).bytes() <= pool.memory.room


def _flops(cell: Cell, learner: Any, n: int) -> float:
    assert isinstance(learner, Priced)
    task, sizes = cell.task, cell.criterion.sizes(n)
    sets = layouts(sizes, max(cell.search.grid()), task.k, task.d, label_shape(task))
    return learner.flops(cell.model, *sets) or 0.0


def _time(cell: Cell, n: int, pool: Pool) -> Rate:
    key = task_key(cell.id, cell.seeds[0])
    data = Datasets(cell.task, key, capacity=max(cell.search.grid()))

    def evaluate(learner: Any) -> None:
        train, monitor = cell.criterion.sets(data, n)
        arguments = (cell.model, jax.random.fold_in(key, 2), train, monitor)
        # No target: a lucky start must not end what is timed.
        trained = learner.train(*arguments, **seen_beside(learner, data, n), stop_below=None)
        cell.criterion.judge(data, trained)

    def seconds(learner: Any) -> float:
        found = []
        for _ in range(3):
            start = time.perf_counter()
            pool.map(evaluate, [learner] * pool.workers)
            found.append(time.perf_counter() - start)
        return min(found)

    brief = cell.learner.brief()
    cell.criterion.sets(data, n)  # draws the samples
    start = time.perf_counter()
    evaluate(brief)
    first = time.perf_counter() - start
    short = seconds(brief)
    steps = getattr(brief, "steps", None)
    if not isinstance(steps, int):
        return Rate(0.0, short / _flops(cell, brief, n), max(first - short, 0.0))
    took, longer = short, brief
    # A few steps of a small net are lost in the rest of an evaluation: more of them, until they are not.
    while took < 2 * short and longer.steps < cell.learner.steps:
        longer = dataclasses.replace(brief, steps=min(LONGER * longer.steps, cell.learner.steps))
        evaluate(longer)
        took = seconds(longer)
    if took <= short:
        return Rate(0.0, took / _flops(cell, longer, n), max(first - short, 0.0))
    a_flop = (took - short) / (_flops(cell, longer, n) - _flops(cell, brief, n))
    beside = max(short - a_flop * _flops(cell, brief, n), 0.0)
    return Rate(beside, a_flop, max(first - short, 0.0))
