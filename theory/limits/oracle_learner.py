"""The LCN that is told the patch of every sample: upper bounds on its probability of success.

Patch t has n_t samples, (n_1, ..., n_k) multinomial, and its filter does best along their mean: the cosine
C_t has the law of `theory.dsd.alignment_law` at snr = sqrt(n_t) / sigma, and success means that the mean over
t of `least_risk`(C_t) is at most the target. Every rounding here is towards success.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.signal import fftconvolve
from scipy.special import bdtr, pdtr, pdtrc

from theory.dsd.alignment_law import alignment_exceeds
from theory.dsd.required_alignment import least_risk
from theory.limits.bound import log_chernoff
from theory.sphere import log_cap
from theory.validation import FloatArray

# Cells of the angle between 0 and pi/2, in which the risk is rounded down to its least.
_ANGLES = np.linspace(0.0, 0.5 * np.pi, 401)
# Cells of the sum of the patches' risks between 0 and k times the target, rounded down.
_CELLS = 2000
# Probability that quadrature may have missed.
_DOUBT = 1e-11
# Means of the Poisson total, in root-n steps above n, of which the best is taken.
_EXCESS = np.array([0.0, 0.5, 1.0, 1.5, 2.0])


@lru_cache(maxsize=256)
def cell_risks(k: int, sigma: float, unit_norm: bool = False) -> FloatArray:
    """`least_risk` at the inner end of every angular cell, where it is least; last the 1 beyond pi/2."""
    return np.append(least_risk(k, sigma, np.cos(_ANGLES[:-1]), unit_norm=unit_norm), 1.0)


def log_chance_law(d: int) -> FloatArray:
    """Log probabilities of the angular cells for a filter that knows no sample, from the logs of caps."""
    logs = np.asarray(log_cap(d, np.clip(np.cos(_ANGLES), 0.0, 1.0)))
    inside = np.minimum(np.exp(logs[:-1] - logs[1:]), 1.0)
    with np.errstate(divide="ignore"):
        return np.append(logs[1:] + np.log1p(-inside), -np.log(2))


@lru_cache(maxsize=4096)
def cell_law(d: int, sigma: float, size: int) -> FloatArray:
    """Probabilities of the angular cells for the mean of `size` samples; last that of an angle > pi/2.

    They are right to an absolute 1e-13; a mass of 1e-11 more counts as perfect knowledge, so that no rounding
    takes from the chance of success.
    """
    exceeds = alignment_exceeds(d, math.sqrt(size) / sigma, np.clip(np.cos(_ANGLES), 0.0, 1.0))
    law = np.append(np.maximum(np.diff(exceeds), 0.0), max(1 - exceeds[-1], 0.0))
    law[0] += _DOUBT
    return law


def log_chance_after(
    n: int, k: int, d: int, sigma: float, target: float, *, unit_norm: bool = False
) -> float:
    """Upper bound on log P(success | n samples): the lesser of Chernoff's bound and of the Poisson one.

    unit_norm: filters have norm at most 1.

    Chernoff: n_t ~ Binomial(n, 1/k) are negatively associated and E exp(-s risk) grows with n_t, so that the
    mean of the product over t is at most the product of the means (Joag-Dev and Proschan 1983). Poisson: with
    a Poisson(m) number of samples the patches are independent, and their sum is a k-fold convolution; success
    never falls with the number of samples, so P(success | n) <= P(success | Poisson m) / P(Poisson m >= n),
    for every m.
    """
    risks = cell_risks(k, sigma, unit_norm)
    mixture = _mixture(d, sigma, n / k, n, lambda sizes: bdtr(sizes, n, 1 / k))
    with np.errstate(divide="ignore"):
        log_chance = log_chernoff(k, target, risks, np.log(mixture))
    for excess in _EXCESS:
        mean = n + excess * math.sqrt(n) + excess**2 / 4
        laws = _mixture(d, sigma, mean / k, None, lambda sizes, rate=mean / k: pdtr(sizes, rate))
        chance = _sum_below(k, target, risks, laws)
        enough = float(pdtrc(n - 1, mean)) if n > 0 else 1.0
        log_chance = min(log_chance, math.log(max(chance, 1e-300) / enough))
    return log_chance


def _sizes(largest: int) -> list[int]:
    """0, 1, ..., 40 and then steps of 4 %, up to `largest`: to these the number of samples is rounded up."""
    sizes = list(range(min(largest, 40) + 1))
    while sizes[-1] < largest:
        sizes.append(min(largest, math.ceil(1.04 * sizes[-1])))
    return sizes


def _mixture(d: int, sigma: float, mean: float, most: int | None, below) -> FloatArray:
    """`cell_law` averaged over a random size with this mean and distribution function."""
    reach = math.ceil(mean + 12 * math.sqrt(mean) + 20)
    sizes = _sizes(reach if most is None else min(reach, most))
    distribution = np.asarray(below(np.asarray(sizes, np.float64)), np.float64)
    law = np.zeros(len(_ANGLES))
    for size, mass in zip(sizes, np.diff(distribution, prepend=0.0), strict=True):
        if mass > 0:
            law += mass * cell_law(d, sigma, size)
    # What lies beyond the reach counts as perfect knowledge.
    law[0] += max(1 - distribution[-1], 0.0)
    return law


def _sum_below(k: int, target: float, risks: FloatArray, law: FloatArray) -> float:
    """P(sum of k independent risks <= k target), every risk rounded down to a multiple of k target / 2000."""
    cells = np.floor(risks / (k * target) * _CELLS).astype(int)
    kept = cells <= _CELLS
    single = np.bincount(cells[kept], weights=law[kept], minlength=_CELLS + 1)
    total, power = np.zeros(_CELLS + 1), k
    total[0] = 1.0
    while power:
        if power & 1:
            total = np.maximum(fftconvolve(total, single)[: _CELLS + 1], 0.0)
        single = np.maximum(fftconvolve(single, single)[: _CELLS + 1], 0.0)
        power >>= 1
    return min(1.0, float(total.sum()))
