"""The published tables: where they lie and how they are read."""

from pathlib import Path

from paper_repro.rules.base import Row, by_cell
from sims.experiments import EXPERIMENTS, PRESETS, Experiment
from sims.pieces.errors import require
from sims.tables.columns import COLUMNS, EVALUATION_COLUMNS, READING_COLUMNS, Column, quantity_columns
from sims.tables.gather import Tables, rows_of
from sims.tables.rows import read_csv

PUBLISHED = Path(__file__).resolve().parent


def published_files(preset: str, *, folder: Path = PUBLISHED) -> dict[str, Path]:
    """Experiment -> CSV of its published table. Raises `InputError` for an unknown preset."""
    require(preset in PRESETS, "preset", preset, ", ".join(PRESETS))
    return {name: path for name in EXPERIMENTS if (path := folder / preset / f"{name}.csv").is_file()}


def tables_of(preset: str, *, folder: Path = PUBLISHED) -> dict[str, Path]:
    """The same. Raises `InputError` also if nothing of the preset is published."""
    files = published_files(preset, folder=folder)
    offered = ", ".join(name for name in PRESETS if published_files(name, folder=folder))
    require(bool(files), "preset", preset, offered or "none: nothing is published yet")
    return files


def columns_of(experiment: Experiment) -> tuple[Column, ...]:
    """The columns of the experiment's published table: those of n*, or of the quantities of its probe."""
    if experiment.probe is None:
        return COLUMNS
    from sims.pieces import registered

    return quantity_columns(registered("probe")[experiment.probe])


def read_published(preset: str, *, folder: Path = PUBLISHED) -> Tables:
    """The published tables of a preset; an experiment without one counts as missing.

    Learning curves come from ``<experiment>-evaluations.csv``, what was read off nets from
    ``<experiment>-readings.csv``, where there is one. Rows of a cell that its experiment no longer has have
    no configuration. Raises `InputError` if nothing of the preset is published.
    """
    files = tables_of(preset, folder=folder)
    thresholds: list[Row] = []
    evaluations: list[Row] = []
    quantities: list[Row] = []
    readings: list[Row] = []
    cells: dict[str, tuple[str, ...]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    for name, experiment in EXPERIMENTS.items():
        units = {unit.id: unit for unit in experiment.units(preset)}
        rows = read_csv(files[name], columns_of(experiment)) if name in files else []
        held = dict.fromkeys(row["cell"] for row in rows)
        (thresholds if experiment.probe is None else quantities).extend(rows_of(name, rows, units.values()))
        for more, columns, found in (
            ("evaluations", EVALUATION_COLUMNS, evaluations),
            ("readings", READING_COLUMNS, readings),
        ):
            path = folder / preset / f"{name}-{more}.csv"
            if path.is_file():
                found += rows_of(name, read_csv(path, columns), units.values())
        cells[name] = tuple(held)
        missing[name] = tuple(unit.label for id, unit in units.items() if id not in held)
    return Tables(
        preset=preset,
        thresholds=tuple(thresholds),
        evaluations=tuple(evaluations),
        quantities=tuple(quantities),
        readings=tuple(readings),
        cells=cells,
        missing=missing,
        published=True,
    )


def published_cells(preset: str, folder: Path = PUBLISHED) -> dict[str, tuple[str, list[Row]]]:
    """Cell id -> (experiment, its rows in the order of its tables: of a cell its n* first, then what was read
    off its nets). Raises `InputError` if nothing of the preset is published.
    """
    found: dict[str, tuple[str, list[Row]]] = {}
    for experiment, path in tables_of(preset, folder=folder).items():
        readings = path.with_name(f"{experiment}-readings.csv")
        published = read_csv(path, columns_of(EXPERIMENTS[experiment]))
        published += read_csv(readings, READING_COLUMNS) if readings.is_file() else []
        for cell, rows in by_cell(published).items():
            found.setdefault(cell, (experiment, rows))
    return found
