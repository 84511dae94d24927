"""Fit every family with every variant, and choose one by a stated rule."""

from collections.abc import Sequence

from sims.fits.family import FAMILIES
from sims.fits.fit import Fit, FitStatus, fit_family
from sims.fits.observation import Observation

MARGIN = 2.0
"""Fits within this many units of the smallest AICc count as equally good."""
REFUTED = 0.01
"""A law whose lack of fit has a p-value below this is taken only where all that are as good have one too."""


def fit_all(observations: Sequence[Observation], *, level: float = 0.95, intervals: bool = True) -> list[Fit]:
    """Every family with and without its log and its offset: 20 fits, each with its status."""
    return [
        fit_family(observations, family, log=log, offset=offset, level=level, intervals=intervals)
        for family in FAMILIES
        for log in (False, True)
        for offset in (False, True)
    ]


def plausible(fits: Sequence[Fit], *, margin: float = MARGIN) -> list[Fit]:
    """The converged fits whose AICc lies within `margin` of the smallest, in the order of the rule of
    `choose`.
    """
    scored = [(fit.aicc, fit) for fit in fits if fit.status is FitStatus.CONVERGED and fit.aicc is not None]
    if not scored:
        return []
    least = min(aicc for aicc, _ in scored)
    near = [(fit.size, aicc, fit) for aicc, fit in scored if aicc <= least + margin]
    return [fit for _, _, fit in sorted(near, key=lambda item: item[:2])]


def choose(fits: Sequence[Fit], *, margin: float = MARGIN) -> Fit | None:
    """The fit with the fewest parameters among those within `margin` AICc units of the best that the seeds do
    not refute (`REFUTED`; of all of them, if they refute all); of equals, the best.

    With few cells AICc cannot tell a law with one parameter more, however surely the seeds of each cell miss
    the law without it. A law that is chosen may be refuted still: see its `lack_of_fit`.

    None if nothing converged, or if the design cannot tell: another family has as few parameters and, to
    1e-6, the same AICc (as kd and k^2 d have where only d varies).
    """
    near = plausible(fits, margin=margin)
    near = [fit for fit in near if fit.lack_of_fit is None or fit.lack_of_fit >= REFUTED] or near
    if not near:
        return None
    first = near[0]
    for other in near[1:]:
        same = other.size == first.size and abs((other.aicc or 0) - (first.aicc or 0)) < 1e-6
        if same and other.family != first.family:
            return None
    return first
