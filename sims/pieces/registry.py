"""Pieces: the registered frozen dataclasses (tasks, models, learners, criteria, searches, readings) that a
cell is made of, and probes. The module of a kind is imported when one of its pieces is first asked for.

A piece carries a ``name`` under which it is registered and a ``version`` that is raised whenever a change
alters the answers it gives; both enter a cell's id, so that an old result is never taken for a new one.

A field may hold a piece itself, or a tuple of pieces: its type is ``Annotated[..., Piece(kind)]``.
"""

import dataclasses
import threading
import typing
from collections.abc import Callable, Collection
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar

from sims.pieces.errors import InputError
from sims.pieces.fields import field_types, has_none
from sims.pieces.listing import modules_of

HOMES = {
    "task": "sims.tasks",
    "model": "sims.models",
    "learner": "sims.learners",
    "criterion": "sims.protocols.criteria",
    "search": "sims.search",
    "reading": "sims.measuring.readings",
    "probe": "sims.probes",
    "update": "sims.learners.updates",
    "augmentation": "sims.learners.augmentations",
}
"""Kind of piece -> where its pieces stand: a module, or a package in whose folder each is found."""
KINDS = tuple(HOMES)

_registry: dict[str, dict[str, type]] = {kind: {} for kind in KINDS}
_at_home: set[str] = set()
_door = threading.RLock()

T = TypeVar("T", bound=type)


class Piece(NamedTuple):
    """Mark of a field that holds a piece of a kind: ``update: Annotated[Update | None, Piece("update")]``.

    Where it is built, the field takes the piece, its description or its bare name, and null if its type has
    None.
    """

    kind: str


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
    with _door:
        if kind not in _at_home:
            modules_of(HOMES[kind])
            _at_home.add(kind)
    return dict(_registry[kind])


def snapshot() -> dict[str, dict[str, type]]:
    """What is registered now, to go back to with `restore`."""
    return {kind: dict(pieces) for kind, pieces in _registry.items()}


def restore(before: dict[str, dict[str, type]]) -> None:
    """Forget what was registered since."""
    _registry.clear()
    _registry.update(before)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and hasattr(value, "version"):
        return describe(value)
    return value


_ADDED = "added"


def added(default: Any) -> Any:
    """A dataclass field that a piece gains after results of it were kept. At its default, under which the
    piece does what it did without it, the field is not described: it enters an id only where it is set.
    """
    return dataclasses.field(default=default, metadata={_ADDED: True})


def added_fields(cls: type) -> dict[str, Any]:
    """Field -> default of those that a piece's class gained, see `added`."""
    return {field.name: field.default for field in dataclasses.fields(cls) if _ADDED in field.metadata}


def default_of(field: Any) -> Any:
    """The default of a dataclass field, made if it has to be; `dataclasses.MISSING` if it is required."""
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def describe(piece: Any) -> dict[str, Any]:
    """JSON-ready description of a piece: its name, its version and every field, but those `added` that are
    not set. A field that holds a piece is the description of that.
    """
    values = {field.name: getattr(piece, field.name) for field in dataclasses.fields(piece)}
    unset = {name for name, default in added_fields(type(piece)).items() if values[name] == default}
    fields = {name: _plain(value) for name, value in values.items() if name not in unset}
    return {"name": type(piece).name, "version": type(piece).version, **fields}


