"""What is not begun: a measurement that no memory holds, or that nobody would wait for."""

from typing import Any

from sims.costs.work import cell_work
from sims.learners.prices.training import Trainings
from sims.measuring.need import DRAWING, kept_bytes, need
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError

SPEED = 1e10
"""Operations a second: the order of what one processor does of these."""
A_STEP = 2e-5
"""Seconds that a step takes whatever its operations: the least where it was measured."""
PATIENCE = 100 * 365 * 86400.0
"""Seconds: a century of one processor, which is a month of a thousand or some days of an accelerator."""


def require_memory(cell: Cell, free: float) -> None:
    """Raise `InputError` if the largest training, one lane at a time, needs more than so many bytes."""
    largest = max(cell.search.grid())
    needed = kept_bytes(cell) + need(cell, largest).bytes(1)
    _require_room(needed, free, f"n = {largest} needs more: a smaller --n-max may do")


def require_patience(cell: Cell) -> float:
    """The seconds that the cell may take on one processor, as if every training took all its steps; where its
    operations are not counted (`CellWork.flops` is None), those that the certain ones of them take at least.
    Raises `InputError` beyond `PATIENCE`.
    """
    work = cell_work(cell)
    return _within_patience(work.least, work.evaluations, cell.learner)


def require_trainings(trainings: Trainings, free: float) -> float:
    """As `require_memory` and `require_patience`, of a probe's trainings: the seconds that they may take."""
    model, learner, train, monitor, judged, times = trainings
    sets = (train, monitor, judged)
    space = learner.workspace(model, train, monitor)
    drawing = DRAWING * max(4.0 * one.n * one.k * one.d for one in sets)
    kept = sum(one.bytes for one in sets)
    needed = kept + max(drawing, space.fixed + space.lanes * space.lane)
    _require_room(needed, free, "fewer samples or a smaller net need less")
    return _within_patience(_times(times, learner.flops(model, *sets)), times, learner)


def _times(times: int, flops: float | None) -> float | None:
    return None if flops is None else times * flops


def _require_room(needed: float, free: float, hint: str) -> None:
    if needed > free:
        raise InputError("memory", f"{needed / 1e9:.3g} GB", f"{free / 1e9:.3g} GB, which are free; {hint}")


def _within_patience(flops: float | None, evaluations: float, learner: Any) -> float:
    steps = getattr(learner, "steps", 0)
    seconds = (flops or 0.0) / SPEED
    seconds += A_STEP * evaluations * (steps if isinstance(steps, int) else 0)
    if seconds > PATIENCE:
        years = seconds / (365 * 86400)
        allowed = "100 years of one processor; fewer samples, steps or repetitions take less"
        raise InputError("time", f"{years:.2g} years", allowed)
    return seconds
