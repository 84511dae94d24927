"""From rows of a table to marks: n* with every seed's bracket, values of probes with their intervals, and the
curves that go with them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from figures.drawing.looks import place_of
from figures.drawing.marks import Mark, curve
from sims.probes.intervals import interval_of
from sims.tables.laws import fit_power
from sims.tables.sweeps import distinct

Row = dict[str, Any]
POINTS = 9
"""Vertices of a curve between the smallest and the largest abscissa."""


def groups(rows: Sequence[Row], *names: str) -> list[tuple[tuple[Any, ...], list[Row]]]:
    """The rows that agree in these columns, with their values there, in the order of first appearance."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    return list(found.items())


def geometric(low: float, high: float, points: int = POINTS) -> list[float]:
    """Abscissas from `low` to `high`, evenly in their logarithm."""
    return [low * (high / low) ** (place / (points - 1)) for place in range(points)]


def present(rows: Sequence[Row]) -> list[str]:
    """The models among the rows, in the order of every legend."""
    return sorted(distinct(row["model"] for row in rows), key=place_of)


def target_variant(row: Row) -> str:
    """The linear model is measured against the nets' target and against its own: the second is a variant."""
    return "to its own target" if row["model"] == "linear" and row["floor"] == "linear" else ""


def series_of(row: Row) -> str:
    """Model, and variant if it is one."""
    return " ".join(filter(None, (row["model"], target_variant(row))))


def marks_of_rows(
    rows: Sequence[Row],
    *,
    panel: str,
    x: Callable[[Row], float],
    series: Callable[[Row], str] = series_of,
    variant: Callable[[Row], str] = target_variant,
) -> list[Mark]:
    """An estimate for every cell and a bracket for every seed. Rows of one cell are those that share `cell`.

    Where all seeds are censored alike the estimate's own arrow says so, and the seeds are left out.
    """
    marks: list[Mark] = []
    for _, own in groups(rows, "cell"):
        first = own[0]
        common: dict[str, Any] = {
            "panel": panel,
            "series": series(first),
            "model": first["model"],
            "variant": variant(first),
            "x": x(first),
        }
        marks.append(
            Mark(
                kind="estimate",
                y=first["n_best"],
                low=first["n_low"] or None,  # no n* is 0: an end that is not bounded
                high=first["n_high"],
                **common,
            )
        )
        if first["n_best"] is None and {row["censored"] for row in own} in ({"right"}, {"left"}):
            continue
        for row in own:
            note = "" if row["monotone"] else "not monotone"
            marks.append(Mark(kind="seed", low=row["low"], high=row["high"], note=note, **common))
    return marks


def interval_mark(row: Row, *, x: float | None = None, **fields: Any) -> Mark:
    """The value of a row with its interval, at its own abscissa or at x; fields: those of `Mark`."""
    low, high = interval_of(row)
    place = row["at"] if x is None else x
    return Mark(kind="estimate", x=place, y=row["value"], low=low, high=high, **fields)


def of_name(rows: Sequence[Row], quantity: str) -> list[Row]:
    """The rows of one quantity, by abscissa where it has one."""
    found = [row for row in rows if row["quantity"] == quantity]
    return sorted(found, key=lambda row: -math.inf if row["at"] is None else row["at"])


def slope_guide(
    rows: Sequence[Row], exponent: float, *, source: str = "derived", **fields: Any
) -> list[Mark]:
    """Vertices of y = a x^-exponent through the last of the rows, over the range of all."""
    low, last = min(row["at"] for row in rows), max(rows, key=lambda row: row["at"])
    at = geometric(low, last["at"])
    points = ((x, last["value"] * (x / last["at"]) ** -exponent) for x in at)
    return curve(points, source=source, **fields)


def predicted_curve(rows: Sequence[Row], **fields: Any) -> list[Mark]:
    """What theory says of the rows that have a prediction, at their own abscissas."""
    return curve(((row["at"], row["predicted"]) for row in rows if row["predicted"] is not None), **fields)


def power_law(rows: Sequence[Row], variable: str, **fields: Any) -> list[Mark]:
    """The power law of n* along a variable, its exponent as the note; no mark where none can be fitted."""
    fit = fit_power(rows, vary=(variable,))
    if not fit.exponents:
        return []
    values = [row[variable] for row in rows]
    points = ((x, fit.predict({variable: x})) for x in geometric(min(values), max(values)))
    return curve(points, source="fit", note=f"{fit.exponents[variable].best:.2f}", **fields)
