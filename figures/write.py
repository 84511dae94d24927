"""Write figures of gathered tables to a folder, each with its CSV and where it came from."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from figures.marks import COLUMNS, as_rows
from figures.save import save
from figures.spec import FigureSpec
from figures.tables import Tables
from sims.versions import versions


def provenance(spec: FigureSpec, tables: Tables) -> dict[str, Any]:
    """Where a figure came from: the command that draws it, the cells behind it, those missing, and versions.
    No times."""
    source = " --published" if tables.published else ""
    cells = [id for name in spec.experiments for id in tables.cells.get(name, ())]
    return {
        "figure": spec.name,
        "title": spec.title,
        "caption": spec.caption,
        "command": f"nstar figures --preset {tables.preset}{source} {spec.name}",
        "preset": tables.preset,
        "experiments": list(spec.experiments),
        "cells": sorted(set(cells)),
        "missing": sum(len(tables.missing.get(name, ())) for name in spec.experiments),
        "versions": {**versions(), "matplotlib": version("matplotlib")},
    }


def write_figures(specs: Sequence[FigureSpec], tables: Tables, out: Path) -> list[Path]:
    """Draw the figures into the folder `out`; the paths written. Raises `OSError` where `out` cannot be
    written."""
    paths = []
    for spec in specs:
        content = spec.content(tables.of(spec.experiments, spec.table))
        figure = spec.draw(content)
        rows = as_rows(content.marks)
        paths += save(
            figure, out=out, name=spec.name, rows=rows, columns=COLUMNS, provenance=provenance(spec, tables)
        )
    return paths
