"""Law of the alignment C = cos angle(X, e_1), X ~ N(snr e_1, I_D): what a mean knows of a signal.

The mean of n observations v + N(0, sigma^2 I) of a unit vector v has this alignment with v, with
snr = sqrt(n) / sigma, and its direction is the mode of the posterior under a uniform prior on v.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc, gammaln, ndtr

from theory.validation import FloatArray, finite_array, nonnegative_array, positive_integer

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)
# A Gaussian or chi variable is farther than this from its centre with a probability below 1e-19.
_REACH = 9.5


def alignment_exceeds(dimension: int, snr: ArrayLike, cosine: ArrayLike) -> FloatArray:
    """P(C >= cosine) for snr >= 0 and a cosine in [-1, 1]; broadcasts. Absolute error about 1e-13.

    X_1 = snr + g and |X_rest| = r ~ chi_{D-1} are independent, and for c > 0 the event is
    X_1 >= r c / sqrt(1 - c^2): the mean over r of Phi(snr - r c / sqrt(1 - c^2)), or the mean over g of the
    chi-squared law, whichever integrand is the flatter. For c < 0 the complement is the event of -c at -snr.
    At snr = 0 it is the cap of the sphere. Derived.
    """
    dimension = positive_integer("dimension", dimension)
    snr, cosine = np.broadcast_arrays(nonnegative_array("snr", snr), finite_array("cosine", cosine))
    if np.any(np.abs(cosine) > 1):
        raise ValueError("cosine: holds a number outside [-1, 1]; allowed: cosines")
    if dimension == 1:
        return np.where(cosine > -1, ndtr(snr), 1.0)[()]
    upper = _upper(dimension, np.where(cosine < 0, -snr, snr), np.abs(cosine))
    return np.where(cosine < 0, 1 - upper, upper)[()]


def _upper(dimension: int, shift: FloatArray, cosine: FloatArray) -> FloatArray:
    """P(shift + g >= r c / sqrt(1 - c^2)) for c >= 0 and a shift of either sign."""
    sine = np.sqrt((1 - cosine) * (1 + cosine))
    steep = cosine > sine
    result = np.empty(shift.shape)
    result[~steep] = _over_radius(dimension, shift[~steep], cosine[~steep] / sine[~steep])
    result[steep] = _over_signal(dimension, shift[steep], sine[steep] / cosine[steep])
    return result


def _over_radius(dimension: int, shift: FloatArray, slope: FloatArray) -> FloatArray:
    """E Phi(shift - slope r), r ~ chi_{D-1}."""
    centre = np.sqrt(dimension - 1)
    low, high = max(centre - _REACH, 0.0), centre + _REACH
    r = low + 0.5 * (high - low) * (1 + _NODES)
    m = dimension - 1
    logs = (m - 1) * np.log(r) - 0.5 * r**2 - gammaln(0.5 * m) - (0.5 * m - 1) * np.log(2)
    mass = 0.5 * (high - low) * _WEIGHTS * np.exp(logs)
    return ndtr(shift[..., None] - slope[..., None] * r) @ mass


def _over_signal(dimension: int, shift: FloatArray, slope: FloatArray) -> FloatArray:
    """E P(r <= slope (shift + g)_+), g ~ N(0, 1), from the point on at which the positive part begins."""
    low = np.clip(-shift, -_REACH, _REACH)[..., None]
    g = low + 0.5 * (_REACH - low) * (1 + _NODES)
    mass = 0.5 * (_REACH - low) * _WEIGHTS * np.exp(-0.5 * g**2) / np.sqrt(2 * np.pi)
    radius = slope[..., None] * np.maximum(shift[..., None] + g, 0.0)
    return np.sum(mass * gammainc(0.5 * (dimension - 1), 0.5 * radius**2), axis=-1)
