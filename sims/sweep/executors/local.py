"""Cells in processes of this machine: one a core, or one an accelerator."""

import contextlib
import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import wait
from typing import Any, ClassVar

from sims.machine.memory import LEAST_GB
from sims.measuring.units import Unit
from sims.pieces.errors import InputError, is_number, is_whole, require
from sims.store import Store
from sims.sweep.attempt import Fate
from sims.sweep.executors.base import Ledger, require_cell_minutes, too_long
from sims.sweep.executors.measuring import Measuring, within
from sims.sweep.executors.measuring import measuring as usual
from sims.sweep.executors.worker import work

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The variable that says which accelerators a process sees."""
MOST_DEATHS = 4
"""A cell at which so many workers have died is a failure. Where so many have died in a row without a cell, no
other is started.
"""
HELD = 0.3
"""Seconds until a cell that another sweep computes is asked for again."""


class Local:
    """`processes` workers, each with cores or a device of its own (default: one a core, or a device).

    devices: numbers of accelerators, one worker each, counted among those that CUDA_VISIBLE_DEVICES names
    here, if it does; none: workers compute on the CPU, each on its share of the cores. memory_gb: of all
    workers together (default: most of what is free); code of a user's own that asks for more than its
    worker's share fails. cell_minutes: a cell that takes longer fails, and its worker is replaced. A worker
    that dies is replaced and its cell tried again. Workers are spawned: a script that makes them guards its
    main part by ``if __name__ == "__main__"``. Raises `InputError`, named by the option; `run` also where jax
    finds no accelerator.

    >>> import nstar
    >>> nstar.Local(processes=2, cell_minutes=30).name
    'local'
    """

    name: ClassVar[str] = "local"

    def __init__(
        self,
        processes: int | None = None,
        *,
        devices: Sequence[int] = (),
        memory_gb: float | None = None,
        cell_minutes: float | None = None,
        measuring: Measuring = usual,
    ) -> None:
        require_cell_minutes(cell_minutes)
        fine = processes is None or (is_whole(processes) and processes >= 1)
        require(fine, "processes", processes, "an integer >= 1")
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        count = processes or len(devices) or len(cores) or os.cpu_count() or 1
        fine = count >= 1 and (not devices or count == len(devices))
        require(fine, "processes", count, "an integer >= 1, and no other than the number of devices")
        named = os.environ.get(VISIBLE, "").split(",")
        seen = [name for name in named if name]
        fine = not seen or all(device < len(seen) for device in devices)
        require(fine, "devices", tuple(devices), f"less than {len(seen)}, as CUDA_VISIBLE_DEVICES has them")
        names = [seen[device] if seen else str(device) for device in devices]
        least = LEAST_GB * count
        fine = memory_gb is None or (is_number(memory_gb) and memory_gb >= least)
        require(fine, "memory_gb", memory_gb, f"a number >= {least:.4g}: {LEAST_GB} for each process")
        # What tests plant takes no memory.
        self._measuring = within(memory_gb, count) if measuring is usual else measuring
        self._cell_minutes = cell_minutes
        self._places = tuple(_place(index, count, cores=cores, devices=names) for index in range(count))

    def run(self, cells: Sequence[Unit], store: Store, ledger: Ledger) -> bool:
        """See `Executor`. Ctrl-C ends it as soon as the trainings in progress have ended."""
        run = _Run(cells, store, ledger, self._measuring, self._cell_minutes)
        try:
            return run.drain(self._places[: max(1, len(cells))])
        finally:
            run.end()


Place = tuple[Mapping[str, str], tuple[int, ...]]
"""Environment and cores of a worker."""


def _place(index: int, count: int, *, cores: Sequence[int], devices: Sequence[str]) -> Place:
    environment = {"OPENBLAS_NUM_THREADS": "1"}
    if devices:
        environment[VISIBLE] = devices[index]
    else:
        environment["JAX_PLATFORMS"] = "cpu"  # else all of them would share, and quarrel for, one accelerator
    # Each has its share of the cores; where there are more workers than cores, they take turns.
    own = tuple(cores[index::count]) or tuple(cores[index % len(cores) :][:1]) if cores else ()
    return environment, own


@contextlib.contextmanager
def _inherited(environment: Mapping[str, str], cores: Sequence[int]) -> Iterator[None]:
    """What a process started now has from its first instruction on: variables and cores that libraries read
    while they are imported, and no Ctrl-C.
    """
    before = {name: os.environ.get(name) for name in environment}
    affinity = os.sched_getaffinity(0) if cores else set()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        os.environ.update(environment)
        if cores:
            os.sched_setaffinity(0, cores)
        yield
    finally:
        if cores:
            os.sched_setaffinity(0, affinity)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


class _Worker:
    """A worker process as its parent sees it."""

    def __init__(self, number: int, place: Place, store: Store, measuring: Measuring) -> None:
        environment, cores = place
        # Not a fork: jax has threads, and threads do not survive one.
        context = multiprocessing.get_context("spawn")
        self.number = number
        self.place = place
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=work,
            args=(theirs, str(store.root), measuring, max(1, len(cores)), environment.get(VISIBLE)),
            daemon=True,
        )
        with _inherited(environment, cores):
            self.process.start()
        theirs.close()
        self.ready = False
        self.cell: Unit | None = None
        self.begun: float | None = None
        self.is_late = False

    def send(self, cell: Unit | None) -> None:
        with contextlib.suppress(OSError):  # it has died, which its end of the pipe will say
            self.connection.send(cell)

    def end_if_later(self, seconds: float) -> None:
        """End the process if it has had its cell for longer."""
        if self.begun is not None and time.monotonic() - self.begun > seconds:
            self.is_late, self.begun = True, None
            self.process.kill()

    def died(self) -> str:
        """How it has ended."""
        self.process.join()
        code = self.process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit status {code}"


class _Run:
    """One sweep over workers."""

    def __init__(
        self,
        cells: Sequence[Unit],
        store: Store,
        ledger: Ledger,
        measuring: Measuring,
        cell_minutes: float | None,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._measuring = measuring
        self._cell_minutes = cell_minutes
        self._queue = deque(cells)
        self._held: list[tuple[float, Unit]] = []
        self._workers: list[_Worker] = []
        self._deaths: Counter[str] = Counter()
        self._idle_deaths: Counter[int] = Counter()
        self._stopping = False

    def drain(self, places: Sequence[Place]) -> bool:
        """Until every cell has its fate; True if Ctrl-C came first."""
        try:
            for number, place in enumerate(places, 1):
                self._workers.append(_Worker(number, place, self._store, self._measuring))
            self._serve()
        except KeyboardInterrupt:
            self._ledger.interrupts.seen()
            self._stopping = True
            self._ledger.note("stopping after the trainings in progress; finished cells are kept")
            for worker in self._workers:
                worker.send(None)
            self._serve()
        return self._stopping

    def _busy(self) -> bool:
        computing = any(worker.cell is not None for worker in self._workers)
        return computing or (not self._stopping and bool(self._queue or self._held))

    def _serve(self) -> None:
        while self._busy():
            self._hand_out()
            waiting: list[Any] = [worker.connection for worker in self._workers]
            heard = set(wait(waiting, timeout=0.1))
            for worker in [worker for worker in self._workers if worker.connection in heard]:
                try:
                    self._hear(worker, worker.connection.recv())
                except (EOFError, OSError):
                    self._bury(worker)
            if self._cell_minutes is not None:
                for worker in self._workers:
                    worker.end_if_later(60 * self._cell_minutes)
            self._ledger.tick()

    def _hand_out(self) -> None:
        now = time.monotonic()
        self._queue.extend(cell for due, cell in self._held if due <= now)
        self._held = [(due, cell) for due, cell in self._held if due > now]
        for worker in self._workers:
            if self._stopping or not self._queue:
                return
            if worker.ready and worker.cell is None:
                worker.cell = self._queue.popleft()
                worker.send(worker.cell)

    def _hear(self, worker: _Worker, message: tuple[Any, ...]) -> None:
        kind, *rest = message
        if kind == "ready":
            worker.ready = True
        elif kind == "refused":
            raise InputError(*rest)
        elif kind == "note":
            self._ledger.note(f"worker {worker.number}: {rest[0]}")
        elif kind == "trained":
            self._ledger.trained(rest[0])
        elif kind == "begun" and worker.cell is not None:
            self._ledger.started(worker.cell)
            worker.begun = time.monotonic()
            self._idle_deaths[worker.number] = 0
        elif kind == "done" and worker.cell is not None:
            self._settle(worker.cell, rest[0])
            worker.cell = worker.begun = None

    def _settle(self, cell: Unit, fate: Fate) -> None:
        if fate.kind == "held":
            self._held.append((time.monotonic() + HELD, cell))
        elif fate.kind == "stopped":
            self._ledger.given_up(cell)
        else:
            self._ledger.settle(cell, fate, seconds=fate.seconds)

    def _bury(self, worker: _Worker) -> None:
        """A worker has died: its cell goes back to the queue, and another worker takes its place."""
        how, cell = worker.died(), worker.cell
        worker.connection.close()
        self._workers.remove(worker)
        if worker.is_late and cell is not None:
            self._ledger.given_up(cell)
            self._fail(cell, too_long(self._cell_minutes))
        elif cell is not None:
            self._ledger.given_up(cell)
            self._deaths[cell.id] += 1
            times = self._deaths[cell.id]
            name = f"worker {worker.number} has died ({how}) at {cell.label}"
            if times >= MOST_DEATHS:
                self._ledger.note(f"{name}, as {times - 1} before it")
                self._fail(cell, f"its worker has died {times} times, last by {how}")
            elif not self._stopping:
                self._ledger.note(f"{name}; the cell is tried again")
                self._queue.appendleft(cell)
        elif not self._stopping and not worker.is_late:
            self._ledger.note(f"worker {worker.number} has died ({how}) without a cell")
        if self._stopping:
            return
        if cell is None and not worker.is_late:
            self._idle_deaths[worker.number] += 1
            if self._idle_deaths[worker.number] >= MOST_DEATHS:
                self._ledger.note(f"worker {worker.number} is given up")
                if not self._workers:
                    raise RuntimeError(f"workers do not start: all are given up, the last died by {how}")
                return
        self._workers.append(_Worker(worker.number, worker.place, self._store, self._measuring))

    def _fail(self, cell: Unit, message: str) -> None:
        try:
            self._store.save_failure(cell, message, "", {})
        except OSError as error:
            self._ledger.note(f"the failure could not be recorded: {error}")
        self._ledger.settle(cell, Fate("failed", message))

    def end(self) -> None:
        """End the workers: those that compute nothing by themselves, the others at once."""
        for worker in self._workers:
            worker.send(None)
        for worker in self._workers:
            if worker.cell is None:
                self._last_words(worker)
            worker.process.join(0 if worker.cell is not None else 10)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.connection.close()

    def _last_words(self, worker: _Worker) -> None:
        with contextlib.suppress(EOFError, OSError):
            while worker.connection.poll(10):
                kind, *rest = worker.connection.recv()
                if kind == "note":
                    self._ledger.note(f"worker {worker.number}: {rest[0]}")
