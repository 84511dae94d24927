"""The plan of a sweep that has not been run: its cells, their cost, and the time that it would take."""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from sims.costs.calibration import Group, Rate, group_of
from sims.costs.shares import shares
from sims.costs.work import CellWork, cell_work
from sims.machine.memory import Fit
from sims.measuring.need import fits, kept_bytes, need
from sims.measuring.units import Unit
from sims.pieces.cell import Cell
from sims.pieces.errors import in_words


@dataclasses.dataclass(frozen=True)
class Planned:
    """A cell that measures n*: its work, its seconds of one worker (None: not known), what it shares compiled
    programs by, and whether its group was timed (one without operations cannot be).
    """

    cell: Cell
    work: CellWork
    seconds: float | None
    program: Any
    timed: bool


@dataclasses.dataclass(frozen=True)
class Plan:
    """What the missing units of a sweep are expected to take.

    probes: how many units measure no n*; compiling: seconds of one worker for each program.
    """

    cells: tuple[Planned, ...]
    probes: int
    compiling: Mapping[Any, float]

    @property
    def seconds(self) -> list[float]:
        """Seconds of one worker for each cell; a cell of which nothing is known counts as the median one."""
        known = [planned.seconds for planned in self.cells if planned.seconds is not None]
        typical = statistics.median(known) if known else 0.0
        return [typical if planned.seconds is None else planned.seconds for planned in self.cells]

    @property
    def unknown(self) -> int:
        """Cells whose seconds are not known."""
        return sum(planned.seconds is None for planned in self.cells)

    @property
    def guessed(self) -> list[Group]:
        """Groups that could have been timed and were not: they have the median rate of those that were, if
        any was.
        """
        counted = (planned for planned in self.cells if planned.work.flops is not None)
        return sorted({group_of(planned.cell) for planned in counted if not planned.timed})

    @property
    def is_timed(self) -> bool:
        """Whether anything is known of the time that its cells take; of no cells all is."""
        return not self.cells or any(planned.seconds is not None for planned in self.cells)

    def compiling_of(self, indices: Sequence[int]) -> float:
        """Seconds for all programs of these cells, each once."""
        return sum(self.compiling[program] for program in {self.cells[index].program for index in indices})


def sort_out(units: Sequence[Unit]) -> tuple[list[Unit], list[tuple[Unit, str]]]:
    """The units that can be planned, and those whose pieces do not go together, each with the message that it
    will fail with.
    """
    fine: list[Unit] = []
    refused: list[tuple[Unit, str]] = []
    for unit in units:
        try:
            if isinstance(unit, Cell):
                cell_work(unit)
                need(unit, max(unit.search.grid()))
            fine.append(unit)
        except Exception as error:  # noqa: BLE001 - computing the cell raises it too, and there it is a failure
            refused.append((unit, in_words(error)))
    return fine, refused


def plan(units: Sequence[Unit], rates: Mapping[Group, Rate]) -> Plan:
    """The plan of the units at these rates. A group without a rate takes the median one of the others."""
    typical = _typical(rates)
    cells: list[Planned] = []
    programs: dict[Any, float] = {}
    for cell in (unit for unit in units if isinstance(unit, Cell)):
        work, group = cell_work(cell), group_of(cell)
        rate = rates.get(group, typical)
        program = (group, cell.model, cell.task.k, cell.task.d, max(cell.search.grid()))
        seconds = None
        if rate is not None and work.flops is not None:
            seconds = rate.beside * work.evaluations + rate.a_flop * work.flops
            programs[program] = rate.compiling
        programs.setdefault(program, 0.0)
        cells.append(Planned(cell, work, seconds, program, group in rates))
    return Plan(tuple(cells), len(units) - len(cells), programs)


def _typical(rates: Mapping[Group, Rate]) -> Rate | None:
    if not rates:
        return None
    columns = [[getattr(rate, field.name) for rate in rates.values()] for field in dataclasses.fields(Rate)]
    return Rate(*(statistics.median(column) for column in columns))


