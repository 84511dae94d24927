"""Growth of n* with k and d together, along k = d, which a bound in k + d limits to the power 1."""

import dataclasses

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Where,
    decided,
    not_run,
    of_rows,
    undetermined,
)
from paper_repro.rules.exponents import ALONG, with_scale
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
        return (
            f"Exponent of k = d, grown together, in a power law fitted to the {self.model.upper()}'s "
            f"brackets{of_rows(self.where)}{ALONG if self.scaled_noise else ''}. Reproduced if below "
            f"{self.value + self.margin:.3g}, contradicted if above, by a one-sided test at error "
            f"probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """A one-sided test of the exponent."""
        rows = [row for row in asked.thresholds(self.where, self.model) if row["k"] == row["d"]]
        rows = with_scale(rows) if self.scaled_noise else rows
        if len({row["k"] for row in rows}) < FEWEST:
            return not_run(rows, f"fewer than {FEWEST} sizes with k = d measured")
        if len({row["sigma"] for row in rows}) > 1:
            raise ValueError(f"{asked.id}: sigma varies among the rows; allowed: one value of it")
        fit = fit_power(rows, vary=("k",))
        if not fit.exponents:
            return undetermined(rows, f"no exponent can be read off: {fit.status}")
        bound = self.value + self.margin
        sides = sorted({row["k"] for row in rows})
        what = f"exponent of k = d = {sides[0]} to {sides[-1]}, {self.model.upper()}"
        evidence = Evidence(what, fit.exponents["k"], f"below {bound:.3g}")
        return decided(rows, fit.tails("k", bound), f"exponent of k = d: {evidence.text}", (evidence,))
