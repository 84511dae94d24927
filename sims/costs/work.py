"""Operations of whole cells, from those of a training and how often a search is expected to ask."""

import dataclasses
from functools import lru_cache
from typing import Any

from sims.costs.requests import expected_requests
from sims.learners.prices.training import Priced
from sims.measuring.need import layouts, others_of
from sims.measuring.readings.base import PricedReading
from sims.models.base import Model
from sims.pieces.cell import Cell
from sims.tasks.base import label_shape


@dataclasses.dataclass(frozen=True)
class CellWork:
    """What a cell is expected to take.

    evaluations: places (seed, n) at which it trains; trainings: runs, one a point of a learner's grid; flops:
    None if they are not counted; least: those that are certain where they are not counted, else all; scale:
    numbers of all images of all sets, over all evaluations; reading: operations of what is read off the nets,
    which are in flops and least.
    """

    evaluations: float
    trainings: float
    flops: float | None
    least: float
    scale: float
    reading: float = 0.0


def cell_work(cell: Cell) -> CellWork:
    """The expected work of a cell that measures n*, as if every training took all its steps. Raises what its
    pieces raise of a setting that they do not take, as computing it would.
    """
    parts = (cell.model, cell.learner, cell.criterion, cell.search)
    one = _work_of_a_seed(*parts, cell.task.k, cell.task.d, label_shape(cell.task))
    seeds = len(cell.seeds)
    evaluations = seeds * one.evaluations
    priced = isinstance(cell.reading, PricedReading)
    reading = evaluations * cell.reading.flops(cell) if priced else 0.0
    flops = None if one.flops is None else seeds * one.flops + reading
    scale = seeds * one.scale + evaluations * sum(set.n * set.k * set.d for set in others_of(cell))
    return CellWork(evaluations, seeds * one.trainings, flops, seeds * one.least + reading, scale, reading)


@lru_cache(maxsize=4096)
def _work_of_a_seed(
    model: Model, learner: Any, criterion: Any, search: Any, k: int, d: int, label: tuple[int, ...]
) -> CellWork:
    evaluations = least = scale = 0.0
    flops: float | None = 0.0
    capacity = max(search.grid())
    for n, times in expected_requests(search):
        sizes = criterion.sizes(n)
        evaluations += times
        scale += times * (sizes.train + sizes.monitor + sizes.test) * k * d
        sets = layouts(sizes, capacity, k, d, label)
        one = None
        if isinstance(learner, Priced):
            one = learner.flops(model, *sets)
            least += times * (learner.least_flops(model, *sets) if one is None else one)
        flops = None if one is None or flops is None else flops + times * one
    runs = learner.runs(model) if isinstance(learner, Priced) else 1
    return CellWork(evaluations, runs * evaluations, flops, least, scale)
