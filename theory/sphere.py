"""Uniform points on the unit sphere of R^D: caps, von Mises-Fisher normaliser, alignment of noisy directions.

Everything is float64, vectorised in its last argument, and exact to rounding (the tests say how far). The
dimension D is that of the space, so that the sphere of D = 1 is {-1, +1} and that of D = 2 the circle.
"""

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike
from scipy.special import betaincc, betaln, gammaln, ive

from theory.validation import FloatArray, finite_array, nonnegative_array, positive_integer

# Gauss-Legendre nodes for the two integrals of a bell that is cut where it has fallen by exp(-45).
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_CUT = 45.0
# Up to this value of kappa^2 / 2D the normaliser is its power series, whose later terms are below rounding.
_SERIES_REACH, _SERIES_TERMS = 50.0, 200
# From this order on the Debye expansion with the polynomials below is exact to 1e-13.
_DEBYE_ORDER = 50.0
DEBYE = (
    Polynomial([0, 3, 0, -5]) / 24,
    Polynomial([0, 0, 81, 0, -462, 0, 385]) / 1152,
    Polynomial([0, 0, 0, 30375, 0, -369603, 0, 765765, 0, -425425]) / 414720,
    Polynomial([0, 0, 0, 0, 4465125, 0, -94121676, 0, 349922430, 0, -446185740, 0, 185910725]) / 39813120,
)
"""U_1 to U_4 of DLMF 10.41.10, in p = 1 / sqrt(1 + (kappa / nu)^2)."""


def _cosines(cosine: ArrayLike) -> FloatArray:
    cosine = finite_array("cosine", cosine)
    if np.any(np.abs(cosine) > 1):
        raise ValueError("cosine: holds a number outside [-1, 1]; allowed: cosines")
    return cosine


def cap(dimension: int, cosine: ArrayLike) -> FloatArray:
    """P(<u, v> >= cosine) for u uniform on the unit sphere of R^dimension and any unit vector v.

    As <u, v>^2 ~ Beta(1/2, (D - 1)/2), it is (1 - I_{c^2}(1/2, (D - 1)/2)) / 2 for c >= 0 (regularised
    incomplete beta), and one minus the cap of -c below (Li 2011, "Concise formulas for the area and volume of
    a hyperspherical cap").

    >>> round(float(cap(3, 0.5)), 12)
    0.25
    """
    dimension, cosine = positive_integer("dimension", dimension), _cosines(cosine)
    if dimension == 1:
        return np.where(cosine > -1, 0.5, 1.0)[()]
    half = 0.5 * betaincc(0.5, 0.5 * (dimension - 1), cosine**2)
    return np.where(cosine >= 0, half, 1 - half)[()]


def log_cap(dimension: int, cosine: ArrayLike) -> FloatArray:
    """log of `cap`, also where the cap is far below the smallest double; -inf at cosine = 1, D > 1.

    Where the incomplete beta function underflows its continued fraction (DLMF 8.17.22) is taken, with the
    power in front of it in logarithms.
    """
    dimension, cosine = positive_integer("dimension", dimension), _cosines(cosine)
    value = np.asarray(cap(dimension, cosine))
    tiny = value < 1e-280
    with np.errstate(divide="ignore"):
        result = np.where(cosine < 0, np.log1p(-np.asarray(cap(dimension, -cosine))), np.log(value))
    if np.any(tiny):
        a, c = 0.5 * (dimension - 1), np.where(tiny, cosine, 0.9)
        x = (1 - c) * (1 + c)
        with np.errstate(divide="ignore"):
            power = a * np.log(x) + np.log(c) - np.log(a) - betaln(a, 0.5)
        result = np.where(tiny, power - np.log(2) + np.log(_beta_fraction(a, 0.5, x)), result)
    return result[()]


