"""The tables that figures and claims are functions of, gathered from a store without computing anything."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sims.experiments import EXPERIMENTS
from sims.store import Store
from sims.tables.rows import collect_both, collect_quantities

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tables:
    """Rows of every experiment of one preset, each with its ``experiment``, and what is not there yet.

    thresholds: one row a cell and seed; evaluations: one row a cell, seed and n; quantities: one row a probe
    and quantity; cells: ids of each experiment's cells and probes; missing: labels of those that the source
    does not hold, by experiment; published: whether the source is the published tables in place of a store.
    """

    preset: str
    thresholds: tuple[Row, ...]
    evaluations: tuple[Row, ...]
    cells: dict[str, tuple[str, ...]]
    missing: dict[str, tuple[str, ...]]
    published: bool = False
    quantities: tuple[Row, ...] = ()

    def of(self, experiments: Sequence[str], kind: str) -> list[Row]:
        """Rows of the experiments that a figure needs, of the kind it draws from ("sample": none)."""
        source = {
            "thresholds": self.thresholds,
            "evaluations": self.evaluations,
            "quantities": self.quantities,
            "all": (*self.thresholds, *self.quantities),
            "sample": (),
        }[kind]
        return [row for row in source if row["experiment"] in experiments]


def from_store(root: Path, preset: str) -> Tables:
    """What the store at `root` holds of every experiment's cells. Raises `InputError` for an unknown preset.

    A store that does not exist holds nothing.
    """
    store = Store(root)
    thresholds: list[Row] = []
    evaluations: list[Row] = []
    quantities: list[Row] = []
    cells: dict[str, tuple[str, ...]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    for name, experiment in EXPERIMENTS.items():
        wanted = {unit.id: unit for unit in experiment.units(preset)}
        if experiment.probe is not None:
            rows = collect_quantities(store, experiment.probes(preset))
            quantities += [{"experiment": name, **row} for row in rows]
        else:
            rows, each = collect_both(store, experiment.cells(preset))
            thresholds += [{"experiment": name, **row} for row in rows]
            evaluations += [{"experiment": name, **row} for row in each]
        held = {row["cell"] for row in rows}
        cells[name] = tuple(id for id in wanted if id in held)
        missing[name] = tuple(cell.label for id, cell in wanted.items() if id not in held)
    return Tables(
        preset=preset,
        thresholds=tuple(thresholds),
        evaluations=tuple(evaluations),
        cells=cells,
        missing=missing,
        quantities=tuple(quantities),
    )
