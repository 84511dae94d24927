"""Growth of n* with k and d together: the sum of their exponents, which a bound in k + d limits to 1."""

import dataclasses
import math
from typing import TYPE_CHECKING

from figures.laws import fit_power
from figures.tables import Tables
from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    Evidence,
    Verdict,
    Where,
    cells_of,
    not_run,
    of_rows,
    outcome_of,
    threshold_rows,
    undetermined,
)

if TYPE_CHECKING:
    from paper_repro.claims.claim import Claim


@dataclasses.dataclass(frozen=True, kw_only=True)
class TogetherBelow:
    """n* of `model` grows at most to the power `value`, plus `margin`, when k and d grow in proportion.

    The sum of both exponents of a power law in k and d at one sigma, or along sigma = c / sqrt(k)
    (scaled_noise). Raises ValueError if sigma varies otherwise.
    """

    model: str
    value: float
    margin: float = 0.0
    where: Where = dataclasses.field(default_factory=dict)
    scaled_noise: bool = False

    @property
    def text(self) -> str:
        """The rule in words."""
        along = ", along sigma = c / sqrt(k)" if self.scaled_noise else ""
        return (
            f"Sum of the exponents of k and d in a power law fitted to the {self.model.upper()}'s "
            f"brackets{of_rows(self.where)}{along}. Reproduced if it is below {self.value + self.margin:g}, "
            f"contradicted if above, by a one-sided test at error probability {LEVEL:g}."
        )

    def decide(self, claim: "Claim", tables: Tables, protocol: str | None) -> Verdict:
        """A one-sided test of the sum."""
        rows = threshold_rows(claim, tables, protocol, self.where)
        rows = [row for row in rows if row["model"] == self.model]
        if self.scaled_noise:
            rows = [row | {"sigma": float(f"{row['sigma'] * math.sqrt(row['k']):.3g}")} for row in rows]
        few = [name for name in ("k", "d") if len({row[name] for row in rows}) < FEWEST]
        if few:
            return not_run(claim, protocol, rows, f"fewer than {FEWEST} values of {few[0]} measured")
        if len({row["sigma"] for row in rows}) > 1:
            raise ValueError(f"{claim.id}: sigma varies among the rows; allowed: one value of it")
        # In the variables k and d/k the exponent of k is the sum of both: k^a d^b = k^(a + b) (d/k)^b.
        fit = fit_power([row | {"d": row["d"] / row["k"]} for row in rows], vary=("k", "d"))
        if not fit.exponents:
            return undetermined(claim, protocol, rows, f"no exponent can be read off: {fit.status}")
        bound = self.value + self.margin
        below, above = fit.tails("k", bound)
        outcome, p = outcome_of(below, above)
        what = f"exponents of k and d together, {self.model.upper()}"
        evidence = Evidence(what, fit.exponents["k"], f"below {bound:.3g}")
        return Verdict(
            claim=claim,
            protocol=protocol,
            outcome=outcome,
            error_probability=p,
            summary=f"exponents of k and d together: {evidence.text}",
            evidence=(evidence,),
            cells=cells_of(rows),
        )
