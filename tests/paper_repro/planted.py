"""Tables of planted rows, as claims and the report take them."""

from collections.abc import Sequence
from typing import Any

from figures.tables import Tables
from sims.experiments import EXPERIMENTS

Row = dict[str, Any]


def tables(
    thresholds: Sequence[Row] = (),
    evaluations: Sequence[Row] = (),
    quantities: Sequence[Row] = (),
    *,
    preset: str = "paper",
) -> Tables:
    """An experiment without a row has a cell missing, every other is complete."""
    rows = [*thresholds, *evaluations, *quantities]
    cells = {
        name: tuple(dict.fromkeys(row["cell"] for row in rows if row["experiment"] == name))
        for name in EXPERIMENTS
    }
    missing = {name: () if cells[name] else ("dsd k=1",) for name in EXPERIMENTS}
    return Tables(
        preset=preset,
        thresholds=tuple(thresholds),
        evaluations=tuple(evaluations),
        quantities=tuple(quantities),
        cells=cells,
        missing=missing,
    )
