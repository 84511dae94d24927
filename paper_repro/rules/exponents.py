"""Exponents of n*: a power law fitted to the brackets along one sweep, held against a value or a limit."""

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    MARGIN,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    decided,
    not_run,
    of_rows,
    undetermined,
    widest_sweep,
)
from paper_repro.rules.evidence import BELOW_ABOVE, Side, Sided, claimed
from sims.tables.laws import fit_power

ALONG = ", along sigma = c / sqrt(k)"


def with_scale(rows: Sequence[Row]) -> list[Row]:
    """The rows with sigma sqrt(k), the c of sigma = c / sqrt(k), in place of sigma."""
    return [row | {"sigma": float(f"{row['sigma'] * math.sqrt(row['k']):.3g}")} for row in rows]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Exponent:
    """The exponent of `variable` in n* of `model`; where: other columns to match (`Asked.thresholds`).

    scaled_noise: along sigma = c / sqrt(k), for the c that the most sizes share, and not at a fixed sigma.
    """

    side: ClassVar[Side]
    model: str
    variable: str
    value: float
    margin: float = 0.0
    where: Where = dataclasses.field(default_factory=dict)
    scaled_noise: bool = False

    @property
    def text(self) -> str:
        """The rule in words."""
        opening = (
            f"Exponent of {self.variable} in a power law fitted to the {self.model.upper()}'s "
            f"brackets{of_rows(self.where)}{ALONG if self.scaled_noise else ''}."
        )
        if self.side == "equal":
            low, high = self.value - self.margin, self.value + self.margin
            return (
                f"{opening} Reproduced if it lies in [{low:g}, {high:g}] (two one-sided tests), contradicted "
                f"if it lies outside, each at error probability {LEVEL:g}."
            )
        other = BELOW_ABOVE[self.side][1]
        return (
            f"{opening} Reproduced if it is {self._against}, contradicted if {other}, by a one-sided test at "
            f"error probability {LEVEL:g}."
        )

    @property
    def _against(self) -> str:
        if self.side == "equal":
            return f"{self.value:g} ± {self.margin:g}"
        bound = self.value + (self.margin if self.side == "at most" else -self.margin)
        return f"{BELOW_ABOVE[self.side][0]} {bound:g}"

    def decide(self, asked: Asked) -> Finding:
        """One-sided tests of the fitted exponent."""
        rows = asked.thresholds(self.where, self.model)
        sweep = widest_sweep(with_scale(rows) if self.scaled_noise else rows, self.variable)
        if sweep is None:
            return not_run(rows, f"fewer than {FEWEST} values of {self.variable} measured")
        # A task without noise has no sigma; held at 1 it enters no exponent.
        used = [row if row["sigma"] is not None else row | {"sigma": 1.0} for row in sweep.rows]
        fit = fit_power(used, vary=(self.variable,))
        if not fit.exponents:
            return undetermined(used, f"no exponent can be read off: {fit.status}")
        tests = claimed(
            lambda bound: Sided(*fit.tails(self.variable, bound)), self.value, self.side, self.margin
        )
        span = f"{self.variable} = {sweep.values[0]:g} to {sweep.values[-1]:g}"
        what = f"exponent of {self.variable}, {self.model.upper()}, {span}"
        evidence = Evidence(what, fit.exponents[self.variable], self._against)
        return decided(used, tests, f"exponent of {self.variable}: {evidence.text}", (evidence,))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentEquals(_Exponent):
    """n* of `model` grows as `variable` to the power `value`: reproduced if the exponent differs from it by
    less than the margin, contradicted if by more."""

    side: ClassVar[Side] = "equal"
    margin: float = MARGIN


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentBelow(_Exponent):
    """n* of `model` grows at most as `variable` to the power `value`; `margin` is allowed on top."""

    side: ClassVar[Side] = "at most"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentAbove(_Exponent):
    """n* of `model` grows at least as `variable` to the power `value`, less `margin`."""

    side: ClassVar[Side] = "at least"
