"""Tables made of a store: one row a cell and seed, or one row an evaluation; as lists of dicts and as CSV.

Tables hold no times, so that the same cells give the same bytes.
"""

import csv
import dataclasses
import io
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sims.measuring.threshold import CellResult
from sims.measuring.units import ProbeResult, Unit
from sims.pieces import added_fields
from sims.pieces.cell import Cell, ProbeCell
from sims.pieces.errors import InputError
from sims.store import Record, Store, write_atomically
from sims.tables.configs import written_options

Row = dict[str, Any]
Measured = tuple[Record, CellResult]


NEEDED: Any = object()
"""Default of a column without which a table cannot be read."""


@dataclasses.dataclass(frozen=True)
class Column:
    """A column: its name, the type of its values (beside None, an empty field), and what they mean.

    default: of a column that came after tables were published, what the rows of a table without it hold. A
    table in which all rows hold it is written without the column, so that published ones keep their bytes.
    """

    name: str
    type: type
    meaning: str
    default: Any = NEEDED


_CELL_COLUMNS = (
    Column("cell", str, "id of the cell"),
    Column("task", str, "name of the task"),
    Column("protocol", str, "lahoti, honest or direct"),
    Column("model", str, "fcn, lcn, cnn, linear, ..."),
    Column("activation", str, "lsa, relu_pair or relu; empty for models without the choice"),
    Column("bias", str, "trained or fixed; empty for models without the choice"),
    Column("width", int, "neurons of the FCN; empty for others"),
    Column("k", int, "patches"),
    Column("d", int, "coordinates a patch"),
    Column(
        "sigma",
        float,
        "standard deviation of the noise, per coordinate, for a signal of norm 1; empty if none",
    ),
    Column("task_options", str, "fields of the task that are not its defaults, but for k, d and sigma"),
    Column("learner", str, "gradient_descent, two_step, posterior, ..."),
    Column("options", str, "fields of the learner that are not its defaults; empty if all are"),
    Column("loss", str, "training loss; empty for learners without one"),
    Column("optimizer", str, "of gradient descent; empty for other learners"),
    Column("metric", str, "squared, zero_one or top_one: which risk is held against the target"),
    Column("floor", str, "what the target is counted from: oracle, linear, ..."),
    Column("floor_risk", float, "risk of the floor"),
    Column("target", float, "risk to reach"),
    Column("paired", bool, "whether samples are shared by cells of the task; not there if none are", False),
)

COLUMNS = (
    *_CELL_COLUMNS,
    Column("n_low", float, "lower end of the cell's interval for n*, samples"),
    Column("n_best", float, "the cell's n*, samples; empty if beyond the search"),
    Column("n_high", float, "upper end of the interval, samples; empty if unbounded"),
    Column("n_method", str, "method and level of the interval"),
    Column("seed", int, "repetition"),
    Column("low", int, "largest n at which this seed fails; 0 if left-censored"),
    Column("high", int, "smallest n at which this seed succeeds; empty if right-censored"),
    Column("censored", str, "none, left (success at the smallest n) or right (failure at the largest)"),
    Column("monotone", bool, "whether every success of this seed lies above every failure"),
    Column("trainings", int, "training runs of this seed"),
    Column("steps", int, "steps of gradient descent of this seed, summed over evaluations"),
)

_SELECTED_COLUMNS = {
    "lr_w": Column("lr_w", float, "selected learning rate of the weights"),
    "lr_b": Column("lr_b", float, "selected learning rate of the bias"),
    "step": Column("step", int, "step at which the selected net was found"),
    "bias": Column("final_bias", float, "bias b of the selected net"),
    "alignment": Column(
        "alignment", float, "largest cosine of a filter with the signal of a patch, mean over patches"
    ),
    "alignment_median": Column("alignment_median", float, "the same, median over patches"),
    "alignment_least": Column("alignment_least", float, "the same, least over patches"),
    "disagreement": Column(
        "disagreement", float, "of a posterior's two samplers: mean squared difference of their outputs"
    ),
}
"""What single learners say of the net that they selected, by their name for it; empty for the others. These
columns are in everybody's table because published tables have them; what a new learner says gets none.
"""

