"""The tables that ``nstar run`` writes: of what the store holds of an experiment."""

import hashlib
from pathlib import Path

from sims.cli.roster import Roster
from sims.pieces import registered
from sims.pieces.cell import Cell, ProbeCell
from sims.store import Store, write_atomically
from sims.store.index import Index, sources
from sims.tables.columns import EVALUATION_COLUMNS, READING_COLUMNS, quantity_columns
from sims.tables.rows import collect_all, collect_quantities, to_csv


def write_tables(store: Store, roster: Roster) -> list[Path]:
    """Write the experiment's tables, of the cells there are, to ``<store>/tables``; return their paths.

    Tables that were made of the same cells and are as they were written are left as they are.
    """

    experiment = roster.experiment
    more = [] if experiment.probe is not None else ["-evaluations", *["-readings"] * roster.has_readings]
    paths = [store.root / "tables" / f"{experiment.name}{one}.csv" for one in ("", *more)]
    made_of = hashlib.sha256(sources().encode())
    for id in dict.fromkeys(roster.every_id):
        made_of.update(f"{id} {store.digest(id)}\n".encode())
    cells, index = made_of.hexdigest(), Index(store.root)
    if not index.has_tables(experiment.name, cells, paths):
        texts = dict(zip(paths, _texts(store, roster), strict=False))
        for path, text in texts.items():
            write_atomically(path, text)
        # Not what lies there now, which another process may have written of other cells.
        index.keep_tables(experiment.name, cells, {path.name: text for path, text in texts.items()})
    return paths


def _texts(store: Store, roster: Roster) -> list[str]:
    """The tables, in the order of their paths: that of readings is last, whether there are any or not."""

    probe, units = roster.experiment.probe, roster.every_unit
    if probe is not None:
        rows = collect_quantities(store, [unit for unit in units if isinstance(unit, ProbeCell)])
        return [to_csv(rows, quantity_columns(registered("probe")[probe]))]
    rows, evaluations, readings = collect_all(store, [unit for unit in units if isinstance(unit, Cell)])
    return [to_csv(rows), to_csv(evaluations, EVALUATION_COLUMNS), to_csv(readings, READING_COLUMNS)]
