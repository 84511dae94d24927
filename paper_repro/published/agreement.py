"""Whether a recomputed cell agrees with the published one: rows of n*, and rows of a probe's quantities."""

import dataclasses
import math
from typing import Literal

from paper_repro.rules.base import Row
from sims.probes.intervals import half_width
from sims.tables.rows import means_read

Agreement = Literal["identical", "agrees", "disagrees"]
AGREEMENTS: tuple[Agreement, ...] = ("identical", "agrees", "disagrees")

RISK_TOLERANCE = 1e-9
"""Relative, for closed forms: the floor and the target do not depend on any training."""
EXACT_TOLERANCE = 1e-6
"""Relative and absolute, for exact values of probes, which may come out of single precision."""
REPETITION = "seed_"
"""What the name of a mean over repetitions has before it where one of them is given."""
ESTIMATED = ("n_low", "n_best", "n_high", "n_method")
STEP = 1.06
"""Bounds closer than this ratio lie within one step of the grids of n, which grow by 5 %."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How a recomputed cell compares with the published one, and in what they differ."""

    cell: str
    agreement: Agreement
    detail: str


def _span(row: Row) -> str:
    values = (row["n_low"], row["n_best"], row["n_high"])
    low, best, high = ("none" if value is None else f"{value:.4g}" for value in values)
    return f"{best} [{low}, {high}]"


def _near(one: float | None, other: float | None) -> bool:
    """Whether two ends of intervals are one step of the grid apart at most; open or zero ends equal only
    themselves."""
    if not one or not other:
        return one == other
    return max(one, other) <= STEP * min(one, other)


def _holds(row: Row, value: float) -> bool:
    return (row["n_low"] or 0.0) <= value and (row["n_high"] is None or value <= row["n_high"])


def compare(published: list[Row], recomputed: list[Row]) -> Comparison:
    """Compare the rows of one cell: of its n*, then, if they are published, of what was read off its nets.

    identical: every column of every seed equal, or all but the estimate of n* where that was made in another
    way; agrees: floor and target equal, and each estimate of n* lies
    in the other's interval or, where neither has one because the cell is censored, the bounds are open on the
    same side and within one step of the grid, and means read off nets agree as quantities of probes do;
    disagrees: anything else.
    """
    (stars, readings), (stars_again, readings_again) = map(_parted, (published, recomputed))
    found = _compare_stars(stars, stars_again)
    if not readings:
        return found
    read = _compare_readings(readings, readings_again)
    worst = AGREEMENTS[max(map(AGREEMENTS.index, (found.agreement, read.agreement)))]
    return Comparison(found.cell, worst, f"{found.detail}; read off nets: {read.detail}")


def _parted(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Those of n*, and those of what was read off nets."""
    return [row for row in rows if "reading" not in row], [row for row in rows if "reading" in row]


def _compare_readings(published: list[Row], recomputed: list[Row]) -> Comparison:
    """Means over two seeds or more, at each n that as many seeds have in both: a seed whose n* has moved by a
    step was evaluated elsewhere.
    """
    cell = published[0]["cell"]
    if published == recomputed:
        return Comparison(cell, "identical", f"{len(published)} numbers")
    old, new = (
        {(row["quantity"], row["at"], row["repetitions"]): row for row in means_read(rows)}
        for rows in (published, recomputed)
    )
    shared = [place for place in old if place in new and place[2] > 1]
    if not shared:
        return Comparison(cell, "disagrees", "no n at which the same two seeds or more were evaluated")
    return compare_quantities([old[place] for place in shared], [new[place] for place in shared])


def _seen_in(rows: list[Row]) -> list[Row]:
    """What was measured, without what was estimated from it."""
    return [{name: value for name, value in row.items() if name not in ESTIMATED} for row in rows]


def _compare_stars(published: list[Row], recomputed: list[Row]) -> Comparison:
    cell = published[0]["cell"]
    if published == recomputed:
        return Comparison(cell, "identical", _span(published[0]))
    if not recomputed:
        return Comparison(cell, "disagrees", f"published {_span(published[0])}, nothing recomputed")
    old, new = published[0], recomputed[0]
    detail = f"published {_span(old)}, recomputed {_span(new)}"
    if old["n_method"] != new["n_method"] and _seen_in(published) == _seen_in(recomputed):
        return Comparison(cell, "identical", f"every seed, n* estimated in another way; {detail}")
    for name in ("floor_risk", "target"):
        if not math.isclose(old[name], new[name], rel_tol=RISK_TOLERANCE, abs_tol=0.0):
            detail += f"; {name} {old[name]!r}, recomputed {new[name]!r}"
            return Comparison(cell, "disagrees", detail)
    if old["n_best"] is None or new["n_best"] is None:
        alike = old["n_best"] == new["n_best"]
        alike = alike and all(_near(old[end], new[end]) for end in ("n_low", "n_high"))
    else:
        alike = _holds(old, new["n_best"]) and _holds(new, old["n_best"])
    return Comparison(cell, "agrees" if alike else "disagrees", detail)


def compare_quantities(published: list[Row], recomputed: list[Row]) -> Comparison:
    """Compare the rows of one probe.

    identical: every column of every row equal; agrees: the same quantities with the same predictions, each
    value in the other's 95 % interval, or equal up to rounding where it is exact; disagrees: anything else.

    The repetitions "seed_NAME" behind a mean "NAME" are no exact values: a net of many layers turns the last
    bit of a sum into another net. Each must lie as near its like as two draws of their spread do.
    """
    cell = published[0]["cell"]
    if published == recomputed:
        return Comparison(cell, "identical", f"{len(published)} quantities")
    old, new = ({(row["quantity"], row["at"]): row for row in rows} for rows in (published, recomputed))
    if old.keys() != new.keys():
        return Comparison(cell, "disagrees", f"published {len(old)} quantities, recomputed {len(new)}")
    spans = {REPETITION + name: _apart(row) for (name, at), row in old.items() if at is None}
    unlike = [
        (name, at) for (name, at), row in old.items() if not _alike(row, new[name, at], spans.get(name, 0.0))
    ]
    if not unlike:
        return Comparison(cell, "agrees", f"{len(published)} quantities")
    worst = max(unlike, key=lambda place: abs(old[place]["value"] - new[place]["value"]))
    name = worst[0] if worst[1] is None else f"{worst[0]} at {worst[1]:g}"
    detail = f"{len(unlike)} of {len(old)} quantities differ, such as {name}"
    values = f"published {old[worst]['value']:.6g}, recomputed {new[worst]['value']:.6g}"
    return Comparison(cell, "disagrees", f"{detail}: {values}")


def _apart(mean: Row) -> float:
    """How far two draws lie apart of which so many have this mean and error: further in at most 5 % of the
    times that all of them are drawn twice. With two or three repetitions it holds hardly anything.
    """
    repetitions = mean["repetitions"]
    return math.sqrt(2 * repetitions) * half_width(mean["error"], repetitions, 0.025 / repetitions)


def _alike(old: Row, new: Row, apart: float) -> bool:
    """apart: how far a value without an error may lie off, beside rounding."""
    same = old["repetitions"] == new["repetitions"] and (old["error"] is None) == (new["error"] is None)
    if not same or not _equal(old["predicted"], new["predicted"], RISK_TOLERANCE):
        return False
    distance = abs(old["value"] - new["value"])
    if not old["error"] or not new["error"]:
        return distance <= apart or _equal(old["value"], new["value"], EXACT_TOLERANCE)
    return all(distance <= half_width(row["error"], row["repetitions"]) for row in (old, new))


def _equal(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
