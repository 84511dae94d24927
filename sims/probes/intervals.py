"""The interval of a mean over repetitions: Student's t, cut to the range that its quantity can have."""

import math
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from scipy.special import stdtrit

from sims.pieces import registered

Range = tuple[float, float]
Ranges = Mapping[str, Range]
"""Names of a probe's quantities, or patterns of names such as "bias_*", -> least and largest value."""
ANY: Range = (-math.inf, math.inf)
ROUNDING = 1e-9


def range_of(name: str | None, quantity: str) -> Range:
    """What a quantity of the probe or reading of this name can be, as its class says in `ranges`; anything
    where neither the class says so nor, as for the rows of a probe that is not installed, there is a class.
    """
    known = {**registered("reading"), **registered("probe")}
    ranges: Ranges = getattr(known.get(name or ""), "ranges", {})
    return next((found for pattern, found in ranges.items() if fnmatchcase(quantity, pattern)), ANY)


def half_width(error: float | None, repetitions: int, tail: float = 0.025) -> float:
    """Half-width of the interval of Student's t that leaves `tail` on each side; 0 of a value without error.

    A value of one repetition has a known error, and the normal law.
    """
    degrees = repetitions - 1 if repetitions > 1 else math.inf
    return -error * float(stdtrit(degrees, tail)) if error else 0.0


def interval(
    value: float, error: float | None, repetitions: int, within: Range = ANY, *, tail: float = 0.025
) -> Range:
    """Ends of the interval of Student's t that leaves `tail` on each side, cut to the range `within`.

    The mean of a bounded law lies in its range, so that what is cut off never held it: the interval covers
    the mean exactly as often as it does uncut, which on a bounded law of few repetitions may be less often
    than it says (two draws of the uniform law: 92.7 % in place of 95 %). Of two repetitions it may be the
    whole range.

    Raises `ValueError` for a value that lies outside the range by more than rounding.
    """
    low, high = within
    if not low - ROUNDING <= value <= high + ROUNDING:
        raise ValueError(f"value: got {value:g}; allowed: a number from {low:g} to {high:g}, its range")
    half = half_width(error, repetitions, tail)
    return max(value - half, low), min(value + half, high)


def interval_of(row: Mapping[str, Any], *, tail: float = 0.025) -> Range:
    """`interval` of a row of a table of quantities."""
    within = range_of(row.get("probe") or row.get("reading"), row["quantity"])
    return interval(row["value"], row["error"], row["repetitions"], within, tail=tail)
