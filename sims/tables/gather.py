"""The tables that figures and claims are functions of, gathered from a store without computing anything."""

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sims.experiments import EXPERIMENTS
from sims.measuring.units import Unit
from sims.store import Store
from sims.tables.configs import with_configs
from sims.tables.rows import collect_all, collect_quantities

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tables:
    """Rows of every experiment of one preset, and what is not there yet. Each row has its ``experiment`` and
    the configuration of its unit as ``config`` (`sims.tables.configs`).

    thresholds: one row a cell and seed; evaluations: one row a cell, seed and n; quantities: one row a probe
    and quantity; readings: one row a number that was read off a net; cells: ids of each experiment's cells
    and probes; missing: labels of those that the source does not hold, by experiment; published: whether the
    source is the published tables in place of a store.
    """

    preset: str
    thresholds: tuple[Row, ...]
    evaluations: tuple[Row, ...]
    cells: dict[str, tuple[str, ...]]
    missing: dict[str, tuple[str, ...]]
    published: bool = False
    quantities: tuple[Row, ...] = ()
    readings: tuple[Row, ...] = ()

    def of(self, experiments: Sequence[str], kind: str) -> list[Row]:
        """Rows of the experiments that a figure needs, of the kind it draws from ("sample": none)."""
        source = {
            "thresholds": self.thresholds,
            "evaluations": self.evaluations,
            "quantities": self.quantities,
            "readings": self.readings,
            "all": (*self.thresholds, *self.quantities),
            "sample": (),
        }[kind]
        return [row for row in source if row["experiment"] in experiments]


def rows_of(experiment: str, rows: Sequence[Row], units: Iterable[Unit]) -> list[Row]:
    """The rows as `Tables` have them."""
    return [{"experiment": experiment, **row} for row in with_configs(rows, units)]


def from_store(root: Path, preset: str, *, names: Sequence[str] | None = None) -> Tables:
    """What the store at `root` holds of every experiment's cells, or of those of `names`. Raises `InputError`
    for an unknown preset.

    A store that does not exist holds nothing.
    """
    store = Store(root)
    thresholds: list[Row] = []
    evaluations: list[Row] = []
    quantities: list[Row] = []
    readings: list[Row] = []
    cells: dict[str, tuple[str, ...]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    for name in EXPERIMENTS if names is None else names:
        experiment = EXPERIMENTS[name]
        wanted = {unit.id: unit for unit in experiment.units(preset)}
        if experiment.probe is not None:
            rows = collect_quantities(store, experiment.probes(preset))
            quantities += rows_of(name, rows, wanted.values())
        else:
            rows, each, numbers = collect_all(store, experiment.cells(preset))
            thresholds += rows_of(name, rows, wanted.values())
            evaluations += rows_of(name, each, wanted.values())
            readings += rows_of(name, numbers, wanted.values())
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
        readings=tuple(readings),
    )
