"""What a patch costs beside a coordinate: does n* of a model grow as d, or as k + d?"""

import dataclasses
from typing import ClassVar

from paper_repro.rules.base import (
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
from paper_repro.rules.evidence import BELOW_ABOVE, Side, Sided, claimed
from sims.fits.patch_weight import FEWEST, patch_weight
from sims.tables.laws import cell_sizes


@dataclasses.dataclass(frozen=True, kw_only=True)
class _PatchWeight:
    """The weight rho in n* = a sigma^2 (d + rho k) + c of `model` beside `weight`; where: columns to
    match."""

    side: ClassVar[Side]
    model: str
    weight: float
    where: Where = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        one, other = BELOW_ABOVE[self.side]
        return (
            f"The weight rho of a patch in n* = a sigma^2 (d + rho k) + c, fitted to the "
            f"{self.model.upper()}'s n*{of_rows(self.where)}, each cell one observation: 0 if n* pays for "
            "coordinates alone, 1 if it pays k + d. Sigma is fixed, and success is defined by one required "
            "alignment with the signal, the same in every cell; c, of either sign, takes up what does not "
            f"grow with the sizes. Reproduced if rho is {one} {self.weight:g}, contradicted if it is "
            f"{other}, by one-sided tests on the profile likelihood at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """A test of the fitted weight."""
        rows = asked.thresholds(self.where, self.model)
        if len({row["k"] / row["d"] for row in rows}) < 2:
            return not_run(rows, "fewer than two ratios k/d measured")
        cells = cell_sizes(rows)
        found = patch_weight(cells)
        if found is None:
            why = (
                f"{len(cells)} cells have an n*, and {FEWEST} are needed"
                if len(cells) < FEWEST
                else "n* of the cells does not determine the weight"
            )
            return undetermined(rows, why)
        evidence = Evidence(
            f"weight of a patch, {self.model.upper()}",
            found.estimate,
            f"{BELOW_ABOVE[self.side][0]} {self.weight:g}",
            f"1 is k + d, 0 is d alone; offset c = {found.offset:.3g} samples, cells scatter by "
            f"{100 * found.spread:.2g} % about the law",
        )
        tests = claimed(lambda weight: Sided(*found.tails(weight)), self.weight, self.side)
        return decided(rows, tests, f"rho = {evidence.text}", (evidence,))


@dataclasses.dataclass(frozen=True, kw_only=True)
class PatchWeightAbove(_PatchWeight):
    """A patch costs `model` more than `weight` coordinates."""

    side: ClassVar[Side] = "at least"


@dataclasses.dataclass(frozen=True, kw_only=True)
class PatchWeightBelow(_PatchWeight):
    """A patch costs `model` less than `weight` coordinates."""

    side: ClassVar[Side] = "at most"