EVALUATION_COLUMNS = (
    *_CELL_COLUMNS,
    Column("seed", int, "repetition"),
    Column("n", int, "samples"),
    Column("risk", float, "risk of the selected net, in the metric"),
    Column("success", bool, "whether the risk is at or below the target"),
    Column("trainings", int, "training runs"),
    Column("steps", int, "steps of gradient descent"),
    *_SELECTED_COLUMNS.values(),
)

QUANTITY_COLUMNS = (
    Column("quantity", str, "what was measured"),
    Column("at", float, "abscissa, if the quantity is one point of a series"),
    Column("value", float, "what was found"),
    Column("error", float, "standard error of the value; empty if it is exact"),
    Column("predicted", float, "what theory says; empty if nothing"),
    Column("repetitions", int, "independent draws behind the value"),
)
"""The last columns of a table of quantities; before them come the fields of its probe."""

_PROTOCOL_OF = {
    "test_selection": "lahoti",
    "lowest_test_error": "lahoti",
    "validation_selection": "honest",
}


def protocol_of(config: dict[str, Any]) -> str:
    """Name of the protocol that a cell's criterion belongs to (the criterion's own name if it is of none).

    A criterion that can hold out samples for selection is "honest" if it does, else "direct".
    """
    criterion = config["criterion"]
    if "validation_every" in criterion:
        return "direct" if criterion["validation_every"] is None else "honest"
    return _PROTOCOL_OF.get(str(criterion["name"]), str(criterion["name"]))


def collect(store: Store, cells: Iterable[Cell]) -> list[Row]:
    """One row (see `COLUMNS`) for each seed of each of the `cells` that the store holds, in the order given.

    A cell not yet computed gives no row; a file that is not the cell's is set aside and reported.
    """
    return _bracket_rows(_measured(store, cells))


def collect_evaluations(store: Store, cells: Iterable[Cell]) -> list[Row]:
    """One row (see `EVALUATION_COLUMNS`) for each evaluation, ordered by cell, seed and n."""
    return _evaluation_rows(_measured(store, cells))


def collect_both(store: Store, cells: Iterable[Cell]) -> tuple[list[Row], list[Row]]:
    """`collect` and `collect_evaluations`, every cell read once."""
    measured = _measured(store, cells)
    return _bracket_rows(measured), _evaluation_rows(measured)


def _bracket_rows(measured: Sequence[Measured]) -> list[Row]:
    rows = []
    for record, result in measured:
        estimate = result.n_star
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
                        **{column.name: selected.get(name) for name, column in _SELECTED_COLUMNS.items()},
                    }
                )
    return rows


def quantity_columns(probe: type) -> tuple[Column, ...]:
    """The columns of a table of this probe's quantities: cell, probe, its fields, `QUANTITY_COLUMNS`."""
    hints, late = typing.get_type_hints(probe), added_fields(probe)
    fields = [
        Column(field.name, _plain_type(hints[field.name]), "field of the probe", late.get(field.name, NEEDED))
        for field in dataclasses.fields(probe)
        if field.name != "repetitions"  # as asked for: each quantity says how many it has
    ]
    first = (Column("cell", str, "id of the cell"), Column("probe", str, "name"))
    taken = {column.name for column in (*first, *QUANTITY_COLUMNS)} & {column.name for column in fields}
    if taken:
        raise TypeError(f"{probe.__name__}: the fields {sorted(taken)} have names of columns")
    return (*first, *fields, *QUANTITY_COLUMNS)


def _plain_type(hint: Any) -> type:
    """bool, int, float or str, of a field that is one of them or None."""
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    if len(kinds) != 1 or kinds[0] not in (bool, int, float, str):
        raise TypeError(
            f"{hint}: a probe's field is a bool, an int, a float or a str, or one of these or None"
        )
    return kinds[0]


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
