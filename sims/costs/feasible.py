"""What is not begun: a measurement that no memory holds, or that nobody would wait for."""

from typing import TYPE_CHECKING

from sims.costs.memory import kept_bytes, need
from sims.costs.work import cell_work
from sims.errors import InputError

if TYPE_CHECKING:
    from sims.cell import Cell

SPEED = 1e10
"""Operations a second: the order of what one processor does of these."""
A_STEP = 2e-5
"""Seconds that a step takes whatever its operations: the least where it was measured."""
PATIENCE = 100 * 365 * 86400.0
"""Seconds: a century of one processor, which is a month of a thousand or some days of an accelerator."""


def require_memory(cell: "Cell", free: float) -> None:
    """Raise `InputError` if the largest training, one lane at a time, needs more than so many bytes."""
    largest = max(cell.search.grid())
    needed = kept_bytes(cell) + need(cell, largest).bytes(1)
    if needed > free:
        allowed = f"{free / 1e9:.3g} GB, which are free; n = {largest} needs more: a smaller --n-max may do"
        raise InputError("memory", f"{needed / 1e9:.3g} GB", allowed)


def require_patience(cell: "Cell") -> float:
    """The seconds that the cell may take on one processor, as if every training took all its steps. Raises
    `InputError` beyond `PATIENCE`. Operations that nobody counts take no time here.
    """
    work = cell_work(cell)
    steps = getattr(cell.learner, "steps", 0)
    seconds = (work.flops or 0.0) / SPEED
    seconds += A_STEP * work.evaluations * (steps if isinstance(steps, int) else 0)
    if seconds > PATIENCE:
        years = seconds / (365 * 86400)
        allowed = "100 years of one processor; fewer samples, steps or repetitions take less"
        raise InputError("time", f"{years:.2g} years", allowed)
    return seconds
