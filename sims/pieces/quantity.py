"""Quantity: one number that a probe found, with its error and what theory says of it."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number that a probe found.

    name: what it is, unique within the probe together with `at`; value: the number; error: its standard error
    over repetitions, None if it is exact; predicted: what theory says it is, None if nothing; at: abscissa,
    if the quantity is one point of a series (a step, a size, a threshold); repetitions: independent draws
    behind the value.

    Raises `ValueError` if a number is not finite or an error is negative.
    """

    name: str
    value: float
    error: float | None = None
    predicted: float | None = None
    at: float | None = None
    repetitions: int = 1

    def __post_init__(self) -> None:
        for field in ("value", "error", "predicted", "at"):
            number: float | None = getattr(self, field)
            if number is None and field != "value":
                continue
            if number is None or not math.isfinite(number):
                raise ValueError(f"{field}: {self.name} is {number}; allowed: a finite number")
            object.__setattr__(self, field, float(number))
        if self.error is not None and self.error < 0:
            raise ValueError(f"error: {self.name} has {self.error}; allowed: a number >= 0, or none")
