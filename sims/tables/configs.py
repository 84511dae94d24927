"""Configurations of rows: joined by the cell's id, asked for by dotted names, and written as options.

The columns ``options`` and ``task_options`` say the same for people: written here, read back by nothing.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sims.pieces import KINDS, departures, registered
from sims.pieces.errors import InputError, require

if TYPE_CHECKING:
    from sims.measuring.units import Unit

Row = dict[str, Any]
SIZES = ("k", "d", "sigma")
"""Fields of a task that have columns of their own, and are no options."""


def with_configs(rows: Sequence[Row], units: "Iterable[Unit]") -> list[Row]:
    """The rows, each with its unit's configuration as ``config``; None if its cell is none of the units."""
    configs = {unit.id: unit.config() for unit in units}
    return [{**row, "config": configs.get(row["cell"])} for row in rows]


def config_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's configuration. Raises `InputError` if its cell is of no experiment."""
    if row["config"] is None:
        raise InputError("cell", row["cell"], "a cell of its experiment, whose configuration is known")
    return row["config"]


def value_of(row: Mapping[str, Any], name: str) -> Any:
    """The value of a piece's field, such as ``learner.scale``, in the configuration of a row.

    A field that is not described has the default of the piece's class. None if the piece has no such field,
    as columns are empty for models without the choice. A list is given as a tuple. Raises `InputError` for a
    name that no piece has, and where the row's configuration is not known.
    """
    kind, _, field = name.partition(".")
    require(kind in KINDS, name, kind, f"a field of one of {', '.join(KINDS)}, as in learner.loss")
    known = any(field in _defaults(piece) for piece in registered(kind).values())
    require(known or field in ("name", "version"), name, field, f"a field that some {kind} has")
    description = config_of(row).get(kind, {})
    cls = registered(kind).get(description.get("name"))
    defaults = _defaults(cls) if cls else {}
    value = description[field] if field in description else defaults.get(field)
    if value is dataclasses.MISSING:
        raise InputError(name, None, f"a value: {kind} {description['name']} has no default for it")
    return tuple(value) if isinstance(value, list) else value


def options_of(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a cell's task and learner have that is not their classes' default, but for the sizes."""
    return {
        "task": departures("task", config["task"], but=SIZES),
        "learner": departures("learner", config["learner"]),
    }


def described(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    """A description of a piece with these fields, in the order of its class; the others are its defaults.

    Raises `InputError` for a name or a field that does not exist.
    """
    pieces = registered(kind)
    require(name in pieces, kind, name, ", ".join(sorted(pieces)))
    order = _defaults(pieces[name])
    for field, value in fields.items():
        require(field in order, field, value, f"the fields of {name}: {', '.join(sorted(order))}")
    plain = {field: list(value) if isinstance(value, tuple) else value for field, value in fields.items()}
    return {"name": name, **{field: plain[field] for field in order if field in plain}}


def written(kind: str, name: str, **fields: Any) -> str | None:
    """What tables write as the options of a piece with these fields; None if it is as its class has it."""
    return written_options(kind, described(kind, name, **fields))


def written_options(kind: str, description: dict[str, Any], *, but: Collection[str] = SIZES) -> str | None:
    """What tables write of a described piece: "field=value; ..." for what departs from its class's defaults.

    but: of a task, fields to leave out.
    """
    departing = departures(kind, description, but=but if kind == "task" else ())
    return "; ".join(f"{field}={in_text(value)}" for field, value in departing.items()) or None


def in_text(value: Any) -> str:
    """A field's value as tables write it; of a field that holds a piece "name(field=value, ...)"."""
    if isinstance(value, dict):
        inside = ", ".join(f"{field}={in_text(inner)}" for field, inner in value.items() if field != "name")
        return f"{value['name']}({inside})" if inside else value["name"]
    return " ".join(map(in_text, value)) if isinstance(value, list | tuple) else str(value)


def _defaults(piece: type) -> dict[str, Any]:
    return {field.name: field.default for field in dataclasses.fields(piece)}
