"""Moments of the cosine between a Gaussian vector of block-diagonal covariance and a fixed direction."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gamma

from theory.validation import FloatArray, finite_array, nonnegative_array

# lambda = exp(2x - 2e^{-x}) / E|Y|^2: below the first x the integrand is under 1e-16 of its peak; up to the
# last one lambda grows to 1e14 / E|Y|^2, so that blocks of very different size are all resolved.
_FIRST, _LAST = -3.6, 16.0
STEP = 0.1


def cosine_moment(
    power: int,
    *,
    target: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    dimension: ArrayLike,
    step: float = STEP,
) -> FloatArray:
    """E (<u, Y> / |Y|)^power for power 1 or 2, Y Gaussian in blocks of coordinates, u a unit vector.

    target, mean, variance: (..., blocks), broadcast against each other. Block i has dimension[i] >= 0
    coordinates of variance variance[..., i] >= 0, and both u and E Y point along the first of them, with the
    components target[..., i] and mean[..., i]; a block of dimension 0 needs mean and target 0. dimension:
    (blocks,), whole numbers. Returns (...). ValueError where E|Y|^2 = 0, or where E|Y|^2 has one coordinate
    with variance only, whose sign has no quadrature.

    From |Y|^{-p} = int_0^inf lambda^{p/2-1} exp(-lambda |Y|^2) dlambda / Gamma(p/2) and the Gaussian
    integrals of y^p exp(-lambda y^2) (derived in `theory.derivations.first_step`), by a trapezoidal sum over
    x; absolute error about 1e-10 at the default step for two dimensions and more.
    """
    if power not in (1, 2):
        raise ValueError(f"power: got {power!r}; allowed: 1 or 2")
    target, mean = finite_array("target", target), finite_array("mean", mean)
    variance, dimension = nonnegative_array("variance", variance), nonnegative_array("dimension", dimension)
    target, mean, variance = np.broadcast_arrays(target, mean, variance)
    if dimension.shape != target.shape[-1:]:
        raise ValueError(f"dimension: got shape {dimension.shape}; allowed: {target.shape[-1:]}")
    if dimension.sum() < 2:
        raise ValueError("dimension: the blocks have fewer than 2 coordinates in all; allowed: 2 or more")
    scale = np.sum(mean**2 + dimension * variance, axis=-1)
    if np.any(scale <= 0):
        raise ValueError("mean: the vector is 0 with probability 1; allowed: a vector that has a direction")
    # In units of the root mean square length.
    m, v = mean / np.sqrt(scale)[..., None], variance / scale[..., None]
    total = np.zeros(scale.shape)
    for x in np.arange(_FIRST, _LAST, step):
        size = np.exp(2 * (x - np.exp(-x)))
        shrink = 1 / (1 + 2 * size * v)
        log_weight = np.sum(0.5 * dimension * np.log(shrink) - size * m**2 * shrink, axis=-1)
        moment = np.sum(target * m * shrink, axis=-1)
        if power == 2:
            moment = moment**2 + np.sum(target**2 * v * shrink, axis=-1)
        total += size ** (0.5 * power) * 2 * (1 + np.exp(-x)) * moment * np.exp(log_weight)
    # The sum may pass a cosine of 1 by its error.
    return np.clip(step * total / gamma(0.5 * power), -1.0 if power == 1 else 0.0, 1.0)[()]
