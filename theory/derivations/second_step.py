"""The second step of two-step gradient descent, derived in sympy: every formula of
`theory.two_step.second_step`.

P, F, G stand for the truncated moments of order 0, 1, 2 of a patch with the signal at alignment a; P_0, 0,
G_0 for those of a patch without. For the FCN a is the response to the patch that holds the signal, and
"mean_" marks averages over the k patches.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import sympy
from sympy import Expr, exp, oo, pi, sqrt, symbols

from theory.architectures import Architecture
from theory.derivations.first_step import SIGMA, D, K, N, binomial_moment, expression

ETA_2, A, B = symbols("eta_2 a b", positive=True)
R, Q = symbols("r q", real=True)
P, F, G, P_0, G_0 = symbols("P F G P_0 G_0", positive=True)
J, J_S, J_N = symbols("J J_s J_n", nonnegative=True)
MEAN_P, MEAN_PP, MEAN_PA, MEAN_F, MEAN_FA, MEAN_G = symbols(
    "mean_P mean_PP mean_Pa mean_F mean_Fa mean_G", positive=True
)
_ZETA, _XI = symbols("zeta xi", real=True)
_GAUSS = exp(-(_ZETA**2) / 2) / sqrt(2 * pi)


def zeta() -> Expr:
    """The standard normal noise of a patch along w."""
    return _ZETA


def gauss_density() -> Expr:
    """Its density."""
    return _GAUSS


@lru_cache
def truncated_moment(power: int) -> Expr:
    """E zeta^power 1{zeta > r or zeta < -q} for zeta ~ N(0, 1), by integration over both tails.

    r = (b - a) / sigma and q = (b + a) / sigma make the event |a + sigma zeta| > b.
    """
    above = sympy.integrate(_ZETA**power * _GAUSS, (_ZETA, R, oo))
    below = sympy.integrate(_ZETA**power * _GAUSS, (_ZETA, -oo, -Q))
    return sympy.expand(sympy.simplify(above).rewrite(sympy.erfc)) + sympy.expand(
        sympy.simplify(below).rewrite(sympy.erfc)
    )


def _gaussian_average(expression: Expr) -> Expr:
    """E over xi ~ N(0, 1) of a polynomial in xi."""
    density = exp(-(_XI**2) / 2) / sqrt(2 * pi)
    return sympy.expand(sympy.integrate(sympy.expand(expression) * density, (_XI, -oo, oo)))


def _truncate(expression: Expr, moments: tuple[Expr, Expr, Expr]) -> Expr:
    """E 1{passes} of a quadratic in zeta, with the truncated moments put in for its powers."""
    coefficients = sympy.Poly(sympy.expand(expression), _ZETA).all_coeffs()[::-1]
    return sympy.expand(sum(c * m for c, m in zip(coefficients, moments, strict=False)))


@lru_cache
def squared_length(signal: bool) -> Expr:
    """E |y x_i|^2 1{passes} of a patch of d coordinates with or without the signal.

    In the frame w, (w* - a w) / |.|, rest: (a + sigma zeta, sqrt(1 - a^2) + sigma xi, sigma xi, ...), or
    without the signal (sigma zeta, sigma xi, ...). P, F, G stand for the truncated moments of order 0, 1, 2
    at mean a, and P_0, 0, G_0 for those at mean 0.
    """
    along, across = (A, sqrt(1 - A**2)) if signal else (sympy.Integer(0), sympy.Integer(0))
    moments = (P, F, G) if signal else (P_0, sympy.Integer(0), G_0)
    rest = _gaussian_average((across + SIGMA * _XI) ** 2) + (D - 2) * _gaussian_average((SIGMA * _XI) ** 2)
    return sympy.factor_terms(_truncate((along + SIGMA * _ZETA) ** 2 + rest, moments))


def noise_patch_mean() -> Expr:
    """E zeta 1{passes} of a patch without signal: the two tails cancel."""
    return sympy.simplify(truncated_moment(1).subs({R: B / SIGMA, Q: B / SIGMA}))


def step_mean(architecture: Architecture) -> tuple[Expr, Expr]:
    """E g of the second step, as its components along w* and along w (not orthogonal to each other).

    A signal patch adds 1{passes} (w* + sigma zeta w); what is orthogonal to w has mean 0, and so has a patch
    without signal. The CNN sums over patches; the LCN's patch holds the signal in 1 of k samples.
    """
    on_signal = _truncate(sympy.Integer(1) + 0 * _ZETA, (P, F, G))
    on_filter = _truncate(SIGMA * _ZETA, (P, F, G))
    silent = SIGMA * noise_patch_mean()
    if architecture == "cnn":
        return on_signal, on_filter + (K - 1) * silent
    return on_signal / K, on_filter / K + (1 - 1 / K) * silent


@lru_cache
def step_trace(architecture: Architecture) -> Expr:
    """Trace of the covariance of g: that of one sample's term over n.

    CNN: k independent patches, one with the signal; LCN: one patch, a mixture.
    """
    on_signal, on_filter = step_mean(architecture)
    squared_mean = on_signal**2 + 2 * A * on_signal * on_filter + on_filter**2
    if architecture == "cnn":
        total = squared_length(True) - squared_mean + (K - 1) * squared_length(False)
    else:
        total = squared_length(True) / K + (1 - 1 / K) * squared_length(False) - squared_mean
    return total / N


def second_step_alignment(architecture: Architecture) -> tuple[Expr, Expr]:
    """<E w', w*> and E |w'|^2 for w' = w + eta_2 g, |w| = 1, <w, w*> = a; leading cos is first /
    sqrt(second).
    """
    on_signal, on_filter = step_mean(architecture)
    star, filt = ETA_2 * on_signal, 1 + ETA_2 * on_filter
    squared = star**2 + 2 * A * star * filt + filt**2
    return star + A * filt, squared + ETA_2**2 * step_trace(architecture)


def counted_step() -> Mapping[str, Expr]:
    """Mean and variance of (n / eta_2) w' along w, along w* orthogonal to w, and a coordinate, given J_s,
    J_n.

    A patch that passes has zeta of mean F / P and variance G / P - (F / P)^2 with the signal, 0 and G_0 / P_0
    without.
    """
    mean, variance = F / P, G / P - (F / P) ** 2
    return MappingProxyType(
        {
            "mean along w": N / ETA_2 + J_S * (A + SIGMA * mean),
            "variance along w": SIGMA**2 * (J_S * variance + J_N * G_0 / P_0),
            "mean across w": J_S * sqrt(1 - A**2),
            "variance across w": SIGMA**2 * (J_S + J_N),
        }
    )


def second_step_fcn() -> tuple[Expr, Expr]:
    """As `second_step_alignment`, with u = (w*, ..., w*) / sqrt k in place of w*; a is the alignment with u.

    An image of patch t adds 1{passes} (w*_t + sigma zeta w), w*_t being w* in patch t. Over the k
    orthonormal w*_t, E g = (1/k) sum_t P_t w*_t + sigma mean_F w; its products use <w*_t, u> = 1 / sqrt k
    and <w*_t, w> = a_t. The squared length of an image that passes is that of a patch of kd coordinates.
    """
    on_u = ETA_2 * MEAN_P / sqrt(K) + A * (1 + ETA_2 * SIGMA * MEAN_F)
    filt = 1 + ETA_2 * SIGMA * MEAN_F
    squared_signal, signal_on_filter = MEAN_PP / K, MEAN_PA
    of_mean = ETA_2**2 * squared_signal + 2 * ETA_2 * filt * signal_on_filter + filt**2
    averages = {P: MEAN_P, F * A: MEAN_FA, G: MEAN_G}
    length = sympy.expand(squared_length(True).subs(D, K * D)).subs(averages)
    squared_mean = squared_signal + 2 * SIGMA * MEAN_F * signal_on_filter + (SIGMA * MEAN_F) ** 2
    return on_u, of_mean + ETA_2**2 * (length - squared_mean) / N


def counted_fcn() -> Mapping[str, Expr]:
    """The FCN given the number J of images that pass: (n / eta_2) w' along w, along u orthogonal to w, and
    the rest.

    Their patches are multinomial with chances p_t = P_t / (k mean_P): E |S|^2 of the signals S = sum_t J_t
    w*_t is the sum of the second moments of binomial counts. "repeat" is sum_t p_t^2, the chance of a shared
    patch.
    """
    chance = symbols("p_t", positive=True)
    second = sympy.expand(sympy.expand(binomial_moment(2)).subs({K: 1 / chance, N: J}, simultaneous=True))
    repeat, seen = MEAN_PP / (K * MEAN_P**2), MEAN_PA / MEAN_P
    # sum_t p_t = 1 and sum_t p_t^2 = repeat.
    coefficients = sympy.Poly(second, chance)
    squared = coefficients.coeff_monomial(chance) + coefficients.coeff_monomial(chance**2) * repeat
    squared_mean = J**2 * repeat
    across = (1 / sqrt(K) - A * seen) / sqrt(1 - A**2)
    return MappingProxyType(
        {
            "mean along w": N / ETA_2 + J * (seen + SIGMA * MEAN_F / MEAN_P),
            "variance along w": SIGMA**2 * J * (MEAN_G / MEAN_P - (MEAN_F / MEAN_P) ** 2),
            "mean across w": J * across,
            "variance across w": SIGMA**2 * J,
            "squared mean of the rest": expression(
                sympy.factor(squared_mean - (J * seen) ** 2 - (J * across) ** 2)
            ),
            "variance of the rest": SIGMA**2 * J
            + expression(sympy.factor(squared - squared_mean)) / (K * D - 2),
        }
    )