def departures(kind: str, description: dict[str, Any], *, but: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a described piece that differ from its class's defaults, in the order described; of a
    field that holds a piece its name and its departures.

    but: fields to leave out. Of a piece that is not registered no defaults are known, and all are given.
    """
    cls = registered(kind).get(description["name"])
    defaults = {field.name: _plain(default_of(field)) for field in dataclasses.fields(cls)} if cls else {}
    hints = _hints(cls) if cls else {}
    return {
        name: _departing(value, hints.get(name))
        for name, value in description.items()
        if name not in ("name", "version", *but) and (name not in defaults or value != defaults[name])
    }


def _departing(value: Any, hint: Any) -> Any:
    """hint: the type of the value's field, if it is known."""
    if isinstance(value, list):
        inner = next(iter(typing.get_args(hint)), None)
        return [_departing(item, inner) for item in value]
    kind = _kind_of(hint)
    if kind is None or not isinstance(value, dict):
        return value
    return {"name": value["name"], **departures(kind, value)}


def build(kind: str, description: dict[str, Any]) -> Any:
    """The inverse of `describe`. A field that holds a piece may be given by the bare name of that.

    Raises `InputError` for an unknown name or field, for a required field that is missing, for a value of
    another type than its field's or that the piece refuses, or for a description written by another version.
    """
    classes = registered(kind)
    name = description.get("name")
    if name not in classes:
        raise InputError(kind, name, ", ".join(sorted(classes)))
    cls = classes[name]
    given = {key: value for key, value in description.items() if key not in ("name", "version")}
    if description.get("version", cls.version) != cls.version:
        raise InputError(f"{kind} version", description["version"], str(cls.version))
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for key, value in given.items():
        if key not in fields:
            raise InputError(key, value, f"the fields of {name}: {', '.join(sorted(fields))}", piece=kind)
    hints = _hints(cls)
    for key, field in fields.items():
        if key not in given and default_of(field) is dataclasses.MISSING:
            raise InputError(key, None, f"{_in_words(hints[key])}, required by {kind} {name}", piece=kind)
    values = {key: _read(key, value, hints[key], kind) for key, value in given.items()}
    try:
        piece = cls(**values)
    except InputError as error:
        error.piece = error.piece or kind
        raise
    for key, value in values.items():
        for number in value if isinstance(value, tuple) else (value,):
            fits = not isinstance(number, float) or number == 0 or SMALLEST <= abs(number) <= LARGE
            allowed = f"{_in_words(hints[key])}, 0 or of a size from {SMALLEST:g} to {LARGE:g}"
            if not fits:
                raise InputError(key, value, allowed, piece=kind)
    return piece


@cache
def _hints(cls: type) -> dict[str, Any]:
    """Types of a piece's fields, of whose marks those are left that say which piece a field holds."""
    return {
        name: hint.__origin__ if typing.get_origin(hint) is Annotated and _kind_of(hint) is None else hint
        for name, hint in field_types(cls).items()
    }


def _kind_of(hint: Any) -> str | None:
    """The kind of piece that a field of this type holds, if it holds one."""
    marks = getattr(hint, "__metadata__", ())
    return next((mark.kind for mark in marks if isinstance(mark, Piece)), None)


class _Within(Exception):
    """What the piece in a field refuses: the field is for `_read` to name."""

    def __init__(self, kind: str, error: InputError) -> None:
        self.kind, self.error = kind, error
        super().__init__(str(error))


SMALLEST, LARGE = 1e-30, 1e30
"""Beyond these sizes float32 has no room for what is made of a number."""
_MISFIT = object()
LARGEST = 1e300
"""No number of a field reaches this size, but for floats that a piece refuses by its own range."""

_WORDS = {
    float: "a number",
    int: "an integer",
    bool: "true or false",
    str: "a word",
    type(None): "null",
    dict: "a JSON object",
}


def _read(key: str, value: Any, hint: Any, kind: str) -> Any:
    """The value as its field takes it: a tuple for a list, an integer for a float that is one. Raises
    `InputError`, named by the field, for a value of another type.
    """
    try:
        found = _fitted(value, hint)
    except _Within as within:
        error = within.error
        # What is no field of the piece is its name or its version.
        own = {within.kind: key, f"{within.kind} version": f"{key}.version"} if error.piece is None else {}
        option = own.get(error.option, f"{key}.{error.option}")
        raise InputError(option, error.value, error.allowed, piece=kind) from error
    if found is _MISFIT:
        raise InputError(key, value, _in_words(hint), piece=kind)
    return found


def _fitted(value: Any, hint: Any) -> Any:
    """The value as a field of this type holds it, `_MISFIT` if it cannot."""
    kind = _kind_of(hint)
    if kind is not None:
        return _fitted_piece(value, kind, optional=has_none(hint))
    kinds = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        items = [_fitted(item, kinds[0]) for item in value] if isinstance(value, list | tuple) else [_MISFIT]
        return _MISFIT if any(item is _MISFIT for item in items) else tuple(items)
    if kinds:
        return next((found for one in kinds if (found := _fitted(value, one)) is not _MISFIT), _MISFIT)
    if hint not in (int, float):
        return value if isinstance(value, hint) else _MISFIT
    # Beyond this size integers are no floats, and no number that a piece knows what to do with.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return value if hint is float and isinstance(value, float) else _MISFIT
    if hint is float:
        return value
    return int(value) if value == int(value) else _MISFIT


def _fitted_piece(value: Any, kind: str, *, optional: bool) -> Any:
    """A piece of a kind from itself, its description or its name; `_MISFIT` for anything else."""
    if (optional and value is None) or isinstance(value, tuple(registered(kind).values())):
        return value
    if not isinstance(value, str | dict):
        return _MISFIT
    try:
        return build(kind, {"name": value} if isinstance(value, str) else value)
    except InputError as error:
        raise _Within(kind, error) from error


def _in_words(hint: Any) -> str:
    kind = _kind_of(hint)
    if kind is not None:
        return ", ".join(sorted(registered(kind))) + (", or null" if has_none(hint) else "")
    if typing.get_origin(hint) is tuple:
        return f"a list, each of it {_in_words(typing.get_args(hint)[0])}"
    kinds = typing.get_args(hint) or (hint,)
    if len(kinds) == 1:
        return _WORDS.get(kinds[0], str(kinds[0]))
    return " or ".join(_in_words(kind) for kind in kinds)
