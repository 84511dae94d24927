"""Sweep: compute the cells that a store lacks, several at a time; what happens to one harms no other."""

import dataclasses
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from sims.locks import lock_cell
from sims.measure import OnOutcome
from sims.progress import Progress
from sims.search import Outcome
from sims.store import Store
from sims.units import Result, Unit
from sims.versions import device, versions

Measure = Callable[[Unit, OnOutcome], Result]


@dataclasses.dataclass(frozen=True)
class SweepReport:
    """What became of the cells.

    computed: now; found: in the store, or computed meanwhile by another process; failed: with the message;
    interrupted: Ctrl-C ended the sweep early, the rest of the cells is still to do.
    """

    computed: tuple[Unit, ...]
    found: tuple[Unit, ...]
    failed: tuple[tuple[Unit, str], ...]
    interrupted: bool


class _Stopped(Exception):
    """Raised inside a measurement to end it."""


def run_sweep(
    cells: Iterable[Unit],
    store: Store,
    measure: Measure,
    *,
    in_flight: int = 3,
    progress: Progress | None = None,
) -> SweepReport:
    """Compute what is missing and keep it in the store; return what became of each cell.

    measure: computes one cell, calling its second argument with every outcome (`measure_cell` with a pool).
    in_flight: cells computed side by side, on threads. A cell that raises is recorded as failed and the rest
    goes on; a cell that another process holds is left to it, and taken over if that dies. Ctrl-C keeps
    every finished cell and returns with `interrupted` set as soon as the trainings in progress have ended.
    """
    store.tidy()
    unique = {cell.id: cell for cell in cells}.values()
    there = {cell.id for cell in unique if _is_there(store, cell)}
    todo = [cell for cell in unique if cell.id not in there]
    progress = progress or Progress(None)
    progress.begin(found=len(there), waiting=[cell.kind for cell in todo])
    run = _Run(store, measure, progress, todo)
    interrupted = run.drain(in_flight)
    if not interrupted:
        run.name_the_lost(todo)
    progress.end()
    return SweepReport(
        computed=tuple(run.computed),
        found=tuple(cell for cell in unique if cell.id in there) + tuple(run.arrived),
        failed=tuple(run.failed),
        interrupted=interrupted,
    )


def _is_there(store: Store, cell: Unit) -> bool:
    try:
        return store.load(cell) is not None
    except Exception:  # noqa: BLE001 - raised again when its turn comes, as the failure of this cell
        return False


class _Run:
    """The state that the worker threads of one sweep share."""

    def __init__(self, store: Store, measure: Measure, progress: Progress, todo: Sequence[Unit]) -> None:
        self.store = store
        self.measure = measure
        self.progress = progress
        self.computed: list[Unit] = []
        self.arrived: list[Unit] = []
        self.failed: list[tuple[Unit, str]] = []
        self._queue = deque(todo)
        self._held_elsewhere = 0
        self._stop = threading.Event()

    def drain(self, in_flight: int) -> bool:
        """Work until the queue is empty; True if Ctrl-C came first."""
        count = max(1, min(in_flight, len(self._queue)))
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            self._watch(threads)
        except KeyboardInterrupt:
            self._stop.set()
            self.progress.note("stopping after the trainings in progress; finished cells are kept")
            self._watch(threads)
        return self._stop.is_set()

    def name_the_lost(self, todo: Sequence[Unit]) -> None:
        """Count cells of which nothing is known as failed: no sweep that lost one may look complete."""
        known = {cell.id for cell in (*self.computed, *self.arrived, *(cell for cell, _ in self.failed))}
        for cell in todo:
            if cell.id not in known:
                message = "lost: the thread that worked on it has died"
                self.failed.append((cell, message))
                self.progress.note(f"failed: {cell.label}: {message}")

    def _watch(self, threads: Sequence[threading.Thread]) -> None:
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.1)
            self.progress.tick()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                cell = self._queue.popleft()
            except IndexError:
                return
            try:
                lock = lock_cell(self.store.root / "locks", cell.id)
            except OSError as error:
                self.progress.started(cell.label, cell.kind)
                self._record_failure(cell, error, time.perf_counter())
                continue
            if lock is None:
                self._queue.append(cell)
                self._held_elsewhere += 1
                if self._held_elsewhere >= len(self._queue):
                    self._stop.wait(0.3)  # nothing but cells that others compute: look again in a moment
                    self._held_elsewhere = 0
                continue
            self._held_elsewhere = 0
            try:
                self._compute(cell)
            except _Stopped:
                return
            finally:
                lock.release()

    def _compute(self, cell: Unit) -> None:
        start = time.perf_counter()
        begun = False
        try:
            if self.store.load(cell) is not None:
                self.arrived.append(cell)
                self.progress.arrived(cell.kind)
                return
            self.progress.started(cell.label, cell.kind)
            begun = True
            result = self.measure(cell, self._on_outcome)
            self.store.save(cell, result, self._provenance(start))
        except _Stopped:
            raise
        except Exception as error:  # recorded, named and counted; the other cells go on
            if self._stop.is_set():
                raise _Stopped from error  # what fails while all is being shut down is no finding
            if not begun:
                self.progress.started(cell.label, cell.kind)
            self._record_failure(cell, error, start)
        else:
            self.computed.append(cell)
            self.progress.finished(cell.label)

    def _on_outcome(self, outcome: Outcome) -> None:
        self.progress.trained(outcome.trainings)
        if self._stop.is_set():
            raise _Stopped

    def _record_failure(self, cell: Unit, error: Exception, start: float) -> None:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        details = "".join(traceback.format_exception(error))
        try:
            self.store.save_failure(cell, message, details, self._provenance(start))
        except OSError as second:
            self.progress.note(f"the failure could not be recorded: {second}")
        self.failed.append((cell, message))
        self.progress.failed(cell.label, message)

    @staticmethod
    def _provenance(start: float) -> dict[str, object]:
        seconds = round(time.perf_counter() - start, 3)
        return {"seconds": seconds, "versions": versions(), "device": device()}