def _beta_fraction(a: float, b: float, x: FloatArray) -> FloatArray:
    """The continued fraction F of I_x(a, b) = x^a (1 - x)^b F / (a B(a, b)), bottom up.

    x lies far below the mean a / (a + b) wherever this is used, so that 400 levels are plenty.
    """
    fraction = np.ones_like(x)
    for m in range(200, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        fraction = 1 + odd / (1 + even / fraction)
    return 1 / fraction


def _bell(decay: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Angles in (0, pi/2) and weights, last axis new, for integrands that fall as exp(-decay sin^2)."""
    with np.errstate(divide="ignore"):
        reach = np.arcsin(np.sqrt(np.minimum(1.0, _CUT / decay)))
    half = 0.5 * np.asarray(reach)[..., None]
    return half * (1 + _NODES), half * _WEIGHTS


def mean_cosine(dimension: int, snr: ArrayLike) -> FloatArray:
    """E cos of the angle between X ~ N(snr e_1, I_D) and e_1, for snr >= 0 of any shape.

    With s = snr it is (s / sqrt 2) Gamma((D + 1)/2) / Gamma(D/2 + 1) 1F1(1/2; D/2 + 1; -s^2/2), by Euler's
    integral  s sqrt(2/pi) int_0^{pi/2} exp(-(s^2/2) sin^2 a) cos^D a da: no term changes sign. Derived in
    `theory.derivations.lower_bounds`.

    >>> mean_cosine(1, 0.0), bool(abs(mean_cosine(1, 1.0) - 0.682689492137086) < 1e-14)
    (np.float64(0.0), True)
    """
    dimension, snr = positive_integer("dimension", dimension), nonnegative_array("snr", snr)
    exponent = 0.5 * snr**2
    angle, weight = _bell(exponent + 0.5 * dimension)
    # log cos^D through log1p, as cos is near 1 wherever D is large.
    logs = -exponent[..., None] * np.sin(angle) ** 2 + 0.5 * dimension * np.log1p(-(np.sin(angle) ** 2))
    return (snr * np.sqrt(2 / np.pi) * np.sum(weight * np.exp(logs), axis=-1))[()]


def mean_squared_cosine(dimension: int, snr: ArrayLike) -> FloatArray:
    """E cos^2 of the angle between X ~ N(snr e_1, I_D) and e_1, for snr >= 0 of any shape.

    |X|^2 and X_1^2 are Poisson mixtures of chi-squares: E (1 + 2J) / (D + 2J) with J ~ Poisson(s^2/2),
    s = snr, which is the integral  int_0^1 u^{D-1} (1 + s^2 u^2) exp(-(s^2/2)(1 - u^2)) du. Derived in
    `theory.derivations.lower_bounds`.

    >>> round(float(mean_squared_cosine(7, 0.0)), 14) == round(1 / 7, 14)
    True
    """
    dimension, snr = positive_integer("dimension", dimension), nonnegative_array("snr", snr)
    exponent = 0.5 * snr**2
    angle, weight = _bell(exponent + 0.5 * (dimension - 1))
    sine_squared = np.sin(angle) ** 2
    logs = -exponent[..., None] * sine_squared + 0.5 * (dimension - 1) * np.log1p(-sine_squared)
    factor = np.sin(angle) * (1 + snr[..., None] ** 2 * (1 - sine_squared))
    return np.sum(weight * factor * np.exp(logs), axis=-1)[()]


def log_vmf_normaliser(dimension: int, kappa: ArrayLike) -> FloatArray:
    """log E exp(kappa u_1) for u uniform on the unit sphere of R^dimension, kappa >= 0 of any shape.

    It is log 0F1(; D/2; kappa^2/4) = log [Gamma(D/2) (2/kappa)^nu I_nu(kappa)], nu = D/2 - 1: the constant of
    the von Mises-Fisher law against the uniform one. Three ranges: the power series, whose terms are all
    positive, for kappa^2 <= 100 D; the scaled Bessel function for nu < 50; Debye's uniform expansion beyond
    (DLMF 10.41.3), where the Bessel function itself may leave the doubles. Relative error below 1e-9 for
    D <= 1e5 and kappa <= 1e7.

    >>> round(float(log_vmf_normaliser(1, 3.0) - np.log(np.cosh(3.0))), 12)
    0.0
    """
    dimension, kappa = positive_integer("dimension", dimension), nonnegative_array("kappa", kappa)
    order = 0.5 * dimension - 1
    series = kappa**2 <= 2 * _SERIES_REACH * dimension
    result = _log_series(0.5 * dimension, np.where(series, kappa, 0.0))
    if not np.all(series):
        large = np.where(series, 2 * _SERIES_REACH * dimension, kappa)
        bessel = np.log(ive(order, large)) + large if order < _DEBYE_ORDER else _log_debye(order, large)
        far = gammaln(order + 1) - order * np.log(0.5 * large) + bessel
        result = np.where(series, result, far)
    return result[()]


def _log_series(b: float, kappa: FloatArray) -> FloatArray:
    """log sum_j (kappa^2/4)^j / (j! (b)_j)."""
    term, total = np.ones_like(kappa), np.zeros_like(kappa)
    for j in range(1, _SERIES_TERMS + 1):
        term = term * (0.25 * kappa**2) / (j * (b + j - 1))
        total = total + term
        if np.all(term <= 1e-17 * total):
            break
    return np.log1p(total)


def _log_debye(order: float, kappa: FloatArray) -> FloatArray:
    """log I_nu(kappa) for large nu, with the polynomials of `DEBYE`."""
    ratio = kappa / order
    root = np.sqrt(1 + ratio**2)
    p = 1 / root
    correction = sum(u(p) / order ** (j + 1) for j, u in enumerate(DEBYE))
    # eta = root + log(ratio / (1 + root))
    return (
        order * (root + np.log(ratio / (1 + root)))
        - 0.5 * np.log(2 * np.pi * order)
        - 0.5 * np.log(root)
        + np.log1p(correction)
    )
