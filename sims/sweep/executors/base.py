"""What every executor is given and what it says: cells to compute, a store, and a ledger of their fates."""

import threading
import time
from collections.abc import Sequence
from typing import ClassVar, Protocol

from sims.measuring.units import Unit
from sims.pieces.errors import is_number, require
from sims.store import Store
from sims.sweep.attempt import Fate
from sims.sweep.interrupts import Interrupts
from sims.sweep.progress import Progress

CLOCK = 5.0
"""Seconds by which a clock must be moved between two ticks to be mentioned."""


class Ledger:
    """What has become of the cells of one sweep, said to `progress` as it happens. Thread-safe."""

    def __init__(self, progress: Progress, interrupts: Interrupts | None = None) -> None:
        self.progress = progress
        self.interrupts = interrupts or Interrupts()
        self.computed: dict[str, Unit] = {}
        self.arrived: dict[str, Unit] = {}
        self.failed: dict[str, tuple[Unit, str]] = {}
        self._running: set[str] = set()
        self._offset = time.time() - time.monotonic()
        self._lock = threading.Lock()

    def started(self, cell: Unit) -> None:
        """The cell is being computed. Said twice it counts once."""
        with self._lock:
            self._start(cell)

    def _start(self, cell: Unit) -> None:
        if cell.id not in self._running:
            self._running.add(cell.id)
            self.progress.started(cell.label, cell.kind)

    def trained(self, trainings: int) -> None:
        """So many trainings have ended."""
        self.progress.trained(trainings)

    def given_up(self, cell: Unit) -> None:
        """A cell that was started, if it was, is to be tried again."""
        with self._lock:
            if cell.id in self._running:
                self._running.remove(cell.id)
                self.progress.given_up(cell.label)

    def tick(self) -> None:
        """To be called every now and then, from the main thread: renews the line of progress, and names a
        clock that was moved. Raises `KeyboardInterrupt` if one was lost.
        """
        self.interrupts.check()
        offset = time.time() - time.monotonic()
        moved, self._offset = offset - self._offset, offset
        if abs(moved) > CLOCK:
            self.note(f"the clock was moved by {moved:+.0f} s, on which nothing depends")
        self.progress.tick()

    def note(self, line: str) -> None:
        """Say a line of its own."""
        self.progress.note(line)

    def settle(self, cell: Unit, fate: Fate, *, seconds: float | None = None) -> None:
        """The fate of a cell: computed, arrived or failed.

        seconds: what it took, where the time since `started` is not that.
        """
        with self._lock:
            if fate.kind == "arrived":
                self.arrived[cell.id] = cell
                self.progress.arrived(cell.kind)
                return
            self._start(cell)
            self._running.remove(cell.id)
            if fate.kind == "computed":
                self.computed[cell.id] = cell
                self.progress.finished(cell.label, seconds=seconds)
            else:
                self.failed[cell.id] = cell, fate.message
                self.progress.failed(cell.label, fate.message)

    def knows(self, cell: Unit) -> bool:
        """Whether the cell's fate is known."""
        return any(cell.id in fates for fates in (self.computed, self.arrived, self.failed))

    def reopen(self, cell: Unit) -> None:
        """A cell whose file was lost after it had been computed is to be computed again."""
        with self._lock:
            self.computed.pop(cell.id, None)
            self.arrived.pop(cell.id, None)
            self.progress.reopened(cell.kind)


def require_cell_minutes(minutes: float | None) -> None:
    """Raise `InputError` for a limit of the time of a cell that is none; None is no limit."""
    fine = minutes is None or (is_number(minutes) and minutes > 0)
    require(fine, "cell_minutes", minutes, "a number > 0")


def too_long(minutes: float | None) -> str:
    """What is said of a cell that has taken longer than its limit."""
    return f"it takes longer than its limit of {minutes:g} min"


class Executor(Protocol):
    """Computes cells into a store, all that executors share: any may take over from any other."""

    name: ClassVar[str]

    def run(self, cells: Sequence[Unit], store: Store, ledger: Ledger) -> bool:
        """Compute the cells, settling each in the ledger; True if an interrupt (Ctrl-C, SIGTERM) ended it
        early.
        """
        ...
