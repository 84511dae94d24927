"""The published tables: `table`."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from nstar.frames import Framed
from nstar.showing import table as shown
from sims.cli.options import PUBLISHED_PRESET
from sims.pieces.errors import require

FIRST = 10
"""Rows that a notebook shows."""


@dataclasses.dataclass(frozen=True)
class Table(Framed):
    """A published table: rows, one dict each, and their columns in the order of the file."""

    name: str
    rows: tuple[dict[str, Any], ...] = dataclasses.field(repr=False)

    def _records(self) -> Iterable[Mapping[str, Any]]:
        return self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def _repr_html_(self) -> str:
        return shown(self.rows[:FIRST], title=f"{self.name}, the first of {len(self)} rows")


def table(name: str) -> Table:
    """A published table of the paper's sizes, by the name of its experiment, as ``nstar list`` has it, or of
    its evaluations, as "curves-evaluations". Raises `InputError` for another name.

    >>> import nstar
    >>> found = nstar.table("sweeps")
    >>> {"k", "model", "n_best", "low", "high"} <= found.rows[0].keys()
    True
    """
    from paper_repro.published.reader import columns_of, tables_of  # late: it imports jax
    from sims.experiments import EXPERIMENTS
    from sims.tables.columns import EVALUATION_COLUMNS
    from sims.tables.rows import read_csv

    files = tables_of(PUBLISHED_PRESET)
    more = {f"{one}-evaluations": path.with_name(f"{one}-evaluations.csv") for one, path in files.items()}
    files |= {one: path for one, path in more.items() if path.is_file()}
    require(isinstance(name, str) and name in files, "name", name, ", ".join(sorted(files)))
    columns = EVALUATION_COLUMNS if name in more else columns_of(EXPERIMENTS[name])
    return Table(name, tuple(read_csv(files[name], columns)))
