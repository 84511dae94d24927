"""Quantities of probes: what rules on them share, and limits that they keep below or above."""

import dataclasses
import math
from collections.abc import Sequence

from scipy.special import stdtr, stdtrit

from paper_repro.rules.base import (
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    cells_of,
    complete,
    not_run,
    of_rows,
    outcome_of,
)
from paper_repro.rules.evidence import Sided
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


def half_width(row: Row, tail: float) -> float:
    """Half-width of the interval of a row that leaves `tail` on each side."""
    error = error_of(row)
    return -error * float(stdtrit(degrees_of(row), tail)) if error else 0.0


def estimate_of(row: Row) -> Estimate:
    """A row's value with its 95 % interval; of an exact value all three numbers are the same."""
    half = half_width(row, 0.025)
    if not half:
        method = "exact"
    elif row["repetitions"] > 1:
        method = f"mean of {row['repetitions']} repetitions, 95 % interval of Student's t"
    else:
        method = "one draw with a known standard error, 95 % interval of the normal law"
    return Estimate(row["value"] - half, row["value"], row["value"] + half, method)


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

    quantity: str
    bound: float | None = None
    where: Where = dataclasses.field(default_factory=dict)
    every: bool = True

    def _text(self, side: str) -> str:
        bound = "its prediction" if self.bound is None else f"{self.bound:g}"
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

    def _decide(self, asked: Asked, side: str) -> Finding:
        found = asked.quantities(self.quantity, self.where)
        rows = [row for row in found if self.bound is not None or row["predicted"] is not None]
        if not rows:
            return not_run(found, f"no value of {self.quantity} to hold against the bound")
        bounds = [row["predicted"] if self.bound is None else self.bound for row in rows]
        tests = [sided(row, bound) for row, bound in zip(rows, bounds, strict=True)]
        within = [test.below if side == "below" else test.above for test in tests]
        beyond = [test.above if side == "below" else test.below for test in tests]
        count = len(rows)
        if self.every:
            outcome, p = outcome_of(max(within), min(1.0, count * min(beyond)))
        else:
            outcome, p = outcome_of(min(1.0, count * min(within)), max(beyond))
        order = sorted(range(count), key=lambda index: -within[index])
        where = places(rows)
        evidence = tuple(
            Evidence(
                named(self.quantity, where[index]), estimate_of(rows[index]), f"{side} {bounds[index]:.4g}"
            )
            for index in order
        )
        values = sorted(row["value"] for row in rows)
        span = f"{values[0]:.3g}" if count == 1 else f"{values[0]:.3g} to {values[-1]:.3g} in {count} values"
        against = "their predictions" if self.bound is None else f"{self.bound:g}"
        finding = Finding(
            outcome=outcome,
            error_probability=p,
            summary=f"{self.quantity}: {span}, held {side} {against}",
            evidence=evidence,
            cells=cells_of(rows),
        )
        return complete(finding, asked)


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantityBelow(_Limit):
    """A quantity is below a bound: every value of it, or (every=False) at least one."""

    @property
    def text(self) -> str:
        """The rule in words."""
        return self._text("below")

    def decide(self, asked: Asked) -> Finding:
        """One-sided tests, row by row."""
        return self._decide(asked, "below")


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantityAbove(_Limit):
    """A quantity is above a bound: every value of it, or (every=False) at least one."""

    @property
    def text(self) -> str:
        """The rule in words."""
        return self._text("above")

    def decide(self, asked: Asked) -> Finding:
        """One-sided tests, row by row."""
        return self._decide(asked, "above")
