"""Write figures of gathered tables to a folder, each with its CSV and where it came from."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from figures.drawing.marks import COLUMNS, as_rows
from figures.drawing.save import save
from figures.drawing.spec import FigureSpec
from sims.machine.versions import versions
from sims.tables.gather import Tables


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


def write_side_by_side(names: Sequence[str], tables: Tables, out: Path, *, processes: int) -> list[Path]:
    """`write_figures` for figures of the catalogue, in so many processes; the same files and order."""
    if processes < 2:
        return _write_named(names, tables, out)
    context = multiprocessing.get_context("spawn")  # jax has threads, which no fork survives
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        parts = [
            pool.submit(_write_named, names[start::processes], tables, out) for start in range(processes)
        ]
        written = [path for part in parts for path in part.result()]
    place = {name: index for index, name in enumerate(names)}
    return sorted(written, key=lambda path: place[path.stem])


def _write_named(names: Sequence[str], tables: Tables, out: Path) -> list[Path]:
    from figures.catalogue import FIGURES  # late: the catalogue imports every figure

    return write_figures([FIGURES[name] for name in names], tables, out)
