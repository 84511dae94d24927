"""The soft threshold of a Gaussian variable: its moments, and its characteristic function."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, wofz

from theory.validation import FloatArray


def rectified_moments(mean: ArrayLike, std: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """E ReLU(u) and E ReLU(u)^2 for u ~ N(mean, std^2), std >= 0; broadcasts.

    With r = mean / std:  mean Phi(r) + std phi(r)  and  (mean^2 + std^2) Phi(r) + mean std phi(r).
    Derived by parts.
    """
    mean, std = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(std, np.float64))
    # std = 0 is the point mass: r -> +-inf, where Phi is 0 or 1 and phi is 0.
    r = np.where(std > 0, mean / np.where(std > 0, std, 1.0), np.copysign(np.inf, mean))
    cdf, pdf = ndtr(r), np.exp(-0.5 * r * r) / np.sqrt(2 * np.pi)
    first = mean * cdf + std * pdf
    second = (mean**2 + std**2) * cdf + mean * std * pdf
    # Far below zero both are differences of nearly equal terms and may round to just under 0.
    return np.maximum(first, 0.0), np.maximum(second, 0.0)


def soft_threshold_moments(mean: ArrayLike, std: ArrayLike, bias: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """E phi_b(z) and E phi_b(z)^2 for z ~ N(mean, std^2) and b = bias >= 0; broadcasts.

    phi_b(z) = ReLU(z - b) - ReLU(-z - b). For b >= 0 the two halves are never active together, so that
    the second moment has no cross term. Derived.
    """
    mean, bias = np.asarray(mean, np.float64), np.asarray(bias, np.float64)
    upper = rectified_moments(mean - bias, std)
    lower = rectified_moments(-mean - bias, std)
    return upper[0] - lower[0], upper[1] + lower[1]


def _upper_part(t: FloatArray, mean: float, std: float, bias: float) -> NDArray[np.complex128]:
    """E[exp(it(z - b)); z > b] for z ~ N(mean, std^2), by the Faddeeva function w.

    With c = b - mean it is exp(-c^2 / 2 std^2) w((t std^2 + ic) / (sqrt2 std)) / 2. For c < 0 the function
    w overflows, and w(z) = 2 exp(-z^2) - w(-z) is put in by hand.
    """
    c = bias - mean
    z = (t * std**2 + 1j * c) / (np.sqrt(2) * std)
    scale = 0.5 * np.exp(-0.5 * (c / std) ** 2)
    if c >= 0:
        return scale * wofz(z)
    return np.exp(-1j * t * c - 0.5 * (t * std) ** 2) - scale * wofz(-z)


def soft_threshold_cf(t: FloatArray, mean: float, std: float, bias: float) -> NDArray[np.complex128]:
    """E exp(it phi_b(z)) for z ~ N(mean, std^2), std > 0, b = bias >= 0, at real t of any shape. Derived.

    Three parts: the atom P(|z| <= b), the upper tail, and the lower tail, which is the conjugate of the
    upper tail of -z.
    """
    atom = ndtr((bias - mean) / std) - ndtr((-bias - mean) / std)
    return atom + _upper_part(t, mean, std, bias) + np.conj(_upper_part(t, -mean, std, bias))
