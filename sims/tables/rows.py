"""Tables made of a store: one row a cell and seed, an evaluation, or a number that was read off a net; as
lists of dicts and as CSV.

Tables hold no times, so that the same cells give the same bytes.
"""

import csv
import dataclasses
import io
import math
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sims.measuring.threshold import CellResult
from sims.measuring.units import ProbeResult, Unit
from sims.pieces import added_fields
from sims.pieces.cell import Cell, ProbeCell
from sims.pieces.errors import InputError
from sims.search import Outcome
from sims.search.estimate import at_last_step
from sims.store import Record, Store, write_atomically
from sims.tables.columns import COLUMNS, NEEDED, SELECTED_COLUMNS, Column
from sims.tables.configs import written_options

Row = dict[str, Any]
Measured = tuple[Record, CellResult]

_PROTOCOL_OF = {
    "test_selection": "lahoti",
    "lowest_test_error": "lahoti",
    "validation_selection": "honest",
}


def protocol_of(config: dict[str, Any]) -> str:
    """Name of the protocol that a cell's criterion belongs to (the criterion's own name if it is of none).

    A criterion that can hold out samples for selection is "honest" if it does, else "direct"; with a search
    that looks further out it is "tuned".
    """
    criterion = config["criterion"]
    if "validation_every" in criterion:
        held_out = "tuned" if config["search"].get("beyond") else "honest"
        return "direct" if criterion["validation_every"] is None else held_out
    return _PROTOCOL_OF.get(str(criterion["name"]), str(criterion["name"]))


def collect(store: Store, cells: Iterable[Cell]) -> list[Row]:
    """One row (see `COLUMNS`) for each seed of each of the `cells` that the store holds, in the order given.

    A cell not yet computed gives no row; a file that is not the cell's is set aside and reported.
    """
    return _bracket_rows(_measured(store, cells))


def collect_evaluations(store: Store, cells: Iterable[Cell]) -> list[Row]:
    """One row (see `EVALUATION_COLUMNS`) for each evaluation, ordered by cell, seed and n."""
    return _evaluation_rows(_measured(store, cells))


def collect_readings(store: Store, cells: Iterable[Cell]) -> list[Row]:
    """One row (see `READING_COLUMNS`) for each number read off a net, ordered by cell, seed and n."""
    return _reading_rows(_measured(store, cells))


def collect_all(store: Store, cells: Iterable[Cell]) -> tuple[list[Row], list[Row], list[Row]]:
    """`collect`, `collect_evaluations` and `collect_readings`, every cell read once."""
    measured = _measured(store, cells)
    return _bracket_rows(measured), _evaluation_rows(measured), _reading_rows(measured)


def _bracket_rows(measured: Sequence[Measured]) -> list[Row]:
    rows = []
    for record, result in measured:
        estimate = result.n_star
        most_steps = record.config["learner"].get("steps")
        shared = {
            **_cell_values(record, result),
            "n_low": estimate.low,
            "n_best": estimate.best,
            "n_high": estimate.high,
            "n_method": estimate.method,
        }
        for seed in result.per_seed:
            threshold = seed.threshold
            rows.append(
                {
                    **shared,
                    "seed": seed.seed,
                    "low": threshold.low,
                    "high": threshold.high,
                    "censored": threshold.censored,
                    "monotone": threshold.monotone,
                    "trainings": sum(outcome.trainings for outcome in seed.outcomes),
                    "steps": sum(outcome.steps for outcome in seed.outcomes),
                    "others": max(_others(outcome) for outcome in seed.outcomes),
                    "last_step": None if most_steps is None else at_last_step(seed, most_steps),
                }
            )
    return rows


def _evaluation_rows(measured: Sequence[Measured]) -> list[Row]:
    rows = []
    for record, result in measured:
        shared = _cell_values(record, result)
        for seed in result.per_seed:
            for outcome in sorted(seed.outcomes, key=lambda outcome: outcome.n):
                selected = outcome.selected
                rows.append(
                    {
                        **shared,
                        "seed": seed.seed,
                        "n": outcome.n,
                        "risk": outcome.risk,
                        "success": outcome.success,
                        "trainings": outcome.trainings,
                        "steps": outcome.steps,
                        **{column.name: selected.get(name) for name, column in SELECTED_COLUMNS.items()},
                        "others": _others(outcome),
                    }
                )
    return rows


def _others(outcome: Outcome) -> int:
    """Samples that the learner saw and n does not count."""
    return outcome.selected.get("others", 0)


def _reading_rows(measured: Sequence[Measured]) -> list[Row]:
    return [
        {**_cell_values(record, result), "reading": record.config["reading"]["name"], **number}
        for record, result in measured
        if "reading" in record.config
        for number in numbers_read(result)
    ]


def numbers_read(result: CellResult) -> list[Row]:
    """Seed, n, quantity and value of each number that was read off a net, ordered by seed and n."""
    return [
        {"seed": seed.seed, "n": outcome.n, "quantity": name, "value": value}
        for seed in result.per_seed
        for outcome in sorted(seed.outcomes, key=lambda outcome: outcome.n)
        for name, value in outcome.selected.get("reading", {}).items()
    ]


