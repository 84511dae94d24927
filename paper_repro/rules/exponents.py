"""Exponents of n*: a power law fitted to the brackets along one sweep, held against a value or a limit."""

import dataclasses
import math
from collections.abc import Callable

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    MARGIN,
    Asked,
    Evidence,
    Finding,
    Where,
    cells_of,
    not_run,
    of_rows,
    outcome_of,
    undetermined,
    widest_sweep,
)
from paper_repro.rules.evidence import Sided, inside
from sims.tables.laws import PowerFit, fit_power


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Exponent:
    """The exponent of `variable` in n* of `model`; where: other columns to match (see `threshold_rows`).

    scaled_noise: along sigma = c / sqrt(k), for the c that the most sizes share, and not at a fixed sigma.
    """

    model: str
    variable: str
    value: float
    margin: float = 0.0
    where: Where = dataclasses.field(default_factory=dict)
    scaled_noise: bool = False

    @property
    def _what(self) -> str:
        along = ", along sigma = c / sqrt(k)" if self.scaled_noise else ""
        return (
            f"Exponent of {self.variable} in a power law fitted to the {self.model.upper()}'s "
            f"brackets{of_rows(self.where)}{along}."
        )

    def _decide(
        self,
        asked: Asked,
        *,
        against: str,
        test: Callable[[PowerFit], tuple[float, float]],
    ) -> Finding:
        """test: p-values of "reproduced" and "contradicted" from the fit."""
        rows = asked.thresholds(self.where)
        rows = [row for row in rows if row["model"] == self.model]
        if self.scaled_noise:
            rows = [row | {"sigma": float(f"{row['sigma'] * math.sqrt(row['k']):.3g}")} for row in rows]
        sweep = widest_sweep(rows, self.variable)
        if sweep is None:
            return not_run(rows, f"fewer than {FEWEST} values of {self.variable} measured")
        # A task without noise has no sigma; held at 1 it enters no exponent.
        used = [row if row["sigma"] is not None else row | {"sigma": 1.0} for row in sweep.rows]
        fit = fit_power(used, vary=(self.variable,))
        if not fit.exponents:
            return undetermined(used, f"no exponent can be read off: {fit.status}")
        outcome, p = outcome_of(*test(fit))
        span = f"{self.variable} = {sweep.values[0]:g} to {sweep.values[-1]:g}"
        evidence = Evidence(
            f"exponent of {self.variable}, {self.model.upper()}, {span}",
            fit.exponents[self.variable],
            against,
        )
        return Finding(
            outcome=outcome,
            error_probability=p,
            summary=f"exponent of {self.variable}: {evidence.text}",
            evidence=(evidence,),
            cells=cells_of(used),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentEquals(_Exponent):
    """n* of `model` grows as `variable` to the power `value`: reproduced if the exponent differs from it by
    less than the margin, contradicted if by more."""

    margin: float = MARGIN

    @property
    def text(self) -> str:
        """The rule in words."""
        low, high = self.value - self.margin, self.value + self.margin
        return (
            f"{self._what} Reproduced if it lies in [{low:g}, {high:g}] (two one-sided tests), contradicted "
            f"if it lies outside, each at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """Two one-sided tests at the ends of the range."""

        def test(fit: PowerFit) -> tuple[float, float]:
            ends = (self.value - self.margin, self.value + self.margin)
            at_low, at_high = (Sided(*fit.tails(self.variable, end)) for end in ends)
            return inside(at_low, at_high)

        against = f"{self.value:g} ± {self.margin:g}"
        return self._decide(asked, against=against, test=test)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentBelow(_Exponent):
    """n* of `model` grows at most as `variable` to the power `value`; `margin` is allowed on top."""

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"{self._what} Reproduced if it is below {self.value + self.margin:g}, contradicted if above, by "
            f"a one-sided test at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """A one-sided test in either direction."""
        bound = self.value + self.margin
        return self._decide(
            asked,
            against=f"below {bound:g}",
            test=lambda fit: fit.tails(self.variable, bound),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentAbove(_Exponent):
    """n* of `model` grows at least as `variable` to the power `value`, less `margin`."""

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"{self._what} Reproduced if it is above {self.value - self.margin:g}, contradicted if below, by "
            f"a one-sided test at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """A one-sided test in either direction."""
        bound = self.value - self.margin

        def test(fit: PowerFit) -> tuple[float, float]:
            below, above = fit.tails(self.variable, bound)
            return above, below

        return self._decide(asked, against=f"above {bound:g}", test=test)
