"""The tables that ``nstar run`` writes: of what the store holds of an experiment."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from sims.cli.roster import Roster

if TYPE_CHECKING:
    from sims.store import Store


def write_tables(store: "Store", roster: Roster) -> list[Path]:
    """Write the experiment's tables, of the cells there are, to ``<store>/tables``; return their paths.

    Tables that were made of the same cells and are as they were written are left as they are.
    """
    from sims.index import Index, sources

    experiment = roster.experiment
    names = (
        [experiment.name]
        if experiment.probe is not None
        else [experiment.name, f"{experiment.name}-evaluations"]
    )
    paths = [store.root / "tables" / f"{name}.csv" for name in names]
    made_of = hashlib.sha256(sources().encode())
    for id in dict.fromkeys(roster.every_id):
        made_of.update(f"{id} {store.digest(id)}\n".encode())
    cells, index = made_of.hexdigest(), Index(store.root)
    if not index.has_tables(experiment.name, cells, paths):
        _write(store, roster, paths)
        index.keep_tables(experiment.name, cells, paths)
    return paths


def _write(store: "Store", roster: Roster, paths: list[Path]) -> None:
    from sims.cell import Cell
    from sims.pieces import registered
    from sims.probes import ProbeCell
    from sims.table import EVALUATION_COLUMNS, collect_both, collect_quantities, quantity_columns, write_csv

    probe, units = roster.experiment.probe, roster.every_unit
    if probe is not None:
        rows = collect_quantities(store, [unit for unit in units if isinstance(unit, ProbeCell)])
        write_csv(paths[0], rows, quantity_columns(registered("probe")[probe]))
        return
    rows, evaluations = collect_both(store, [unit for unit in units if isinstance(unit, Cell)])
    write_csv(paths[0], rows)
    write_csv(paths[1], evaluations, EVALUATION_COLUMNS)