def relative_costs(units: Sequence[Unit]) -> list[float]:
    """What the units cost relative to each other, so that they can be dealt out: operations where they are
    counted; elsewhere the cost of the images that a cell reads; a probe, or a cell that will fail, costs as
    much as the median cell.
    """
    refused = {unit.id for unit, _ in sort_out(units)[1]}
    works = [cell_work(unit) if isinstance(unit, Cell) and unit.id not in refused else None for unit in units]
    ratios = [work.flops / work.scale for work in works if work is not None and work.flops is not None]
    ratio = statistics.median(ratios) if ratios else 1.0
    costs = [
        None if work is None else work.flops if work.flops is not None else ratio * work.scale
        for work in works
    ]
    known = [cost for cost in costs if cost is not None]
    typical = statistics.median(known) if known else 1.0
    return [typical if cost is None else cost for cost in costs]


def makespan(seconds: Sequence[float], places: int) -> float:
    """Time until all is done where `places` take the longest that is left, one after another."""
    return max((sum(seconds[index] for index in own) for own in shares(seconds, places)), default=0.0)


def _side_by_side(plan: Plan, workers: int) -> list[float]:
    """Seconds of each cell alone on so many workers: its seeds go side by side and nothing else does."""
    return [
        seconds / min(workers, len(planned.cell.seeds))
        for planned, seconds in zip(plan.cells, plan.seconds, strict=True)
    ]


def threads_seconds(plan: Plan, workers: int) -> float:
    """Wall time on threads of one process, which share cells and their seeds."""
    longest = max(_side_by_side(plan, workers), default=0.0)
    return max((sum(plan.seconds) + sum(plan.compiling.values())) / workers, longest)


def processes_seconds(plan: Plan, processes: int, workers: int, *, places: int) -> float:
    """Wall time on processes that take one cell after another, each with so many workers; where all together
    are more than there are places, they take turns. The processes share a cache of compiled programs.
    """
    processes = max(1, min(processes, len(plan.cells)))
    turns = max(1.0, processes * workers / places)
    compiling = sum(plan.compiling.values()) / processes
    return turns * (makespan(_side_by_side(plan, workers), processes) + compiling)


def jobs_seconds(plan: Plan, jobs: int, parallel: int, cpus: int) -> tuple[float, list[float]]:
    """Wall time of a job array from its first job's start, and the seconds of each job, which takes one cell
    after another and compiles the programs of its own cells: nodes share no cache.
    """
    seconds = _side_by_side(plan, cpus)
    costs = relative_costs([planned.cell for planned in plan.cells])
    own = [sum(seconds[index] for index in group) + plan.compiling_of(group) for group in shares(costs, jobs)]
    return makespan(own, parallel), own


def memory_bytes(plan: Plan, workers: int, base: float) -> tuple[float, float]:
    """Bytes of a process: for its largest cell with one training of one lane at a time, and where nothing
    waits, with all seeds of the largest cells in flight (one more than workers) and `workers` trainings.
    """
    cells = [planned.cell for planned in plan.cells]
    kept = [kept_bytes(cell) for cell in cells]
    needs = [need(cell, max(cell.search.grid())) for cell in cells]
    least = max((one + needed.bytes(1) for one, needed in zip(kept, needs, strict=True)), default=0.0)
    samples = sorted((len(cell.seeds) * one for cell, one in zip(cells, kept, strict=True)), reverse=True)
    trainings = sorted(
        (needed.bytes() for cell, needed in zip(cells, needs, strict=True) for _ in cell.seeds), reverse=True
    )
    return base + least, base + sum(samples[: workers + 1]) + sum(trainings[:workers])


def count_fits(plan: Plan, room: float) -> dict[Fit, int]:
    """How many cells a process with so many bytes for them computes whole, divided, and how many are
    larger.
    """
    found: dict[Fit, int] = {"whole": 0, "divided": 0, "too large": 0}
    for planned in plan.cells:
        found[fits(planned.cell, room)] += 1
    return found
