"""Recompute a random sample of published cells from nothing and compare."""

import dataclasses
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from paper_repro.published_tables import PUBLISHED, published_files
from sims.errors import InputError
from sims.experiments import EXPERIMENTS, PRESETS

Row = dict[str, Any]
Agreement = Literal["identical", "agrees", "disagrees"]

RISK_TOLERANCE = 1e-9
"""Relative, for closed forms: the floor and the target do not depend on any training."""
STEP = 1.06
"""Bounds closer than this ratio lie within one step of the grids of n, which grow by 5 %."""
LONGEST = 160
"""Characters of an error that a line shows."""


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
    """Compare the rows of one cell.

    identical: every column of every seed equal; agrees: floor and target equal, and each estimate of n* lies
    in the other's interval or, where neither has one because the cell is censored, the bounds are open on the
    same side and within one step of the grid; disagrees: anything else.
    """
    cell = published[0]["cell"]
    if published == recomputed:
        return Comparison(cell, "identical", _span(published[0]))
    if not recomputed:
        return Comparison(cell, "disagrees", f"published {_span(published[0])}, nothing recomputed")
    old, new = published[0], recomputed[0]
    detail = f"published {_span(old)}, recomputed {_span(new)}"
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


def recompute(cell: Any) -> list[Row]:
    """The rows of a cell, computed anew in a store that is thrown away."""
    import tempfile

    from sims.measure import measure_cell
    from sims.pool import Pool
    from sims.store import Store
    from sims.table import collect

    with tempfile.TemporaryDirectory(prefix="nstar-verify-") as folder, Pool() as pool:
        store = Store.open(folder)
        store.save(cell, measure_cell(cell, pool), {})
        return collect(store, [cell])


def _published_cells(preset: str, folder: Path) -> dict[str, tuple[str, list[Row]]]:
    """Cell id -> (experiment, its rows in the order of the table)."""
    from sims.table import read_csv

    found: dict[str, tuple[str, list[Row]]] = {}
    for experiment, path in published_files(preset, folder=folder).items():
        own: dict[str, list[Row]] = {}
        for row in read_csv(path):
            own.setdefault(row["cell"], []).append(row)
        for cell, rows in own.items():
            found.setdefault(cell, (experiment, rows))
    return found


def verify(
    *,
    preset: str,
    sample: int,
    seed: int,
    folder: Path = PUBLISHED,
    recompute: Callable[[Any], list[Row]] = recompute,
    report: Callable[[str], None] = print,
) -> int:
    """Recompute `sample` published cells drawn with `seed`; print a line each; 0 if none disagrees, else 1.

    A published cell that the experiments no longer contain (its definition or a piece's version has changed)
    cannot be recomputed and counts as a disagreement; so does one whose computation fails, and the others go
    on. Raises `InputError` if nothing of the preset is published.
    """
    published = _published_cells(preset, folder)
    if not published:
        offered = [name for name in PRESETS if published_files(name, folder=folder)]
        raise InputError("preset", preset, ", ".join(offered) or "none: nothing is published yet")
    known = {cell.id: cell for experiment in EXPERIMENTS.values() for cell in experiment.cells(preset)}
    drawn = random.Random(seed).sample(sorted(published), min(sample, len(published)))
    counts = {"identical": 0, "agrees": 0, "disagrees": 0}
    for place, cell_id in enumerate(drawn, 1):
        experiment, rows = published[cell_id]
        head = f"{place}/{len(drawn)}  {experiment}  "
        if cell_id not in known:
            counts["disagrees"] += 1
            report(
                f"{head}{cell_id[:8]}: disagrees: published, but no cell of the {preset} preset has this id "
                "any more"
            )
            continue
        try:
            again = recompute(known[cell_id])
        except Exception as error:  # noqa: BLE001 - said and counted; the other cells go on
            counts["disagrees"] += 1
            why = " ".join(f"{type(error).__name__}: {error}".split())
            why = why if len(why) <= LONGEST else why[: LONGEST - 3] + "..."
            report(f"{head}{known[cell_id].label}: disagrees: it could not be recomputed: {why}")
            continue
        result = compare(rows, again)
        counts[result.agreement] += 1
        word = "agrees within the interval" if result.agreement == "agrees" else result.agreement
        report(f"{head}{known[cell_id].label}: {word}: n* = {result.detail}")
    report(
        f"{len(drawn)} of {len(published)} published cells recomputed (preset {preset}, seed {seed}): "
        f"{counts['identical']} identical, {counts['agrees']} agree within the interval, "
        f"{counts['disagrees']} disagree"
    )
    return 1 if counts["disagrees"] else 0
