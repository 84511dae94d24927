"""Recompute a random sample of published cells from nothing and compare."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paper_repro.published.agreement import Row, compare, compare_quantities
from paper_repro.published.reader import PUBLISHED, published_cells
from sims.experiments import EXPERIMENTS

LONGEST = 160
"""Characters of an error that a line shows."""


def recompute(cell: Any) -> list[Row]:
    """The rows of a cell or a probe, computed anew in a store that is thrown away; of a cell its n* first,
    then what was read off its nets.
    """
    import tempfile

    from sims.machine.pool import Pool
    from sims.measuring.units import measure_unit
    from sims.pieces.cell import ProbeCell
    from sims.store import Store
    from sims.tables.rows import collect_all, collect_quantities

    with tempfile.TemporaryDirectory(prefix="nstar-verify-") as folder, Pool() as pool:
        store = Store.open(folder)
        store.save(cell, measure_unit(cell, pool), {})
        if isinstance(cell, ProbeCell):
            return collect_quantities(store, [cell])
        rows, _, readings = collect_all(store, [cell])
        return rows + readings


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
    published = published_cells(preset, folder)
    known = {cell.id: cell for experiment in EXPERIMENTS.values() for cell in experiment.units(preset)}
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
        probe = EXPERIMENTS[experiment].probe is not None
        result = compare_quantities(rows, again) if probe else compare(rows, again)
        counts[result.agreement] += 1
        word = "agrees within the interval" if result.agreement == "agrees" else result.agreement
        report(f"{head}{known[cell_id].label}: {word}: {'' if probe else 'n* = '}{result.detail}")
    report(
        f"{len(drawn)} of {len(published)} published cells recomputed (preset {preset}, seed {seed}): "
        f"{counts['identical']} identical, {counts['agrees']} agree within the interval, "
        f"{counts['disagrees']} disagree"
    )
    return 1 if counts["disagrees"] else 0