def means_read(rows: Iterable[Row]) -> list[Row]:
    """Rows of numbers read off nets as rows of quantities, one for each cell, quantity and n: the mean over
    seeds and its standard error, with `at` = n. The error is None for one seed; None values do not count.
    """
    places: dict[tuple[str, str, int], list[Row]] = {}
    for row in rows:
        if row["value"] is not None:
            places.setdefault((row["cell"], row["quantity"], row["n"]), []).append(row)
    found = []
    for (_, _, n), own in places.items():
        values = [row["value"] for row in own]
        count, mean = len(values), math.fsum(values) / len(values)
        error = None if count < 2 else statistics.stdev(values, mean) / math.sqrt(count)
        shared = {name: value for name, value in own[0].items() if name not in ("seed", "n")}
        measured = {"at": float(n), "value": mean, "error": error, "predicted": None, "repetitions": count}
        found.append({**shared, **measured})
    return found


def collect_quantities(store: Store, cells: Iterable[ProbeCell]) -> list[Row]:
    """One row (see `quantity_columns`) for each quantity of each of the `cells` that the store holds."""
    rows = []
    cells = list(cells)
    late = {cell.id: added_fields(type(cell.probe)) for cell in cells if isinstance(cell, ProbeCell)}
    for record in _records(store, cells):
        if not isinstance(record.result, ProbeResult):
            raise TypeError(f"{record.id[:8]} is not a probe")
        described = dict(record.config["probe"])
        probe = described.pop("name")
        for name in ("version", "repetitions"):
            described.pop(name, None)
        described = {**late[record.id], **described}
        for quantity in record.result.quantities:
            found = dataclasses.asdict(quantity)
            found["quantity"] = found.pop("name")
            rows.append({"cell": record.id, "probe": probe, **described, **found})
    return rows


def _records(store: Store, cells: Iterable[Unit]) -> list[Record]:
    unique = {cell.id: cell for cell in cells}
    found = [store.load(cell) for cell in unique.values()]
    return [record for record in found if record is not None]


def _measured(store: Store, cells: Iterable[Cell]) -> list[Measured]:
    pairs = []
    for record in _records(store, cells):
        if not isinstance(record.result, CellResult):
            raise TypeError(f"{record.id[:8]} is a probe, which has no n*")
        pairs.append((record, record.result))
    return pairs


def _cell_values(record: Record, result: CellResult) -> Row:
    config = record.config
    task, model, learner = config["task"], config["model"], config["learner"]
    width = model.get("width")
    if "width" in model and width is None:
        width = task.get("k")
    return {
        "cell": record.id,
        "task": task["name"],
        "protocol": protocol_of(config),
        "model": model["name"],
        "activation": model.get("activation"),
        "bias": model.get("bias"),
        "width": width,
        "k": task.get("k"),
        "d": task.get("d"),
        "sigma": task.get("sigma"),
        "task_options": written_options("task", task),
        "learner": learner["name"],
        "options": written_options("learner", learner),
        "loss": learner.get("loss"),
        "optimizer": learner.get("optimizer"),
        "metric": config["criterion"].get("metric", "squared"),
        "floor": config["criterion"].get("floor"),
        "floor_risk": result.floor,
        "target": result.target,
        "paired": config.get("paired", False),
    }


def to_csv(rows: Sequence[Row], columns: Sequence[Column] = COLUMNS) -> str:
    """CSV text with a header line; floats in full, so that they read back the same; None as nothing. A
    column at whose default all rows are is left out.
    """
    columns = [
        column
        for column in columns
        if column.default is NEEDED or any(row[column.name] != column.default for row in rows)
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_text(row[column.name], column) for column in columns])
    return buffer.getvalue()


def write_csv(path: str | Path, rows: Sequence[Row], columns: Sequence[Column] = COLUMNS) -> None:
    """Write rows to a CSV file, atomically. Raises `KeyError` if a row lacks a column."""
    write_atomically(Path(path), to_csv(rows, columns))


def read_csv(path: str | Path, columns: Sequence[Column] = COLUMNS) -> list[Row]:
    """The inverse of `write_csv`, types included.

    Columns may stand in any order, and others beside them, which are not read; one that came later may be
    missing (`Column.default`). Raises `InputError` for a header that lacks another, ValueError for a value
    that does not fit its column.
    """
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        places = {name: place for place, name in enumerate(next(reader, []))}
        lacking = [
            column.name for column in columns if column.name not in places and column.default is NEEDED
        ]
        if lacking:
            allowed = f"the columns of this version: its header lacks {', '.join(lacking)}"
            raise InputError("table", Path(path).name, allowed)
        lines = list(reader)
    for number, line in enumerate(lines, 2):
        if len(line) != len(places):
            raise ValueError(f"{Path(path).name}: line {number} has {len(line)} fields, not {len(places)}")
    return [
        {
            column.name: _value(line[places[column.name]], column)
            if column.name in places
            else column.default
            for column in columns
        }
        for line in lines
    ]


def _text(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if column.type is bool:
        return "true" if value else "false"
    return repr(float(value)) if column.type is float else str(value)


def _value(text: str, column: Column) -> Any:
    if text == "":
        return None
    if column.type is bool:
        if text not in ("true", "false"):
            raise ValueError(f"{column.name}: {text!r} is neither true nor false")
        return text == "true"
    return column.type(text)
