"""The least squared risk of an LSA filter at a given alignment with the signal, and its inverse."""

import numpy as np
from numpy.typing import ArrayLike

from theory.gaussian import soft_threshold_moments
from theory.validation import FloatArray, finite_array, positive_integer, positive_real

_COARSE, _FINE, _ROUNDS = 401, 41, 5


def least_risk(k: int, sigma: float, cosine: ArrayLike, *, unit_norm: bool = False) -> FloatArray:
    """min over norm and bias of the squared risk of a CNN whose filter has this cosine with the signal.

    cosine: array in [-1, 1]. With the bias b = norm * beta the risk is s^2 A - 2 s B + 1 in the norm s, where
    B = E phi_beta(c + sigma g) and A = E phi_beta(c + sigma g)^2 + (k - 1) E phi_beta(sigma g)^2: least
    1 - B^2/A for B > 0, and 1, that of f = 0, for c <= 0. B^2/A grows with c at every beta, because
    d/dc of it has the sign of P A - B^2 >= P E phi^2 - B^2 >= 0, P = P(|c + sigma g| > beta), by
    Cauchy and Schwarz: the least risk never rises with c. Derived in `theory.derivations.lower_bounds`.

    An LCN's risk is the mean over patches of the same expression at its own filters, so it is at least the
    mean of `least_risk` at their cosines.

    unit_norm: the norm is at most 1, the class of the paper's theorems. Where B < A the best norm is inside
    and nothing changes; else it is 1, and A - 2B + 1 falls with c as well: its slope has the sign of B - P,
    and B <= B^2/A <= P there.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    cosine = finite_array("cosine", cosine)
    if np.any(np.abs(cosine) > 1):
        raise ValueError("cosine: holds a number outside [-1, 1]; allowed: cosines")
    c = np.maximum(cosine, 0.0)[..., None]
    # Beyond c + 8 sigma a threshold leaves B^2/A <= P(|z| > beta) < 2e-15 (the same inequality).
    low, high = np.zeros_like(c), c + 8 * sigma
    unit = np.linspace(0.0, 1.0, _COARSE)
    for _ in range(_ROUNDS):
        beta = low + (high - low) * unit
        gain = _gain(k, sigma, c, beta, unit_norm)
        best = np.argmax(gain, axis=-1)[..., None]
        low = np.take_along_axis(beta, np.maximum(best - 1, 0), axis=-1)
        high = np.take_along_axis(beta, np.minimum(best + 1, len(unit) - 1), axis=-1)
        unit = np.linspace(0.0, 1.0, _FINE)
    return np.where(cosine > 0, 1 - gain.max(axis=-1), 1.0)[()]


def _gain(k: int, sigma: float, c: FloatArray, beta: FloatArray, unit_norm: bool) -> FloatArray:
    """B^2 / A, or where that asks for a norm B / A above 1 and `unit_norm` forbids it, 2 B - A."""
    first, second = soft_threshold_moments(c, sigma, beta)
    _, noise = soft_threshold_moments(0.0, sigma, beta)
    power = second + (k - 1) * noise
    free = np.where(power > 0, first**2 / np.where(power > 0, power, 1.0), 0.0)
    return np.where(first > power, 2 * first - power, free) if unit_norm else free


def required_alignment(k: int, sigma: float, target: float, *, unit_norm: bool = False) -> float:
    """The least cosine of filter and signal at which some norm and bias give a CNN the squared risk `target`.

    unit_norm: some norm of at most 1. -1 if target >= 1, which f = 0 attains. Raises ValueError for a target
    that no alignment reaches.
    """
    target = positive_real("target", target)
    if target >= 1:
        return -1.0
    floor = float(least_risk(k, sigma, 1.0, unit_norm=unit_norm))
    if target < floor:
        raise ValueError(f"target: got {target:.6g}; allowed: at least {floor:.6g}, the least risk at w = w*")
    if target == floor:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(45):
        middle = 0.5 * (low + high)
        reached = float(least_risk(k, sigma, middle, unit_norm=unit_norm)) <= target
        low, high = (low, middle) if reached else (middle, high)
    return low
