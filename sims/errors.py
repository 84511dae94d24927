"""Bad input, named by the option that carried it and by what is allowed instead."""

import math
from typing import Any, TypeGuard


class InputError(ValueError):
    """A value that an option cannot take.

    Prints as one line, ``k: got 0; allowed: an integer >= 1``, which the command line shows as ``--k``.
    """

    def __init__(self, option: str, value: Any, allowed: str) -> None:
        self.option = option
        self.value = value
        self.allowed = allowed
        super().__init__(f"{option}: got {value!r}; allowed: {allowed}")


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
