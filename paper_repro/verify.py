"""Recompute a random sample of published cells from nothing and compare."""

import dataclasses
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from paper_repro.published_tables import PUBLISHED, published_files
from sims.errors import InputError
from sims.experiments import EXPERIMENTS, PRESETS

Row = dict[str, Any]
Agreement = Literal["identical", "agrees", "disagrees"]


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


def _side(row: Row) -> str:
    if row["n_best"] is not None:
        return "none"
    return "right" if row["n_high"] is None else "left"


def _holds(row: Row, value: float) -> bool:
    return (row["n_low"] or 0.0) <= value and (row["n_high"] is None or value <= row["n_high"])


def compare(published: list[Row], recomputed: list[Row]) -> Comparison:
    """Compare the rows of one cell.

    identical: every column of every seed equal; agrees: each estimate of n* lies in the other's interval, and
    both are censored on the same side if at all; disagrees: anything else.
    """
    cell = published[0]["cell"]
    if published == recomputed:
        return Comparison(cell, "identical", _span(published[0]))
    if not recomputed:
        return Comparison(cell, "disagrees", f"published {_span(published[0])}, nothing recomputed")
    old, new = published[0], recomputed[0]
    detail = f"published {_span(old)}, recomputed {_span(new)}"
    alike = _side(old) == _side(new)
    if alike and _side(old) == "none":
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
    cannot be recomputed and counts as a disagreement. Raises `InputError` if nothing of the preset is
    published.
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
        result = compare(rows, recompute(known[cell_id]))
        counts[result.agreement] += 1
        word = "agrees within the interval" if result.agreement == "agrees" else result.agreement
        report(f"{head}{known[cell_id].label}: {word}: n* = {result.detail}")
    report(
        f"{len(drawn)} of {len(published)} published cells recomputed (preset {preset}, seed {seed}): "
        f"{counts['identical']} identical, {counts['agrees']} agree within the interval, "
        f"{counts['disagrees']} disagree"
    )
    return 1 if counts["disagrees"] else 0
