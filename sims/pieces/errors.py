"""Bad input, named by the option that carried it and by what is allowed instead; and failures in words."""

import math
from typing import Any, TypeGuard

LONGEST = 200
"""Characters of a value that are shown."""
MAX_SAMPLES = 10_000_000
"""Largest set of samples that a piece may ask for."""
MAX_WIDTH = 1_000_000
"""Most units of a layer, or channels."""
MAX_DEPTH = 100
"""Most layers: each is traced and compiled by itself before anything is computed. A perceptron of so many
takes half a minute for that, one of twice as many a minute (measured on one core).
"""


class InputError(ValueError):
    """A value that an option cannot take.

    Prints as one line, ``k: got 0; allowed: an integer >= 1``, which the command line shows as ``--k``.
    piece: "task", "learner", ... if the option is known to be a field of one.

    >>> str(InputError("k", 0, "an integer >= 1"))
    'k: got 0; allowed: an integer >= 1'
    """

    def __init__(self, option: str, value: Any, allowed: str, *, piece: str | None = None) -> None:
        self.option = option
        self.value = value
        self.allowed = allowed
        self.piece = piece
        super().__init__(f"{option}: {got(value)}; allowed: {allowed}")


class NotComputed(ArithmeticError):
    """What the numbers do not allow, or code of your own that failed; the message says what and where.

    >>> issubclass(Diverged, NotComputed)
    True
    """


class Diverged(NotComputed, FloatingPointError):
    """A training whose risk is no finite number; the message says at which seed, n and rates."""


def got(value: Any) -> str:
    """A value that was given, or that none was, in words that stay short."""
    if value is None:
        return "none given"
    text = repr(value)
    return f"got {text}" if len(text) <= LONGEST else f"got {text[: LONGEST - 3]}..."


def in_words(error: BaseException) -> str:
    """Why something could not be computed, in one line.

    What the suite raises itself speaks for itself; an error of a library is told by its name.
    """
    message = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    if isinstance(error, MemoryError) or message.startswith("RESOURCE_EXHAUSTED"):
        return f"out of memory{': ' if message else ''}{message.removeprefix('RESOURCE_EXHAUSTED: ')}"
    if isinstance(error, InputError | NotComputed | ImportError | OSError) and message:
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def require(condition: bool, option: str, value: Any, allowed: str) -> None:
    """Raise `InputError` for `option` unless `condition` holds."""
    if not condition:
        raise InputError(option, value, allowed)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is an integer; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number; True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def require_integer(option: str, value: object, least: int, most: int) -> None:
    """Raise `InputError` for `option` unless the value is an integer from `least` to `most`."""
    require(is_whole(value) and least <= value <= most, option, value, f"an integer >= {least} and <= {most}")
