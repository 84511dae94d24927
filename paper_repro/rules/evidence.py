"""Tail probabilities of estimates that come as intervals, and tests of one value against a bound or a
range."""

import dataclasses
import math
from collections.abc import Callable
from typing import Literal

from scipy.special import stdtr, stdtrit

from sims.search.estimate import Estimate

BOUND = 0.05
"""Error probability granted to a value of which only a bound is known: that of the two interval ends it is
made of."""


@dataclasses.dataclass(frozen=True)
class Sided:
    """Error probabilities of the two statements "the value is below the bound" and "it is above"."""

    below: float
    above: float


def tails(estimate: Estimate, bound: float, *, seeds: int) -> Sided:
    """One-sided p-values of an estimate with a 95 % interval against `bound`.

    The interval is read as that of Student's t with `seeds` - 1 degrees of freedom, as which it was made: its
    half-width on the side of the bound is t_.975 standard errors. For a ratio of two such estimates the
    degrees of freedom of one are taken, which errs on the side of caution. An open side gives p = 1 for a
    statement across it; so does a single seed, which has no interval over seeds. An infinite bound is on its
    own side of every value.
    """
    if math.isinf(bound):
        return Sided(below=float(bound < 0), above=float(bound > 0))
    best = estimate.best
    if best is None or seeds < 2:
        return Sided(below=1.0, above=1.0)

    def p(end: float | None, distance: float) -> float:
        if end is None or not math.isfinite(end):
            return 1.0
        error = abs(end - best) / float(stdtrit(seeds - 1, 0.975))
        if error == 0:
            return BOUND if distance > 0 else 1.0
        return float(stdtr(seeds - 1, -distance / error))

    return Sided(below=p(estimate.high, bound - best), above=p(estimate.low, best - bound))


def inside(at_low: Sided, at_high: Sided) -> tuple[float, float]:
    """p-values of "the value lies in a range" (two one-sided tests, both of which must reject) and of "it
    lies outside" (either may reject, hence the factor 2 unless one side is open), from those at both ends."""
    outside = (at_low.below, at_high.above)
    chances = max(sum(p < 1 for p in outside), 1)
    return max(at_low.above, at_high.below), min(1.0, chances * min(outside))


Side = Literal["equal", "at most", "at least"]
"""How a value may lie to the one that is claimed."""
BELOW_ABOVE: dict[Side, tuple[str, str]] = {"at most": ("below", "above"), "at least": ("above", "below")}
"""On which side of a bound a value is as claimed, and on which it is not."""


def claimed(
    sided: Callable[[float], Sided], value: float, side: Side, margin: float = 0.0
) -> tuple[float, float]:
    """p-values of "it is equal to `value`, at most or at least that, up to `margin`" and of the contrary.

    sided: the error probabilities of both sides of a bound.
    """
    if side == "equal":
        return inside(sided(value - margin), sided(value + margin))
    if side == "at most":
        test = sided(value + margin)
        return test.below, test.above
    test = sided(value - margin)
    return test.above, test.below


def total(*estimates: Estimate) -> Estimate:
    """Sum of independent estimates, half-widths combined as roots of sums of squares (variance estimates
    recovery)."""
    best = sum(_known(estimate.best) for estimate in estimates)
    low = high = None
    if all(estimate.low is not None for estimate in estimates):
        low = best - math.hypot(*(_known(estimate.best) - _known(estimate.low) for estimate in estimates))
    if all(estimate.high is not None for estimate in estimates):
        high = best + math.hypot(*(_known(estimate.high) - _known(estimate.best) for estimate in estimates))
    return Estimate(low, best, high, "sum, variance estimates recovery")


def _known(value: float | None) -> float:
    if value is None:
        raise ValueError("a sum needs a best value of every estimate")
    return value
