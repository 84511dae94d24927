"""Marks of the quantities of probes: points with intervals, and guides of a predicted slope."""

import math
from collections.abc import Sequence
from typing import Any

from scipy.stats import t as student

from figures.drawing.marks import Mark
from figures.drawing.measured import Row

POINTS = 9


def interval_mark(row: Row, *, x: float | None = None, **fields: Any) -> Mark:
    """The value of a row, at its own abscissa or at x, with the 95 % interval of Student's t over its
    repetitions; without one where the value is exact. fields: those of `Mark`.
    """
    half = 0.0
    if row["error"] and row["repetitions"] > 1:
        half = float(student.isf(0.025, row["repetitions"] - 1)) * row["error"]
    value = row["value"]
    place = row["at"] if x is None else x
    return Mark(kind="estimate", x=place, y=value, low=value - half, high=value + half, **fields)


def by_cell(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each cell, in the order in which cells first occur."""
    cells: dict[str, list[Row]] = {}
    for row in rows:
        cells.setdefault(row["cell"], []).append(row)
    return list(cells.values())


def of_name(rows: Sequence[Row], quantity: str) -> list[Row]:
    """The rows of one quantity, by abscissa where it has one."""
    found = [row for row in rows if row["quantity"] == quantity]
    return sorted(found, key=lambda row: -math.inf if row["at"] is None else row["at"])


def slope_guide(
    rows: Sequence[Row], exponent: float, *, source: str = "derived", **fields: Any
) -> list[Mark]:
    """Vertices of y = a x^-exponent through the last of the rows, over the range of all."""
    low, last = min(row["at"] for row in rows), max(rows, key=lambda row: row["at"])
    ratio = last["at"] / low
    at = [low * ratio ** (place / (POINTS - 1)) for place in range(POINTS)]
    return [
        Mark(kind="line", source=source, x=x, y=last["value"] * (x / last["at"]) ** -exponent, **fields)
        for x in at
    ]
