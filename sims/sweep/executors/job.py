"""A job: a fixed list of cells, computed by one process somewhere that sees the store. What Slurm runs."""

import contextlib
import dataclasses
import os
import threading
from collections.abc import Iterator
from typing import Any

from sims.machine.pool import available_cores
from sims.machine.versions import require_accelerator
from sims.measuring.units import Unit
from sims.pieces import outside
from sims.pieces.errors import InputError
from sims.store import Store
from sims.store.leases import Leases
from sims.sweep.attempt import Attempts, Measure
from sims.sweep.executors.base import too_long
from sims.sweep.executors.measuring import Measuring, measuring, memory_of

outside.use_named()  # a job that is unpickled names this module before its cells name theirs

STALLS = 5
"""A cell at which so many requeues in a row have found nothing new in the store is a failure."""
_stopping = threading.Event()
"""Set when Slurm is about to end this process: what fails from then on is no finding."""


@dataclasses.dataclass(frozen=True)
class Job:
    """Cells for one task of a job array; call it to compute those that the store lacks.

    root: the store; workers: trainings side by side, none for one a core; measuring: what computes them.
    gpus: accelerators that the task was given; where jax then finds none, the job fails, for another node may
    do. Where its memory is too small for anything, its cells fail. cell_minutes: a cell that takes longer
    is a failure, and ends the process, as nothing else would end code of a user's own.
    done, stalls: of these cells in the store when it was last requeued, and requeues in a row that found no
    more. Pickled into the array and called on the node.
    """

    root: str
    cells: tuple[Unit, ...]
    workers: int | None = None
    measuring: Measuring = measuring
    gpus: int = 0
    cell_minutes: float | None = None
    done: int = -1
    stalls: int = 0

    def __call__(self) -> None:
        """Compute what is missing; what fails is recorded in the store, and nothing is returned."""
        store = Store(self.root)
        with contextlib.ExitStack() as stack:
            if self.gpus:
                require_accelerator("gpus", self.gpus)
            try:
                measure = stack.enter_context(self.measuring(self.workers or available_cores()))
            except InputError as error:
                self._refuse(store, f"no job can be begun: {error}")
                return
            self._compute(store, measure)
            if not _stopping.is_set() and (line := memory_of(measure)) is not None:
                _say(line)

    def _refuse(self, store: Store, message: str) -> None:
        """Record a failure of every cell that nobody computes, for whoever waits for it."""
        with Leases(store.root / "leases") as leases:
            for cell in self._left(store):
                with contextlib.suppress(OSError):  # then the job has done nothing, which is noticed too
                    lease = leases.take(cell.id)
                    if lease is None:
                        continue
                    try:
                        if not store.holds(cell):
                            _say(f"failed: {cell.label}: {message}")
                            store.save_failure(cell, message, "", {})
                    finally:
                        lease.release()

    def _left(self, store: Store) -> list[Unit]:
        """Cells that are not in the store and have not failed, before this job was requeued."""
        return [cell for cell in self.cells if not store.holds(cell) and store.failure(cell) is None]

    def _compute(self, store: Store, measure: Measure) -> None:
        with Leases(store.root / "leases") as leases:
            attempts = Attempts(store, leases, measure, stopping=_stopping, note=_say)
            waiting = list(self.cells)
            while waiting:
                held = []
                for cell in waiting:
                    if store.failure(cell) is not None:
                        continue  # this sweep has tried it before this job was requeued
                    with self._limited(store, cell):
                        fate = attempts.attempt(cell, begun=lambda: None, trained=lambda trainings: None)
                    _say(f"{fate.kind}: {cell.label}{f': {fate.message}' if fate.message else ''}")
                    if fate.kind == "stopped":
                        return
                    if fate.kind == "held":
                        held.append(cell)
                if len(held) == len(waiting):
                    _stopping.wait(1.0)
                waiting = held

    @contextlib.contextmanager
    def _limited(self, store: Store, cell: Unit) -> Iterator[None]:
        if self.cell_minutes is None:
            yield
            return
        timer = threading.Timer(60 * self.cell_minutes, self._end, (store, cell))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end(self, store: Store, cell: Unit) -> None:
        message = too_long(self.cell_minutes)
        _say(f"failed: {cell.label}: {message}")
        with contextlib.suppress(OSError):
            store.save_failure(cell, message, "", {})
        os._exit(1)

    def checkpoint(self) -> Any:
        """What to requeue when Slurm is about to end the job: all its cells, for the store knows the rest.

        The first missing cell is a failure once `STALLS` requeues have found nothing new: it takes longer
        than a job may.
        """
        from submitit.helpers import DelayedSubmission

        _stopping.set()
        store = Store(self.root)
        missing = self._left(store)
        done = len(self.cells) - len(missing)
        stalls = self.stalls + 1 if done == self.done else 0
        if missing and stalls >= STALLS:
            message = f"its job was ended {stalls} times before it was done: a longer time limit may help"
            store.save_failure(missing[0], message, "", {})
        return DelayedSubmission(dataclasses.replace(self, done=done, stalls=stalls % STALLS))


def _say(line: str) -> None:
    print(line, flush=True)
