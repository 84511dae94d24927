"""Every claim with its verdict: `report`."""

import dataclasses
import json
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nstar.showing import table
from sims.cli.options import PRESET, PUBLISHED_PRESET, not_writable, require_place
from sims.experiments import PRESETS
from sims.pieces.errors import require
from sims.store import write_atomically

if TYPE_CHECKING:
    from sims.tables.gather import Tables


@dataclasses.dataclass(frozen=True)
class Report:
    """The claims of papers and of this suite, held against tables. Nothing is judged before it is asked
    for.
    """

    tables: "Tables" = dataclasses.field(repr=False)
    options: str

    @cached_property
    def claims(self) -> list[dict[str, Any]]:
        """Every claim with its verdict, rule and evidence: what ``nstar report --json`` prints."""
        from paper_repro.report.as_json import claims_as_json

        return json.loads(claims_as_json(self.tables, options=self.options))

    @property
    def verdicts(self) -> dict[str, int]:
        """How many claims have which verdict."""
        return dict(Counter(claim["verdict"] for claim in self.claims))

    def save(self, path: str | Path) -> Path:
        """Write the report as one self-contained HTML file, figures included; takes about a minute. Raises
        `InputError` for a path that cannot be written.
        """
        from paper_repro.report.page import render_report  # late: it draws every figure

        out = Path(path)
        require_place("path", out)
        html = render_report(self.tables, options=self.options)
        try:
            write_atomically(out, html)
        except OSError as error:
            raise not_writable("path", out, error) from error
        return out

    def __str__(self) -> str:
        return "\n".join(f"{count:>5} {verdict}" for verdict, count in self.verdicts.items())

    def _repr_html_(self) -> str:
        rows = [{"verdict": verdict, "claims": count} for verdict, count in self.verdicts.items()]
        return table(rows, title=f"{len(self.claims)} claims")


def report(*, store: str | Path | None = None, preset: str | None = None) -> Report:
    """Every claim held against the published tables, or against a store, as ``nstar report`` does.

    store: a folder of results; None for the published tables. preset: the sizes, None for "quick" of a store
    and "paper" of the published tables. Raises `InputError` for a folder that is not there, an unknown preset
    and one of which nothing is published.

    >>> import nstar, tempfile
    >>> with tempfile.TemporaryDirectory() as empty:
    ...     found = nstar.report(store=empty)
    >>> found.verdicts["not run"] > 100
    True
    """
    from sims.tables.gather import from_store  # late: jax takes seconds to import

    chosen = preset or (PUBLISHED_PRESET if store is None else PRESET)
    require(chosen in PRESETS, "preset", preset, ", ".join(PRESETS))
    if store is None:
        from paper_repro.commands import published_tables

        return Report(published_tables(chosen), f"--preset {chosen} --published")
    require(Path(store).is_dir(), "store", str(store), "an existing folder")
    # DIR, not the folder's name: the report is to be handed on, and must not tell of this machine.
    return Report(from_store(Path(store), chosen), f"--preset {chosen} --store DIR")
