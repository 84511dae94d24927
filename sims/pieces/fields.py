"""Ranges that a piece declares on its fields, and what holds it to them where it is made.

k: Annotated[int, Whole(1, 100)]
gain: Annotated[float | None, Number(above=0)] = None
signal: Annotated[str, OneOf(SIGNALS)] = "random"
"""

import dataclasses
import typing
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any

from sims.pieces.errors import is_number, is_whole, require


class Range:
    """What a field may hold; its text says so."""

    def allows(self, value: object) -> bool:
        """Whether the field may hold this."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Whole(Range):
    """An integer from `least` to `most`, which True and False are not."""

    least: int
    most: int | None = None

    def allows(self, value: object) -> bool:
        """See `Range`."""
        return is_whole(value) and self.least <= value and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return f"an integer >= {self.least}" + ("" if self.most is None else f" and <= {self.most}")


@dataclasses.dataclass(frozen=True)
class Number(Range):
    """A finite number. The ends `least` and `most` belong to the range, `above` and `below` do not."""

    above: float | None = None
    below: float | None = None
    least: float | None = None
    most: float | None = None

    def allows(self, value: object) -> bool:
        """See `Range`."""
        return (
            is_number(value)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
        )

    def __str__(self) -> str:
        if self.least is not None and self.most is not None:
            return f"a number from {self.least:g} to {self.most:g}"
        ends = {">": self.above, ">=": self.least, "<": self.below, "<=": self.most}
        return "a number " + " and ".join(f"{sign} {end:g}" for sign, end in ends.items() if end is not None)


class OneOf(Range):
    """One of some words."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)

    def allows(self, value: object) -> bool:
        """See `Range`."""
        return value in self.words

    def __str__(self) -> str:
        return ", ".join(self.words)


class _Flag(Range):
    """True or false."""

    def allows(self, value: object) -> bool:
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


class Checked:
    """Base of dataclasses that are held to the ranges of their fields, and to the type of a plain ``bool``.

    Raises `InputError`, named by the first field that is out of range. A subclass with checks of its own
    calls this `__post_init__` before them.
    """

    def __post_init__(self) -> None:
        for name, (allowed, optional) in _ranges(type(self)).items():
            value = getattr(self, name)
            if value is not None or not optional:
                require(allowed.allows(value), name, value, f"{allowed}{', or none' if optional else ''}")


def same_fields(piece: Any, cls: Any) -> dict[str, Any]:
    """The values of a piece in the fields that another class has too."""
    own = {field.name for field in dataclasses.fields(piece)}
    return {field.name: getattr(piece, field.name) for field in dataclasses.fields(cls) if field.name in own}


@cache
def field_types(cls: type) -> dict[str, Any]:
    """Types of a piece's fields, with their marks."""
    return typing.get_type_hints(cls, include_extras=True)


def has_none(hint: Any) -> bool:
    """Whether a marked field may be None."""
    return typing.get_origin(hint) is Annotated and type(None) in typing.get_args(hint.__origin__)


@cache
def _ranges(cls: Any) -> dict[str, tuple[Range, bool]]:
    """Field -> its range, and whether it may be None as well."""
    found: dict[str, tuple[Range, bool]] = {}
    for field in dataclasses.fields(cls):
        hint = field_types(cls)[field.name]
        for mark in (_Flag(),) if hint is bool else getattr(hint, "__metadata__", ()):
            if isinstance(mark, Range):
                found[field.name] = mark, has_none(hint)
    return found
