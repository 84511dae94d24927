"""Pieces: the registered frozen dataclasses (tasks, models, learners, criteria, searches) that a cell is
made of, and probes.

A piece carries a ``name`` under which it is registered and a ``version`` that is raised whenever a change
alters the answers it gives; both enter a cell's id, so that an old result is never taken for a new one.
"""

import dataclasses
import typing
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, TypeVar

from sims.errors import InputError

KINDS = ("task", "model", "learner", "criterion", "search", "probe")

_registry: dict[str, dict[str, type]] = {kind: {} for kind in KINDS}

T = TypeVar("T", bound=type)


def register(kind: str) -> Callable[[T], T]:
    """Class decorator: make a frozen dataclass with ``name`` and ``version`` buildable by its name."""

    def add(cls: T) -> T:
        if not dataclasses.is_dataclass(cls):
            raise TypeError(f"{cls.__name__} must be a dataclass before it is registered")
        piece: Any = cls
        name, _ = piece.name, piece.version
        if name in _registry[kind]:
            raise ValueError(f"two {kind}s are called {name!r}")
        _registry[kind][name] = cls
        return piece

    return add


def registered(kind: str) -> dict[str, type]:
    """Name -> class of every registered piece of `kind`."""
    return dict(_registry[kind])


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def describe(piece: Any) -> dict[str, Any]:
    """JSON-ready description of a piece: its name, its version and every field."""
    fields = {field.name: _plain(getattr(piece, field.name)) for field in dataclasses.fields(piece)}
    return {"name": type(piece).name, "version": type(piece).version, **fields}


def departures(kind: str, description: dict[str, Any], *, but: Collection[str] = ()) -> str:
    """The fields of a described piece that differ from its class's defaults: "field=value; ...".

    but: fields to leave out. Of a piece that is not registered no defaults are known, and all are given.
    """
    cls = _registry[kind].get(description["name"])
    defaults = {field.name: _plain(field.default) for field in dataclasses.fields(cls)} if cls else {}
    return "; ".join(
        f"{name}={' '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in description.items()
        if name not in ("name", "version", *but) and (name not in defaults or value != defaults[name])
    )


def build(kind: str, description: dict[str, Any]) -> Any:
    """The inverse of `describe`.

    Raises `InputError` for an unknown name or field, for a value of another type than its field's, or for a
    description written by another version.
    """
    classes = _registry[kind]
    name = description.get("name")
    if name not in classes:
        raise InputError(kind, name, ", ".join(sorted(classes)))
    cls = classes[name]
    fields = {key: value for key, value in description.items() if key not in ("name", "version")}
    if description.get("version", cls.version) != cls.version:
        raise InputError(f"{kind} version", description["version"], str(cls.version))
    known = {field.name for field in dataclasses.fields(cls)}
    if not fields.keys() <= known:
        raise InputError(kind, sorted(fields.keys() - known), f"the fields {', '.join(sorted(known))}")
    hints = _hints(cls)
    for key, value in fields.items():
        if not _is_of(value, hints[key]):
            raise InputError(key, value, _in_words(hints[key]))
    return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()})


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


_WORDS = {float: "a number", int: "an integer", bool: "true or false", str: "a word", type(None): "null"}


def _is_of(value: Any, hint: Any) -> bool:
    """Whether a value may stand in a field of this type; lists stand for tuples, integers for floats."""
    kinds = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return isinstance(value, list | tuple) and all(_is_of(item, kinds[0]) for item in value)
    if kinds:
        return any(_is_of(value, kind) for kind in kinds)
    if hint in (int, float) and isinstance(value, bool):
        return False
    # Whether a number has to be whole is for the piece to say, with the range.
    return isinstance(value, int | float) if hint in (int, float) else isinstance(value, hint)


def _in_words(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return f"a list, each of it {_in_words(typing.get_args(hint)[0])}"
    kinds = typing.get_args(hint) or (hint,)
    if len(kinds) == 1:
        return _WORDS.get(kinds[0], str(kinds[0]))
    return " or ".join(_in_words(kind) for kind in kinds)
