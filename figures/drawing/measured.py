"""From rows of a table to marks: which cells form a sweep, their estimates and every seed's bracket."""

from collections.abc import Callable, Sequence
from typing import Any

from figures.drawing.looks import place_of
from figures.drawing.marks import Mark
from sims.tables.sweeps import distinct

Row = dict[str, Any]


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
    for cell in distinct(row["cell"] for row in rows):
        own = [row for row in rows if row["cell"] == cell]
        first = own[0]
        common: dict[str, Any] = {
            "panel": panel,
            "series": series(first),
            "model": first["model"],
            "variant": variant(first),
            "x": x(first),
        }
        marks.append(
            Mark(kind="estimate", y=first["n_best"], low=first["n_low"], high=first["n_high"], **common)
        )
        if first["n_best"] is None and {row["censored"] for row in own} in ({"right"}, {"left"}):
            continue
        for row in own:
            note = "" if row["monotone"] else "not monotone"
            marks.append(Mark(kind="seed", low=row["low"], high=row["high"], note=note, **common))
    return marks
