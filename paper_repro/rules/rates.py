"""Rates of theorems: n* grows no faster, or no slower, than a bound of `theory.rates` allows."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    MARGIN,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    cells_of,
    not_run,
    of_rows,
    outcome_of,
    undetermined,
    widest_sweep,
)
from sims.tables.laws import fit_power
from theory.rates import CLAIMS as RATES

BOTH = "k and d together"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RateBounds:
    """n* of `model` grows no faster ("upper") or no slower ("lower") than the rate of `theory_claim` of
    `theory.rates`.

    A bound a (k + d) does not forbid that n* grows as d while k dominates; it forbids growth faster than d
    once d does, than k once k does, and than the size of both when they grow together. So an upper bound is
    tested on the exponents of k, of d and on their sum, each against its limit (plus the slope of the
    logarithm at the middle of the sizes); a lower bound, a product of powers, on the exponents of k and d. No
    cell of the sweeps moves k and d together, so the sum can deny a reproduction but not make a
    contradiction. where: other columns to match (see `Asked.thresholds`).
    """

    model: str
    theory_claim: str
    side: Literal["upper", "lower"]
    margin: float = MARGIN
    where: Where = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        if self.side == "upper":
            what, order = (
                "k, of d, and their sum, against the largest that the rate has in any limit",
                "larger",
            )
        else:
            what, order = "k and of d, against those of the rate", "smaller"
        extrapolated = (
            " The sum is a step beyond the sweeps, which move k or d: it has to hold for a reproduction, but "
            "contradicts nothing by itself."
        )
        return (
            f"Exponents of a power law fitted to the {self.model.upper()}'s brackets over both "
            f"sweeps{of_rows(self.where)}: those of {what}. Reproduced if none is {order} by more than "
            f"{self.margin:g} (intersection-union), contradicted if that of k or of d is (Bonferroni), each "
            f"at error probability {LEVEL:g}. Constants are not tested: the theorem leaves them open."
            + (extrapolated if self.side == "upper" else "")
        )

    def decide(self, asked: Asked) -> Finding:
        """Both exponents, and for an upper bound their sum, against their limits."""
        rows = asked.thresholds(self.where, self.model)
        found = {variable: widest_sweep(rows, variable) for variable in ("k", "d")}
        swept = {variable: sweep for variable, sweep in found.items() if sweep is not None}
        if not swept:
            return not_run(rows, f"fewer than {FEWEST} values of k and of d measured")
        whole = len(swept) == 2
        fitted = rows if whole else [row for sweep in swept.values() for row in sweep.rows]
        fits = dict.fromkeys(swept, fit_power(fitted, vary=tuple(swept)))
        upper = self.side == "upper"
        if whole and upper:
            # In the variables k and d/k the exponent of k is the sum of both: k^a d^b = k^(a + b) (d/k)^b.
            fits[BOTH] = fit_power([row | {"d": row["d"] / row["k"]} for row in rows], vary=("k", "d"))
        unfit = [fit.status for fit in fits.values() if not fit.exponents]
        if unfit:
            return undetermined(fitted, f"no exponent can be read off: {unfit[0]}")
        limits = rate_limits(self, fitted)
        evidence, holds, fails = [], [], []
        for direction, fit in fits.items():
            variable = "k" if direction == BOTH else direction
            bound = limits[direction] + (self.margin if upper else -self.margin)
            below, above = fit.tails(variable, bound)
            holds.append(below if upper else above)
            if direction != BOTH:
                # The sum is a local slope only, where the sweeps cross: it contradicts nothing.
                fails.append(above if upper else below)
            sign, margin = ("at most", "+") if upper else ("at least", "−")
            against = f"{sign} {limits[direction]:.2f} {margin} {self.margin:g}"
            what = f"exponent of {direction}, {self.model.upper()}"
            evidence.append(Evidence(what, fit.exponents[variable], against))
        # With k or d held everywhere the bound can be contradicted, not reproduced.
        outcome, p = outcome_of(max(holds) if whole else 1.0, min(1.0, len(fails) * min(fails)))
        numbers = [f"{item.what.split(',')[0]}: {item.text} ({item.against})" for item in evidence]
        held = f"{'d' if 'k' in swept else 'k'} was not varied, so that half of the claim is not run"
        return Finding(
            outcome=outcome,
            error_probability=None if outcome == "inconclusive" and not whole else p,
            summary="; ".join(numbers if whole else [*numbers, held]),
            evidence=tuple(evidence),
            cells=cells_of(fitted),
        )


def rate_limits(rule: RateBounds, rows: Sequence[Row]) -> dict[str, float]:
    """The exponents that a bound allows: of k, of d and of both together (see `RateBounds`)."""
    rate = RATES[rule.theory_claim]
    k, d = (math.exp(sum(math.log(row[name]) for row in rows) / len(rows)) for name in ("k", "d"))
    sigma = rows[0]["sigma"]
    if rule.side == "lower":
        at = rate.exponents(k, d, sigma)
        return {"k": at.k, "d": at.d}
    far = 1e9
    logarithm = 1 / math.log(k * d) if rate.rate != rate.rate_without_log else 0.0
    middle = rate.exponents(k, d, sigma, log=False)
    return {
        "k": rate.exponents(far, d, sigma, log=False).k + logarithm,
        "d": rate.exponents(k, far, sigma, log=False).d + logarithm,
        BOTH: middle.k + middle.d + 2 * logarithm,
    }
