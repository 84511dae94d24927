"""Cells on threads of this process: the default."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from sims.machine.pool import available_cores
from sims.measuring.units import Unit
from sims.store import Store
from sims.store.leases import Leases
from sims.sweep.attempt import Attempts, Measure
from sims.sweep.executors.base import Ledger
from sims.sweep.executors.measuring import Measuring, measuring, memory_of


class InProcess:
    """`workers` trainings side by side (default: one a core), on a pool of its own."""

    name: ClassVar[str] = "process"

    def __init__(self, workers: int | None = None, *, measuring: Measuring = measuring) -> None:
        self._workers = workers
        self._measuring = measuring

    def run(self, cells: Sequence[Unit], store: Store, ledger: Ledger) -> bool:
        """See `Executor`. Ctrl-C ends it as soon as the trainings in progress have ended."""
        workers = self._workers or available_cores()
        with self._measuring(workers) as measure:
            # One cell more than workers: while one waits for its slowest training, others fill in.
            interrupted = compute(cells, store, ledger, measure, in_flight=workers + 1)
            if (line := memory_of(measure)) is not None:
                ledger.note(line)
            return interrupted


def compute(cells: Sequence[Unit], store: Store, ledger: Ledger, measure: Measure, *, in_flight: int) -> bool:
    """`Executor.run` on threads, `in_flight` cells side by side, each computed by `measure`."""
    with Leases(store.root / "leases") as leases:
        return _Run(cells, store, ledger, leases, measure).drain(in_flight)


class _Run:
    """The state that the worker threads of one sweep share."""

    def __init__(
        self, cells: Sequence[Unit], store: Store, ledger: Ledger, leases: Leases, measure: Measure
    ) -> None:
        self._ledger = ledger
        self._stop = threading.Event()
        self._queue = deque(cells)
        self._held_elsewhere = 0
        self._attempts = Attempts(store, leases, measure, stopping=self._stop, note=ledger.note)

    def drain(self, in_flight: int) -> bool:
        """Work until the queue is empty; True if Ctrl-C came first."""
        count = max(1, min(in_flight, len(self._queue)))
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            self._watch(threads)
        except KeyboardInterrupt:
            self._ledger.interrupts.seen()
            self._stop.set()
            self._ledger.note("stopping after the trainings in progress; finished cells are kept")
            self._watch(threads)
        return self._stop.is_set()

    def _watch(self, threads: Sequence[threading.Thread]) -> None:
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.1)
            self._ledger.tick()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                cell = self._queue.popleft()
            except IndexError:
                return
            fate = self._attempts.attempt(
                cell, begun=lambda cell=cell: self._ledger.started(cell), trained=self._ledger.trained
            )
            if fate.kind == "stopped":
                return
            if fate.kind == "held":
                self._queue.append(cell)
                self._held_elsewhere += 1
                if self._held_elsewhere >= len(self._queue):
                    self._stop.wait(0.3)  # nothing but cells that others compute: look again in a moment
                    self._held_elsewhere = 0
                continue
            self._held_elsewhere = 0
            self._ledger.settle(cell, fate)
