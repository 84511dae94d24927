"""Lower bounds on n* at one size, as numbers of samples: what is proven, by each argument."""

import dataclasses
from typing import Annotated, ClassVar, cast

from sims.pieces import register
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.pieces.quantity import Quantity
from theory.dsd.coverage import coverage_success_bound
from theory.dsd.risks import oracle_risk
from theory.limits.fano import PUBLISHED_INNER_PRODUCT, fano_bound
from theory.limits.fano_theorem import SAMPLES, THRESHOLD, theorem_bound
from theory.limits.fully_connected_bounds import alignment_bound, subspace_bound
from theory.limits.information import Architecture
from theory.limits.lower_bounds import information_bound, oracle_bound

MODELS = ("fcn", "lcn", "cnn")
INNER_PRODUCTS = tuple(round(0.05 * step, 2) for step in range(1, 20))
ALIGNMENTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Cosines for which the FCN's conditional bound is given."""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class LowerBounds(Checked):
    """Bounds below n* for squared risk = LSA oracle + tolerance with probability 1/2; all exact numbers.

    Quantities, in samples: "information" (continuous Fano), "oracle" (the best net that is told every patch),
    "fano" (a packing with the best of `INNER_PRODUCTS`) and "fano_published" (with the paper's constant), for
    CNN and LCN without conditions beyond those of the theorem; "strongest" is the greatest of them. For the
    FCN "subspace" needs no condition, and is "strongest"; "alignment" and "fano", at the cosines `ALIGNMENTS`
    (column ``at``), hold under the condition that half of the patches of a successful net have a neuron with
    that cosine. "coverage", for FCN and LCN, is the least n at which a learner that is equivariant under
    the sign of a patch can reach the target with probability 1/2, whatever its predictor, Adam included.
    For filters of norm at most 1, the class of the theorems: "unit_norm", the greater of "information" and
    "oracle" there, and "fano_unit_norm", of CNN and LCN; and for the LCN the theorem's own bound, on the n at
    which the expected risk is 0.0025: "fano_theorem" with the best threshold, "fano_threshold" with the
    proof's 0.01, both predicted to be at least the sigma^2 k d / 6 that the proof chooses.
    Proofs in docs/lower-bounds.md and docs/references.md.
    """

    model: Annotated[str, OneOf(MODELS)]
    k: Annotated[int, Whole(2)]
    d: Annotated[int, Whole(2)]
    sigma: Annotated[float, Number(above=0)]
    tolerance: Annotated[float, Number(above=0)] = 0.03
    name: ClassVar[str] = "lower_bounds"
    version: ClassVar[int] = 4

    def measure(self, entropy: int) -> list[Quantity]:
        """The bounds; nothing is drawn."""
        del entropy
        name = cast("Architecture", self.model)
        size = (self.k, self.d, self.sigma)
        target = oracle_risk(self.k, self.sigma).risk + self.tolerance
        if name == "fcn":
            subspace = subspace_bound(*size, target).n
            found = [Quantity(name="subspace", value=subspace), Quantity(name="strongest", value=subspace)]
            found.append(Quantity(name="coverage", value=coverage_success_bound(self.k, target)))
            for alignment in ALIGNMENTS:
                # The inner product at which a net of that alignment just decodes: cos(2 arccos(alignment)).
                inner = max(2 * alignment**2 - 1, 0.0)
                conditional = alignment_bound(*size, alignment).n
                found.append(Quantity(name="alignment", value=conditional, at=alignment))
                if inner > 0:
                    fano = fano_bound(name, *size, inner_product=inner).n
                    found.append(Quantity(name="fano", value=fano, at=alignment))
            published = fano_bound(name, *size, inner_product=PUBLISHED_INNER_PRODUCT[name]).n
            return [*found, Quantity(name="fano_published", value=published)]
        bounds = {
            "information": information_bound(name, *size, target).n,
            "oracle": oracle_bound(name, *size, target).n,
            "fano": max(fano_bound(name, *size, target, inner_product=c).n for c in INNER_PRODUCTS),
        }
        if name in PUBLISHED_INNER_PRODUCT:
            constant = PUBLISHED_INNER_PRODUCT[name]
            bounds["fano_published"] = fano_bound(name, *size, target, inner_product=constant).n
        bounds["strongest"] = max(bounds.values())
        if name == "lcn":
            bounds["coverage"] = coverage_success_bound(self.k, target)
        bounds["unit_norm"] = max(
            bound(name, *size, target, unit_norm=True).n for bound in (information_bound, oracle_bound)
        )
        bounds["fano_unit_norm"] = max(
            fano_bound(name, *size, target, inner_product=c, unit_norm=True).n for c in INNER_PRODUCTS
        )
        found = [Quantity(name=method, value=value) for method, value in bounds.items()]
        if name == "lcn":
            chosen = SAMPLES * self.sigma**2 * self.k * self.d
            best, printed = theorem_bound(*size).n, theorem_bound(*size, threshold=THRESHOLD).n
            found.append(Quantity(name="fano_theorem", value=best, predicted=chosen))
            found.append(Quantity(name="fano_threshold", value=printed, predicted=chosen))
        return found
