"""What a patch costs beside a coordinate: is n*/sigma^2 of a model proportional to d, or to k + d?"""

import dataclasses
from typing import TYPE_CHECKING

from figures.laws import observations
from figures.tables import Tables
from paper_repro.rules.base import (
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
from sims.fits.patch_weight import patch_weight

if TYPE_CHECKING:
    from paper_repro.claims.claim import Claim


@dataclasses.dataclass(frozen=True, kw_only=True)
class PatchWeightAbove:
    """The weight rho in n* = a sigma^2 (d + rho k) of `model` is above `weight`; where: columns to match."""

    model: str
    weight: float
    where: Where = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"The weight rho of a patch in n* = a sigma^2 (d + rho k), fitted to the {self.model.upper()}'s "
            f"brackets{of_rows(self.where)}: 0 if n* pays for coordinates alone, 1 if it pays k + d. "
            f"Reproduced if rho is above {self.weight:g}, contradicted if it is below, by one-sided tests on "
            f"the profile likelihood at error probability {LEVEL:g}."
        )

    def decide(self, claim: "Claim", tables: Tables, protocol: str | None) -> Verdict:
        """A test of the fitted weight."""
        rows = threshold_rows(claim, tables, protocol, self.where)
        rows = [row for row in rows if row["model"] == self.model]
        if len({row["k"] / row["d"] for row in rows}) < 2:
            return not_run(claim, protocol, rows, "fewer than two ratios k/d measured")
        found = patch_weight(observations(rows, vary=("k", "d", "sigma")))
        if found is None:
            return undetermined(claim, protocol, rows, "the brackets do not determine the weight")
        below, above = found.tails(self.weight)
        outcome, p = outcome_of(above, below)
        what = f"weight of a patch, {self.model.upper()}"
        evidence = Evidence(what, found.estimate, f"above {self.weight:g}", "1 is k + d, 0 is d alone")
        return Verdict(
            claim=claim,
            protocol=protocol,
            outcome=outcome,
            error_probability=p,
            summary=f"rho = {evidence.text}",
            evidence=(evidence,),
            cells=cells_of(rows),
        )
