"""From a cell to the only thing that a search sees: risk and success at (seed, n)."""

import contextlib
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sims.learners.base import Divisible, seen_beside
from sims.machine.pool import Pool
from sims.measuring.alignment import alignment_of
from sims.measuring.need import Need, fits, kept_bytes, need
from sims.measuring.readings.base import Evaluated, read
from sims.pieces.errors import Diverged
from sims.protocols.agreement import require_agreement
from sims.samples.datasets import Datasets
from sims.search import Outcome
from sims.tasks.base import task_key

if TYPE_CHECKING:
    from sims.pieces.cell import Cell

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
        require_agreement(cell.task, cell.model, cell.learner, cell.criterion, cell.reading)
        self._cell = cell
        self._pool = pool
        self._on_outcome = on_outcome
        self._capacity = max(cell.search.grid())
        self._data: dict[int, Datasets] = {}
        self._lock = threading.Lock()
        self.floor = cell.criterion.reference(cell.task)
        self.target = cell.criterion.target(cell.task)

    def _datasets(self, seed: int) -> Datasets:
        with self._lock:
            if seed not in self._data:
                key = task_key(self._cell.drawn_from, seed)
                self._data[seed] = Datasets(self._cell.task, key, capacity=self._capacity)
            return self._data[seed]

    @contextlib.contextmanager
    def repetition(self, seed: int) -> Iterator[None]:
        """Waits until there is memory for a seed's samples and trainings; forgets its samples at the end."""
        kept, largest = kept_bytes(self._cell), self._need(self._capacity)
        lanes = largest.lanes_within(self._pool.memory.room - kept)
        self._pool.memory.note_fit(self._cell.id, fits(self._cell, self._pool.memory.room))
        with self._pool.memory.repetition(kept, largest.bytes(lanes)):
            try:
                yield
            finally:
                with self._lock:
                    data = self._data.pop(seed, None)
                if data is not None:
                    data.forget()

    def _need(self, n: int) -> Need:
        return need(self._cell, n)

    def __call__(self, requests: Sequence[Request]) -> list[Outcome]:
        """Outcomes in the order of the requests."""
        return self._pool.map(self.one, requests)

    def one(self, request: Request) -> Outcome:
        """Train and judge at one (seed, n), when there is memory for it."""
        seed, n = request
        memory, needed = self._pool.memory, self._need(n)
        lanes = needed.lanes_within(memory.room - kept_bytes(self._cell))
        with memory.training(needed.bytes(lanes)):
            # A call of its own: what it holds must be gone when its room is given to another.
            outcome = self._train_and_judge(seed, n, lanes if lanes < needed.lanes else None)
        if self._on_outcome is not None:
            self._on_outcome(outcome)
        return outcome

    def _train_and_judge(self, seed: int, n: int, lanes: int | None) -> Outcome:
        """lanes: so many side by side, None for all."""
        import jax

        cell = self._cell
        data = self._datasets(seed)
        train, monitor = cell.criterion.sets(data, n)
        stop_below = self.target if cell.criterion.stops_at_target else None
        # The initial weights depend on the seed alone: curves in n differ by the data, not by the start.
        key = jax.random.fold_in(task_key(cell.drawn_from, seed), 2)
        arguments = (cell.model, key, train, monitor)
        beside = seen_beside(cell.learner, data, n)
        if lanes is not None and isinstance(cell.learner, Divisible):
            trained = cell.learner.train_in_groups(*arguments, **beside, stop_below=stop_below, lanes=lanes)
        else:
            trained = cell.learner.train(*arguments, **beside, stop_below=stop_below)
        risk = cell.criterion.judge(data, trained)
        if not math.isfinite(risk):
            raise Diverged(_divergence(risk, seed, n, trained.selected))
        selected = _finite({**trained.selected, **alignment_of(cell.task, cell.model, data.key, trained)})
        if beside:
            selected["others"] = sum(int(samples.n) for samples in beside["more"].values())
        if cell.reading is not None:
            evaluated = Evaluated(cell.task, cell.model, cell.learner, data, train, key, trained)
            selected["reading"] = read(cell.reading, evaluated)
        return Outcome(
            seed=seed,
            n=n,
            success=risk <= self.target,
            risk=risk,
            steps=trained.steps,
            trainings=trained.trainings,
            selected=selected,
        )


def _finite(selected: Mapping[str, Any]) -> dict[str, Any]:
    """What describes a net, None for what is no finite number: a bias that has run away leaves f = 0."""
    lost = (isinstance(value, float) and not math.isfinite(value) for value in selected.values())
    return {name: None if gone else value for (name, value), gone in zip(selected.items(), lost, strict=True)}


def _divergence(risk: float, seed: int, n: int, selected: Mapping[str, Any]) -> str:
    """A risk that is no number in the field's words, with the learning rates if there are any."""
    rates = ", ".join(f"{name} = {selected[name]:g}" for name in ("lr_w", "lr_b") if selected.get(name))
    at = f", at learning rates {rates}; try smaller ones" if rates else ""
    return f"training diverged: the risk is {risk} at seed {seed}, n = {n}{at}"
