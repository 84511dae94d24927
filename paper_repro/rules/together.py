"""Growth of n* with k and d together, along k = d, which a bound in k + d limits to the power 1."""

import dataclasses
import math

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Where,
    cells_of,
    not_run,
    of_rows,
    outcome_of,
    undetermined,
)
from sims.tables.laws import fit_power


@dataclasses.dataclass(frozen=True, kw_only=True)
class TogetherBelow:
    """n* of `model` grows at most to the power `value`, plus `margin`, along sizes with k = d.

    scaled_noise: along sigma = c / sqrt(k), and not at one sigma. Sizes with k and d apart do not count: a
    sum of exponents read off where the sweeps cross would be an extrapolation.
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
            f"Exponent of k = d, grown together, in a power law fitted to the {self.model.upper()}'s "
            f"brackets{of_rows(self.where)}{along}. Reproduced if below {self.value + self.margin:.3g}, "
            f"contradicted if above, by a one-sided test at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """A one-sided test of the exponent."""
        rows = asked.thresholds(self.where)
        rows = [row for row in rows if row["model"] == self.model and row["k"] == row["d"]]
        if self.scaled_noise:
            rows = [row | {"sigma": float(f"{row['sigma'] * math.sqrt(row['k']):.3g}")} for row in rows]
        if len({row["k"] for row in rows}) < FEWEST:
            return not_run(rows, f"fewer than {FEWEST} sizes with k = d measured")
        if len({row["sigma"] for row in rows}) > 1:
            raise ValueError(f"{asked.id}: sigma varies among the rows; allowed: one value of it")
        fit = fit_power(rows, vary=("k",))
        if not fit.exponents:
            return undetermined(rows, f"no exponent can be read off: {fit.status}")
        bound = self.value + self.margin
        below, above = fit.tails("k", bound)
        outcome, p = outcome_of(below, above)
        sides = sorted({row["k"] for row in rows})
        what = f"exponent of k = d = {sides[0]} to {sides[-1]}, {self.model.upper()}"
        evidence = Evidence(what, fit.exponents["k"], f"below {bound:.3g}")
        return Finding(
            outcome=outcome,
            error_probability=p,
            summary=f"exponent of k = d: {evidence.text}",
            evidence=(evidence,),
            cells=cells_of(rows),
        )
