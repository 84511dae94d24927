"""Order of one quantity over the values of a choice, such as the sample sizes that several kernels need."""

import dataclasses
import itertools
import math

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
from paper_repro.rules.evidence import Sided
from paper_repro.rules.quantities import degrees_of, error_of, estimate_of, named


def compared(first: Row, second: Row) -> Sided:
    """p-values of "the first true value is below the second" and "above", by Welch's t-test of two
    independent means; exact values are certain of their order.
    """
    distance = second["value"] - first["value"]
    squares = [error_of(row) ** 2 for row in (first, second)]
    total = sum(squares)
    if total == 0:
        return Sided(below=float(distance <= 0), above=float(distance >= 0))
    # Welch and Satterthwaite; an exact value, or one whose error is known, adds nothing to the denominator.
    spread = sum(
        square**2 / degrees_of(row) for square, row in zip(squares, (first, second), strict=True) if square
    )
    degrees = total**2 / spread if spread else math.inf
    scaled = distance / math.sqrt(total)
    return Sided(below=float(stdtr(degrees, -scaled)), above=float(stdtr(degrees, scaled)))


def _short(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantityOrder:
    """A quantity increases along `order`, the values of the column `by`, in each of which it has one row.

    where: further columns to match.
    """

    quantity: str
    by: str
    order: tuple[str | float, ...]
    where: Where = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        chain = " < ".join(map(_short, self.order))
        return (
            f"{self.quantity}{of_rows(self.where)} by {self.by}, each neighbouring pair of {chain} held "
            "against each other by a one-sided Welch test. Reproduced if every pair is in this order "
            "(intersection-union), contradicted if at least one is the other way round (Bonferroni over "
            f"pairs), each at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """Tests of all neighbouring pairs. Raises `ValueError` for two rows of one value."""
        found = asked.quantities(self.quantity, {**self.where, self.by: self.order})
        rows = {row[self.by]: row for row in found}
        if len(rows) < len(found):
            raise ValueError(
                f"where: leaves several rows of one {self.by} to {asked.id}; allowed: one of each"
            )
        absent = [value for value in self.order if value not in rows]
        if absent:
            why = f"no {self.quantity} of {', '.join(map(_short, absent))}"
            return not_run(found, why)
        pairs = list(itertools.pairwise(self.order))
        tests = [compared(rows[first], rows[second]) for first, second in pairs]
        evidence = [
            Evidence(named(self.quantity, f"{self.by} = {_short(value)}"), estimate_of(rows[value]), "")
            for value in self.order
        ]
        evidence += [
            Evidence(
                f"{_short(first)} < {_short(second)}",
                None,
                "below",
                f"ratio {rows[second]['value'] / rows[first]['value']:.3g}, p = {test.below:.2g}, the other "
                f"way round {test.above:.2g}"
                if rows[first]["value"]
                else f"p = {test.below:.2g}",
            )
            for (first, second), test in zip(pairs, tests, strict=True)
        ]
        measured = " < ".join(map(_short, sorted(self.order, key=lambda value: rows[value]["value"])))
        both = all_of((test.below, test.above) for test in tests)
        summary = f"measured order of {self.quantity}: {measured}"
        return complete(decided(found, both, summary, evidence), asked)
