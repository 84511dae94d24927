"""Quantities of probes: what rules on them share, and limits that they keep below or above."""

import dataclasses
import math
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from scipy.special import stdtr

from paper_repro.rules.base import (
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    all_of,
    complete,
    decided,
    not_run,
    of_rows,
)
from paper_repro.rules.evidence import BELOW_ABOVE, Side, Sided, claimed
from sims.probes.intervals import interval_of
from sims.search.estimate import Estimate
from sims.tables.columns import QUANTITY_COLUMNS

_MEASURED = {column.name for column in QUANTITY_COLUMNS} - {"at"} | {"experiment", "cell", "config", "probe"}
"""What a row has that does not say where it was measured."""


def degrees_of(row: Row) -> float:
    """Degrees of freedom of a row's standard error: repetitions - 1, infinite where it comes from no
    repetitions (a single draw whose error is known)."""
    return row["repetitions"] - 1 if row["repetitions"] > 1 else math.inf


def error_of(row: Row) -> float:
    """Standard error of a row, 0 if its value is exact."""
    return row["error"] or 0.0


def sided(row: Row, bound: float) -> Sided:
    """p-values of "the true value is below `bound`" and "above", by Student's t; an exact value is certain of
    the side on which it lies, and of none on the bound itself."""
    distance, error = bound - row["value"], error_of(row)
    if error == 0:
        return Sided(below=float(distance <= 0), above=float(distance >= 0))
    degrees, scaled = degrees_of(row), distance / error
    return Sided(below=float(stdtr(degrees, -scaled)), above=float(stdtr(degrees, scaled)))


def estimate_of(row: Row) -> Estimate:
    """A row's value with its 95 % interval, cut to the range of the quantity; of an exact value all three
    numbers are the same. Tests of the value are not of these ends, see `sided`."""
    if not error_of(row):
        method = "exact"
    elif row["repetitions"] > 1:
        method = f"mean of {row['repetitions']} repetitions, 95 % interval of Student's t"
    else:
        method = "one draw with a known standard error, 95 % interval of the normal law"
    low, high = interval_of(row)
    return Estimate(low, row["value"], high, method)


def places(rows: Sequence[Row]) -> list[str]:
    """Where each row was measured: the columns, among its probe's fields and ``at``, in which rows differ."""
    names = dict.fromkeys(name for row in rows for name in row if name not in _MEASURED)
    telling = [name for name in names if len({row.get(name) for row in rows}) > 1]
    return [
        ", ".join(f"{name} = {_short(row[name])}" for name in telling if row.get(name) is not None)
        for row in rows
    ]


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def named(quantity: str, place: str) -> str:
    """A quantity and where it was measured."""
    return f"{quantity} at {place}" if place else quantity


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Limit:
    """A limit of one quantity.

    bound: the limit, None for each row's own prediction; where: columns to match; every: whether the
    statement is about every row, or says that there is one.
    """

    side: ClassVar[Side]
    quantity: str
    bound: float | None = None
    where: Where = dataclasses.field(default_factory=dict)
    every: bool = True

    @property
    def text(self) -> str:
        """The rule in words."""
        side, bound = BELOW_ABOVE[self.side][0], self._words("its prediction")
        opening = f"Each {self.quantity}{of_rows(self.where)} is held against {bound}, by one-sided t-tests."
        if self.every:
            return (
                f"{opening} Reproduced if all are {side} it (intersection-union), contradicted if at least "
                f"one is not (Bonferroni over values), each at error probability {LEVEL:g}."
            )
        return (
            f"{opening} Reproduced if at least one is {side} it (Bonferroni over values), contradicted if "
            f"none is (intersection-union), each at error probability {LEVEL:g}."
        )

    def _words(self, prediction: str) -> str:
        return prediction if self.bound is None else f"{self.bound:g}"

    def decide(self, asked: Asked) -> Finding:
        """One-sided tests, row by row."""
        found = asked.quantities(self.quantity, self.where)
        rows = [row for row in found if self.bound is not None or row["predicted"] is not None]
        if not rows:
            return not_run(found, f"no value of {self.quantity} to hold against the bound")
        bounds = [row["predicted"] if self.bound is None else self.bound for row in rows]
        tests = [
            claimed(partial(sided, row), bound, self.side) for row, bound in zip(rows, bounds, strict=True)
        ]
        both = all_of(tests)
        if not self.every:  # that there is one is the contrary of "all are on the other side"
            none, some = all_of((beyond, within) for within, beyond in tests)
            both = some, none
        side, count = BELOW_ABOVE[self.side][0], len(rows)
        where = places(rows)
        evidence = [
            Evidence(
                named(self.quantity, where[index]), estimate_of(rows[index]), f"{side} {bounds[index]:.4g}"
            )
            for index in sorted(range(count), key=lambda index: -tests[index][0])
        ]
        values = sorted(row["value"] for row in rows)
        span = f"{values[0]:.3g}" if count == 1 else f"{values[0]:.3g} to {values[-1]:.3g} in {count} values"
        summary = f"{self.quantity}: {span}, held {side} {self._words('their predictions')}"
        return complete(decided(rows, both, summary, evidence), asked)


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantityBelow(_Limit):
    """A quantity is below a bound: every value of it, or (every=False) at least one."""

    side: ClassVar[Side] = "at most"


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantityAbove(_Limit):
    """A quantity is above a bound: every value of it, or (every=False) at least one."""

    side: ClassVar[Side] = "at least"
