"""How much a patch costs beside a coordinate: the weight rho in n* = a sigma^2 (d + rho k)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import t as student_t

from sims.errors import require
from sims.estimate import Estimate
from sims.fits.fit import FitStatus, fit_family
from sims.fits.observation import Observation

_LARGEST = 1e4
"""Weights beyond this are not told from infinity, n* ~ k alone."""
_GRID = np.concatenate([[0.0], np.geomspace(1e-3, _LARGEST, 36)])


@dataclass(frozen=True, kw_only=True)
class PatchWeight:
    """The fitted weight rho: 0 for n* ~ sigma^2 d, 1 for n* ~ sigma^2 (k + d); and what tests of it need.

    estimate: with a 95 % profile-likelihood interval, t-corrected; its high end is None where weights up to
    10^4 are not excluded. amplitude: a sigma^2 at `noise`, the geometric mean of the observations' sigma.
    """

    estimate: Estimate
    amplitude: float
    noise: float
    observations: tuple[Observation, ...]
    log_likelihood: float
    degrees: int

    def tails(self, weight: float) -> tuple[float, float]:
        """p-values of "rho is below `weight`" and "above", by Student's t on the profile likelihood."""
        require(weight >= 0, "weight", weight, "a number >= 0")
        ratio = 2 * max(self.log_likelihood - _profile(self.observations, weight), 0.0)
        seen = self.degrees + 2
        size = math.sqrt(self.degrees * math.expm1(ratio / seen))
        t = size if (self.estimate.best or 0.0) > weight else -size
        return float(student_t.cdf(t, self.degrees)), float(student_t.sf(t, self.degrees))


def _profile(observations: Sequence[Observation], weight: float) -> float:
    """Largest log-likelihood at this weight; -inf if the fit fails.

    One patch of d + rho k coordinates has the shape kd = d + rho k, whose amplitude alone is fitted.
    """
    moved = [replace(o, k=1.0, d=o.d + weight * o.k) for o in observations]
    fit = fit_family(moved, "kd", intervals=False)
    return fit.log_likelihood if fit.log_likelihood is not None else -math.inf


def patch_weight(observations: Sequence[Observation], *, level: float = 0.95) -> PatchWeight | None:
    """Maximum-likelihood rho >= 0 in n* = a sigma^2 (d + rho k), the seeds log-normal about it.

    None if fewer than two cells with different k/d have a seed that is not censored, or nothing can be
    fitted.
    """
    seen = [o for o in observations if not o.censored]
    if len({o.k / o.d for o in seen}) < 2 or len(seen) < 4:
        return None
    values = np.array([_profile(observations, weight) for weight in _GRID])
    if not np.isfinite(values).any():
        return None
    place = int(np.argmax(values))
    around = _GRID[max(place - 1, 0)], _GRID[min(place + 1, len(_GRID) - 1)]
    found = minimize_scalar(
        lambda weight: -_profile(observations, weight),
        bounds=around,
        method="bounded",
        options={"xatol": 1e-5},
    )
    best, value = (
        (float(found.x), -float(found.fun))
        if -found.fun > values[place]
        else (
            float(_GRID[place]),
            float(values[place]),
        )
    )
    degrees = len(seen) - 2
    quantile = float(student_t.ppf((1 + level) / 2, degrees))
    drop = len(seen) * math.log1p(quantile**2 / degrees) / 2

    def short(weight: float) -> float:
        return _profile(observations, weight) - (value - drop)

    low = 0.0 if best == 0 or short(0.0) >= 0 else float(brentq(short, 0.0, best, xtol=1e-5))
    high = None if short(_LARGEST) >= 0 else float(brentq(short, best, _LARGEST, xtol=1e-4))
    fit = fit_family([replace(o, k=1.0, d=o.d + best * o.k) for o in observations], "kd", intervals=False)
    if fit.status is not FitStatus.CONVERGED:
        return None
    amplitude = fit.parameters["a"]
    assert amplitude is not None
    assert amplitude.best is not None
    method = f"profile likelihood over {len(observations)} seeds, {100 * level:g} % interval, t-corrected"
    return PatchWeight(
        estimate=Estimate(low, best, high, method),
        amplitude=amplitude.best,
        noise=float(np.exp(np.mean([math.log(o.sigma) for o in observations]))),
        observations=tuple(observations),
        log_likelihood=value,
        degrees=degrees,
    )
