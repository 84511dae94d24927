"""Cells whose answer is planted: a seed succeeds from a known n on, so that sweeps need no training.

Run as a program it sweeps the planted cells into a store and writes their table:
``python -m tests.sims.planted STORE SECONDS_A_ROUND``.
"""

import contextlib
import dataclasses
import hashlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from threadpoolctl import threadpool_info

from sims.machine.versions import device, versions
from sims.measuring.threshold import CellResult, OnOutcome, measure_with
from sims.pieces.cell import Cell
from sims.protocols.criteria import Sizes
from sims.search import Bisection, Outcome
from sims.store import Store
from sims.sweep import SweepReport
from sims.sweep import sweep as sweep_with
from sims.sweep.attempt import Measure
from sims.sweep.executors.in_process import compute
from sims.sweep.progress import Progress
from sims.tables.rows import collect, write_csv


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlantedTask:
    """Success from about `threshold` samples on; `broken` makes every evaluation raise."""

    name: ClassVar[str] = "planted"
    version: ClassVar[int] = 1
    threshold: int
    k: int = 3
    d: int = 4
    sigma: float = 0.5
    broken: bool = False


@dataclasses.dataclass(frozen=True)
class PlantedModel:
    name: ClassVar[str] = "lcn"
    version: ClassVar[int] = 1


@dataclasses.dataclass(frozen=True)
class PlantedLearner:
    name: ClassVar[str] = "none"
    version: ClassVar[int] = 1


@dataclasses.dataclass(frozen=True)
class PlantedCriterion:
    name: ClassVar[str] = "validation_selection"
    version: ClassVar[int] = 1
    floor: str = "oracle"

    def sizes(self, n: int) -> Sizes:
        return Sizes(n, n, 0, shared=True)


@dataclasses.dataclass(frozen=True)
class PlantedSearch:
    name: ClassVar[str] = "planted"
    version: ClassVar[int] = 1


def planted_cell(threshold: int = 40, *, broken: bool = False, seeds: tuple[int, ...] = (0, 1, 2)) -> Cell:
    return Cell(
        task=PlantedTask(threshold=threshold, broken=broken),
        model=PlantedModel(),
        learner=PlantedLearner(),
        criterion=PlantedCriterion(),
        search=Bisection(n_min=4, n_max=200),
        seeds=seeds,
    )


def seed_threshold(cell: Cell, seed: int) -> float:
    """The n from which `seed` succeeds: within 20 % of the planted threshold, by the cell's id."""
    digest = hashlib.sha256(f"{cell.id}/{seed}".encode()).digest()
    return cell.task.threshold * (0.8 + 0.4 * digest[0] / 255)


class PlantedEvaluator:
    target = 0.1
    floor = 0.07

    def __init__(self, cell: Cell, on_outcome: OnOutcome, pause: float) -> None:
        self.cell, self.on_outcome, self.pause = cell, on_outcome, pause

    def __call__(self, requests: list[tuple[int, int]], /) -> list[Outcome]:
        time.sleep(self.pause)
        if self.cell.task.broken:
            raise FloatingPointError("the planted failure")
        outcomes = []
        for seed, n in requests:
            risk = self.target * seed_threshold(self.cell, seed) / n
            selected = {"lr_w": 0.1, "lr_b": 0.01, "step": n, "bias": 0.2}
            success = risk <= self.target
            outcomes.append(Outcome(seed, n, success, risk, steps=7, trainings=9, selected=selected))
        for outcome in outcomes:
            self.on_outcome(outcome)
        return outcomes


def planted_measure(cell: Cell, on_outcome: OnOutcome, pause: float = 0.0) -> CellResult:
    return measure_with(cell, PlantedEvaluator(cell, on_outcome, pause))


def planted_result(cell: Cell) -> CellResult:
    return planted_measure(cell, lambda outcome: None)


@contextlib.contextmanager
def planted_measuring(workers: int) -> Iterator[Measure]:
    """What executors compute planted cells with; $PLANTED_PAUSE is the seconds of a round."""
    del workers
    pause = float(os.environ.get("PLANTED_PAUSE", "0"))
    yield lambda cell, on_outcome: planted_measure(cell, on_outcome, pause)


@contextlib.contextmanager
def deadly_measuring(workers: int) -> Iterator[Measure]:
    """As `planted_measuring`, but a broken cell kills its process, as lack of memory does."""
    with planted_measuring(workers) as measure:

        def fatal(cell: Cell, on_outcome: OnOutcome) -> CellResult:
            if cell.task.broken:
                os.kill(os.getpid(), signal.SIGKILL)
            return measure(cell, on_outcome)

        yield fatal


@contextlib.contextmanager
def endless_measuring(workers: int) -> Iterator[Measure]:
    """As `planted_measuring`, but a broken cell never ends; what a first cell loads is there."""
    versions(), device()
    with planted_measuring(workers) as measure:

        def endless(cell: Cell, on_outcome: OnOutcome) -> CellResult:
            while cell.task.broken:
                time.sleep(0.01)
            return measure(cell, on_outcome)

        yield endless


@contextlib.contextmanager
def stillborn_measuring(workers: int) -> Iterator[Measure]:
    """Ends the process before it has computed anything."""
    os._exit(3)
    yield lambda cell, on_outcome: planted_result(cell)


@contextlib.contextmanager
def telling_measuring(workers: int) -> Iterator[Measure]:
    """Every cell fails, and its message says what this process was started with."""

    def tell(cell: Cell, on_outcome: OnOutcome) -> CellResult:
        cores, platform = len(os.sched_getaffinity(0)), os.environ.get("JAX_PLATFORMS")
        blas = max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
        raise ValueError(f"{workers} at a time, {cores} core, on {platform}, BLAS {blas}")

    yield tell


def run_sweep(cells, store, measure, *, in_flight: int = 3, progress: Progress | None = None) -> SweepReport:
    """A sweep on threads of this process, `in_flight` cells side by side, each computed by `measure`."""

    class Threads:
        name = "process"

        def run(self, cells, store, ledger) -> bool:
            return compute(cells, store, ledger, measure, in_flight=in_flight)

    return sweep_with(cells, store, Threads(), progress=progress)


def planted_cells() -> list[Cell]:
    return [planted_cell(threshold) for threshold in range(20, 140, 10)]


def sweep(root: Path, pause: float) -> SweepReport:
    """Sweep the planted cells into a store, saying one word a computed cell on standard output."""

    def measure(cell: Cell, on_outcome: OnOutcome) -> CellResult:
        # One write: two threads say it at a time.
        print(f"computing {cell.id}\n", end="", flush=True)
        return planted_measure(cell, on_outcome, pause)

    store = Store.open(root)
    report = run_sweep(planted_cells(), store, measure, in_flight=2, progress=Progress(sys.stderr))
    write_csv(root / "tables" / "planted.csv", collect(store, planted_cells()))
    return report


if __name__ == "__main__":
    # A shell's background jobs ignore Ctrl-C, and so would this process if the tests are one of them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    outcome = sweep(Path(sys.argv[1]), float(sys.argv[2]))
    sys.exit(130 if outcome.interrupted else 1 if outcome.failed else 0)
