"""Fields of pieces on the command line: read from NAME=VALUE, and named as they were given when refused."""

import contextlib
import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sims.pieces.errors import InputError, require

FLAGS = {
    "task": ("k", "d", "sigma"),
    "model": ("activation", "bias", "width"),
    "criterion": ("metric", "floor", "tolerance"),
    "search": ("n_max", "ns"),
}
"""Fields that have an option of their own, by the kind of their piece."""


def read_fields(kind: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Fields of a piece as given with ``--KIND-option``. Raises `InputError` for what is not NAME=VALUE.

    A value is JSON or a number; what is neither is taken as a string.
    """
    fields: dict[str, Any] = {}
    for pair in pairs:
        field, equals, text = pair.partition("=")
        fine = bool(field and equals) and field not in ("name", "version")
        require(fine, f"{kind}_option", pair, f"NAME=VALUE, a field of the {kind}")
        fields[field] = text
        for read in (float, json.loads):
            with contextlib.suppress(ValueError, RecursionError):
                fields[field] = read(text)
    return fields


def without_twice(kind: str, fields: Mapping[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
    """The fields. Raises `InputError` for one that was also given by an option of its own."""
    for name, value in flags.items():
        twice = value is not None and name in fields
        allowed = f"nothing where --{name.replace('_', '-')} is given"
        require(not twice, f"--{kind}-option {name}", fields.get(name), allowed)
    return dict(fields)


def as_given(error: InputError, pieces: Mapping[str, Any]) -> InputError:
    """The error with its field named by the option that carries it.

    pieces: by kind, those of the cell as far as there are any. They say whose field it is if the error does
    not.
    """
    kind = error.piece
    if kind is None:
        fields = {kind: {field.name for field in dataclasses.fields(one)} for kind, one in pieces.items()}
        kind = next((kind for kind in fields if error.option in fields[kind]), None)
    if kind is None:
        return error
    if error.option in FLAGS.get(kind, ()):
        option = f"--{error.option.replace('_', '-')}"
    elif kind in ("task", "model", "learner", "criterion", "reading"):
        option = f"--{kind}-option {error.option}"
    else:
        return error
    return InputError(option, error.value, error.allowed, piece=kind)
