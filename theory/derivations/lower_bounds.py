"""The formulas of the lower bounds, derived in sympy: divergence, alignments, least risk, oracles."""

from typing import Any

import sympy as sp

SNR, SIGMA, ANGLE, COSINE = sp.symbols("s sigma alpha c", positive=True)
DIMENSION, PATCHES, SAMPLES, PATCH_DIMENSION = sp.symbols("D k n d", positive=True)
BIAS, THETA, U = sp.symbols("beta theta u", positive=True)
_X, _LAMBDA, _NORM = sp.symbols("x lambda r", positive=True)


def _gaussian_mean(expression: sp.Expr, variable: sp.Symbol, mean: sp.Expr | int, variance: sp.Expr | int):
    """E expression for `variable` ~ N(mean, variance)."""
    density = sp.exp(-((variable - mean) ** 2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)
    return sp.simplify(sp.integrate(expression * density, (variable, -sp.oo, sp.oo)))


def static_divergence() -> sp.Expr:
    """KL(U o SSD_t || V o SSD_t), in the plane of U mu_t = (1, 0) and V mu_t = (cos alpha, sin alpha), y = 1.

    The coordinates orthogonal to the plane have the same law, and y = -1 is the mirror image.
    """
    x, z = sp.symbols("x z", real=True)
    squares = (x - sp.cos(ANGLE)) ** 2 + (z - sp.sin(ANGLE)) ** 2 - (x - 1) ** 2 - z**2
    log_ratio = sp.expand(squares / (2 * SIGMA**2))
    over_z = _gaussian_mean(log_ratio, z, 0, SIGMA**2)
    return sp.simplify(_gaussian_mean(sp.expand(over_z), x, 1, SIGMA**2))


def mean_cosine_integrand() -> sp.Expr:
    """Integrand over theta in (0, pi/2) of E cos: from 1/|X| = (2 / sqrt pi) int_0^inf exp(-l^2 |X|^2) dl.

    X_1 ~ N(s, 1) gives E X_1 exp(-l^2 X_1^2), every other coordinate (1 + 2 l^2)^{-1/2}; then
    2 l^2 = tan^2 theta.
    """
    x = sp.symbols("x", real=True)
    first = _gaussian_mean(x * sp.exp(-(_LAMBDA**2) * x**2), x, SNR, 1)
    others = (1 + 2 * _LAMBDA**2) ** (-(DIMENSION - 1) / 2)
    size = sp.tan(THETA) / sp.sqrt(2)
    inner = (2 / sp.sqrt(sp.pi) * first * others).subs(_LAMBDA, size) * sp.diff(size, THETA)
    return _in_cosine(inner)


def mean_squared_cosine_integrand() -> sp.Expr:
    """Integrand over u in (0, 1) of E cos^2: from 1/|X|^2 = int_0^inf exp(-l |X|^2) dl and 1 + 2 l = u^-2."""
    x = sp.symbols("x", real=True)
    first = _gaussian_mean(x**2 * sp.exp(-_LAMBDA * x**2), x, SNR, 1)
    others = (1 + 2 * _LAMBDA) ** (-(DIMENSION - 1) / 2)
    size = (U**-2 - 1) / 2
    return sp.simplify(sp.powsimp((first * others).subs(_LAMBDA, size) * -sp.diff(size, U), force=True))


def _in_cosine(expression: sp.Expr) -> sp.Expr:
    """A function of tan theta written in u = cos theta > 0, simplified, and back."""
    in_u = expression.rewrite(sp.tan).subs(sp.tan(THETA), sp.sqrt(1 - U**2) / U)
    return sp.simplify(sp.powsimp(sp.simplify(in_u), force=True)).subs(U, sp.cos(THETA))


def log_likelihood_ratio() -> sp.Expr:
    """log p(x | v) - log p(x) for X = s v + N(0, I), v uniform: s <x, v> - log Z(s |x|).

    In terms of r = |x| and c = cos(x, v); the integral of p(x | v) over v brings Z. Its mean is the mutual
    information, with E <X, v> = s.
    """
    normaliser = sp.Function("Z")
    given = -(_NORM**2 - 2 * SNR * _NORM * COSINE + SNR**2) / 2
    marginal = -(_NORM**2 + SNR**2) / 2 + sp.log(normaliser(SNR * _NORM))
    return sp.expand(given - marginal)


def least_risk() -> tuple[Any, Any]:
    """(least risk over the norm, slope of B^2/A in c up to a factor 2B/A^2 > 0).

    The risk is s^2 A - 2 s B + 1. The second is P A - B^2, P = P(|z| > beta): from B' = P and A' = 2 B, which
    the closed forms of the soft threshold's moments confirm.
    """
    a, b, p, scale = sp.symbols("A B P scale", positive=True)
    risk = scale**2 * a - 2 * scale * b + 1
    best = sp.solve(sp.diff(risk, scale), scale)[0]
    first, second, passed = _soft_threshold_moments()
    if (
        sp.simplify(sp.diff(first, COSINE) - passed) != 0
        or sp.simplify(sp.diff(second, COSINE) - 2 * first) != 0
    ):
        raise ArithmeticError("the derivatives of the soft threshold's moments are not P and 2 B")
    signal, power = sp.Function("B")(COSINE), sp.Function("A")(COSINE)
    slope = sp.diff(signal**2 / power, COSINE)
    slope = slope.subs([(sp.diff(signal, COSINE), p), (sp.diff(power, COSINE), 2 * signal)])
    slope = slope.subs([(signal, b), (power, a)])
    return sp.simplify(risk.subs(scale, best)), sp.factor(sp.simplify(slope * a**2 / (2 * b)))


def _soft_threshold_moments() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """E phi, E phi^2 and P(|z| > beta) for z ~ N(c, sigma^2), by the integrals over both tails."""

    def cdf(r):
        return (1 + sp.erf(r / sp.sqrt(2))) / 2

    def tail(mean):
        r = mean / SIGMA
        pdf = sp.exp(-(r**2) / 2) / sp.sqrt(2 * sp.pi)
        return (
            mean * cdf(r) + SIGMA * pdf,
            (mean**2 + SIGMA**2) * cdf(r) + mean * SIGMA * pdf,
            cdf(r),
        )

    upper, lower = tail(COSINE - BIAS), tail(-COSINE - BIAS)
    return upper[0] - lower[0], upper[1] + lower[1], upper[2] + lower[2]


def antipodal_posterior_mean() -> sp.Expr:
    """E[y | z] for z = y h + N(0, 1): the difference of the two likelihoods over their sum."""
    h, z = sp.symbols("h z", real=True)
    plus, minus = (sp.exp(-((z - sign * h) ** 2) / 2) for sign in (1, -1))
    return sp.simplify(((plus - minus) / (plus + minus)).rewrite(sp.exp).simplify().rewrite(sp.tanh))


def oracle_error_expansion() -> sp.Expr:
    """E |estimate - mu|^2 / (sigma^2 D) to second order in 1/n: of E 1/N, N ~ Binomial(n, 1/k), about n/k."""
    count, mean = sp.symbols("N mu", positive=True)
    variance = SAMPLES / PATCHES * (1 - 1 / PATCHES)
    expansion = 1 / mean + sp.diff(1 / count, count, 2).subs(count, mean) * variance / 2
    return sp.expand(sp.simplify(expansion.subs(mean, SAMPLES / PATCHES)))


def binary_exponent() -> tuple[sp.Expr, sp.Expr]:
    """log 2 - h((1 - c)/2) and its series in c, whose first term is c^2/2."""
    distance = (1 - COSINE) / 2
    entropy = -distance * sp.log(distance) - (1 - distance) * sp.log(1 - distance)
    exponent = sp.log(2) - entropy
    return exponent, sp.series(exponent, COSINE, 0, 6).removeO()
