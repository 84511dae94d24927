"""From a cell to the only thing that a search sees: risk and success at (seed, n)."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sims.alignment import alignment_of
from sims.datasets import Datasets
from sims.pool import Pool
from sims.search import Outcome
from sims.tasks.base import task_key

if TYPE_CHECKING:
    from sims.cell import Cell

Request = tuple[int, int]
"""(seed, n)."""


class Evaluator:
    """Trains the cell's model at (seed, n) requests, side by side on the pool, and judges it against the
    target.

    `on_outcome`, if given, is called with every outcome as it comes (from a training thread).
    """

    def __init__(
        self, cell: "Cell", pool: Pool, *, on_outcome: Callable[[Outcome], None] | None = None
    ) -> None:
        self._cell = cell
        self._pool = pool
        self._on_outcome = on_outcome
        self._capacity = max(cell.search.grid())
        self._data = functools.lru_cache(maxsize=None)(self._datasets)
        self.floor = cell.criterion.reference(cell.task)
        self.target = cell.criterion.target(cell.task)

    def _datasets(self, seed: int) -> Datasets:
        return Datasets(self._cell.task, task_key(self._cell.id, seed), capacity=self._capacity)

    def __call__(self, requests: Sequence[Request]) -> list[Outcome]:
        """Outcomes in the order of the requests."""
        return self._pool.map(self.one, requests)

    def one(self, request: Request) -> Outcome:
        """Train and judge at one (seed, n)."""
        import jax

        seed, n = request
        cell, data = self._cell, self._data(seed)
        train, monitor = cell.criterion.sets(data, n)
        stop_below = self.target if cell.criterion.stops_at_target else None
        # The initial weights depend on the seed alone: curves in n differ by the data, not by the start.
        key = jax.random.fold_in(task_key(cell.id, seed), 2)
        trained = cell.learner.train(cell.model, key, train, monitor, stop_below=stop_below)
        risk = cell.criterion.judge(data, trained)
        if not math.isfinite(risk):
            raise FloatingPointError(f"the selected net's risk is {risk} at seed {seed}, n = {n}")
        outcome = Outcome(
            seed=seed,
            n=n,
            success=risk <= self.target,
            risk=risk,
            steps=trained.steps,
            trainings=trained.trainings,
            selected={**trained.selected, **alignment_of(cell.task, cell.model, data.key, trained)},
        )
        if self._on_outcome is not None:
            self._on_outcome(outcome)
        return outcome


def evaluator(cell: "Cell", pool: Pool, *, on_outcome: Callable[[Outcome], None] | None = None) -> Evaluator:
    """The evaluator of `cell`, with its `floor` and `target`."""
    return Evaluator(cell, pool, on_outcome=on_outcome)
