"""Write figures of gathered tables to a folder, each with its CSV and where it came from."""

import dataclasses
import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from figures.drawing.marks import COLUMNS, as_rows
from figures.drawing.save import SUFFIXES, save
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


def write_figures(
    specs: Sequence[FigureSpec], tables: Tables, out: Path, *, suffixes: Sequence[str] = SUFFIXES
) -> list[Path]:
    """Draw the figures into the folder `out`, as files with these suffixes; the paths written. Raises
    `OSError` where `out` cannot be written."""
    paths = []
    for spec in specs:
        content = spec.content(tables.of(spec.experiments, spec.table))
        paths += save(
            spec.draw(content),
            out=out,
            name=spec.name,
            rows=as_rows(content.marks),
            columns=COLUMNS,
            provenance=provenance(spec, tables),
            suffixes=suffixes,
        )
    return paths


def write_side_by_side(
    names: Sequence[str],
    tables: Tables,
    out: Path,
    *,
    processes: int,
    suffixes: Sequence[str] = SUFFIXES,
    drawn: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """`write_figures` for figures of the catalogue, in so many processes; the same files and order.

    drawn: told each figure as it is done.
    """
    tasks = [_Drawing(name, out, tuple(suffixes)) for name in names]
    if processes < 2:
        _begin(tables)
        parts: Iterable[list[Path]] = map(_draw, tasks)
        return _gathered(parts, names, drawn)
    context = multiprocessing.get_context("spawn")  # jax has threads, which no fork survives
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(tables,)) as pool:
        return _gathered(pool.map(_draw, tasks), names, drawn)


def _gathered(parts: Iterable[list[Path]], names: Sequence[str], drawn: Callable[[str], None]) -> list[Path]:
    written: list[Path] = []
    for name, paths in zip(names, parts, strict=True):
        written += paths
        drawn(name)
    return written


@dataclasses.dataclass(frozen=True)
class _Drawing:
    """One figure for a process to draw."""

    name: str
    out: Path
    suffixes: tuple[str, ...]


_OF_PROCESS: dict[str, Tables] = {}


def _begin(tables: Tables) -> None:
    _OF_PROCESS["tables"] = tables


def _draw(drawing: _Drawing) -> list[Path]:
    from figures.catalogue import FIGURES  # late: the catalogue imports every figure

    specs = [FIGURES[drawing.name]]
    return write_figures(specs, _OF_PROCESS["tables"], drawing.out, suffixes=drawing.suffixes)
