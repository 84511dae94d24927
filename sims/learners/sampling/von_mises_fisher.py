"""The von Mises-Fisher law on the unit sphere, density proportional to exp(kappa <mean, v>): draws, and its
normaliser as a table.
"""

import functools
import math

import numpy as np
from scipy.interpolate import CubicSpline

from sims.pieces.errors import NotComputed
from theory.sphere import log_vmf_normaliser

Array = np.ndarray

_KNOTS = 4096


def unit(vectors: Array) -> Array:
    """`vectors` (..., D, P) over their norms along the axis of coordinates, the last but one."""
    return vectors / np.linalg.norm(vectors, axis=-2, keepdims=True)


def cosines(rng: np.random.Generator, dimension: int, kappa: Array) -> Array:
    """<mean, v> for v von Mises-Fisher on the sphere of R^dimension, one for every kappa >= 0.

    Rejection from a transformed beta variable (Wood 1994, "Simulation of the von Mises Fisher distribution");
    on the sphere {-1, 1} of R^1 it is a sign.
    """
    if dimension == 1:
        return np.where(rng.random(kappa.shape) < 1 / (1 + np.exp(-2 * kappa)), 1.0, -1.0)
    flat, m = kappa.ravel(), dimension - 1
    b = m / (2 * flat + np.sqrt(4 * flat**2 + m**2))
    x = (1 - b) / (1 + b)
    # log(1 - x^2) from b: at large kappa x is a rounding away from 1.
    offset = flat * x + m * np.log(4 * b / (1 + b) ** 2)
    drawn, open_ = np.empty_like(flat), np.arange(flat.size)
    while open_.size:
        z, b_, x_ = rng.beta(0.5 * m, 0.5 * m, open_.size), b[open_], x[open_]
        w = (1 - (1 + b_) * z) / (1 - (1 - b_) * z)
        accepted = flat[open_] * w + m * np.log1p(-x_ * w) - offset[open_] >= np.log1p(
            -rng.random(open_.size)
        )
        drawn[open_[accepted]] = w[accepted]
        open_ = open_[~accepted]
    return drawn.reshape(kappa.shape)


def draw(rng: np.random.Generator, field: Array) -> Array:
    """Unit vectors v with density proportional to exp(<field, v>), for fields (..., D, P)."""
    dimension = field.shape[-2]
    kappa = np.linalg.norm(field, axis=-2)
    spread = rng.standard_normal(field.shape)
    # Without a field every direction will do as the pole: the law is uniform.
    mean = unit(np.where(kappa[..., None, :] > 0, field, rng.standard_normal(field.shape)))
    return around(mean, cosines(rng, dimension, kappa), spread)


def around(mean: Array, cosine: Array, spread: Array) -> Array:
    """Unit vectors at the given cosines to `mean`, towards the part of `spread` orthogonal to it."""
    cosine = cosine[..., None, :]
    if mean.shape[-2] == 1:
        return cosine * mean
    tangent = spread - mean * np.sum(mean * spread, axis=-2, keepdims=True)
    return cosine * mean + np.sqrt(np.maximum(1 - cosine**2, 0.0)) * unit(tangent)


class NormaliserTable:
    """log Z(kappa), Z(kappa) = E exp(kappa u_1) for u uniform on the sphere of R^dimension, from kappa^2.

    A cubic spline in log(1 + kappa^2 / D^2) through values of `theory.sphere.log_vmf_normaliser`, for
    prediction, which needs millions of values. Absolute error below 1e-6 for kappa up to 2e5.
    """

    def __init__(self, dimension: int, largest: float) -> None:
        self._scale = 1 / dimension**2
        knots = np.linspace(0.0, np.log1p(1.001 * largest**2 * self._scale) + 1e-3, _KNOTS)
        values = log_vmf_normaliser(dimension, dimension * np.sqrt(np.expm1(knots)))
        if not np.isfinite(values).all():
            raise NotComputed(
                f"no normaliser of the sphere in R^{dimension} up to {largest:.1g}: too little noise"
            )
        self._step = 1 / knots[1]
        # Coefficients of powers of the position inside a step, from 0 to 1.
        powers = knots[1] ** np.arange(3, -1, -1)
        self._coefficients = np.ascontiguousarray(CubicSpline(knots, values).c * powers[:, None])

    def __call__(self, kappa_squared: Array) -> Array:
        """log Z at the square roots of `kappa_squared` >= 0."""
        position = np.log1p(kappa_squared * self._scale)
        position *= self._step
        index = position.astype(np.intp)
        position -= index
        value = self._coefficients[0][index]
        for power in self._coefficients[1:]:
            value *= position
            value += power[index]
        return value


def normaliser_table(dimension: int, largest: float) -> NormaliserTable:
    """A table up to `largest` at least, the same one for all neighbouring values."""
    return _cached(dimension, math.ceil(math.log2(max(largest, 1.0))))


@functools.lru_cache(maxsize=64)
def _cached(dimension: int, exponent: int) -> NormaliserTable:
    return NormaliserTable(dimension, 2.0**exponent)
