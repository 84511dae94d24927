"""Bad input, named by the option that carried it and by what is allowed instead."""

from typing import Any


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
