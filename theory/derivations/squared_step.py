"""The second step with the squared loss, derived in sympy: every formula of `theory.two_step.squared_step`.

S_pq stands for E phi^p u^q 1{|u| > b} of the patch with the signal, N_pq for the same of a patch without,
which is 0 where p + q is odd. What one sample adds is a polynomial in phi, u 1{passes} and 1{passes} of its
patches, which are independent: its mean is worked out patch by patch for a few numbers of patches, and is a
polynomial in that number.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import sympy
from sympy import Expr, Rational, oo, symbols

from theory.architectures import Architecture
from theory.derivations.first_step import SIGMA, K, expression
from theory.derivations.second_step import A, B, Q, R, gauss_density, zeta

OTHERS = symbols("m", positive=True)
"""Patches without the signal, k - 1."""

_DEGREE = 2
"""Of the moments as polynomials in m, times k for the LCN."""


def moment_symbol(kind: str, p: int, q: int) -> Expr:
    """S_pq or N_pq; N_pq = 0 by symmetry where p + q is odd."""
    if kind == "N" and (p + q) % 2:
        return sympy.Integer(0)
    return symbols(f"{kind}_{p}{q}", real=True)


@lru_cache
def active_moment(p: int, q: int) -> Expr:
    """E phi_b(u)^p u^q 1{|u| > b}, u = a + sigma zeta, by integration over both tails.

    phi_b(u) = u - b above b and u + b below -b; r = (b - a) / sigma and q = (b + a) / sigma as for the
    correlation loss.
    """
    u, density = A + SIGMA * zeta(), gauss_density()
    above = sympy.integrate(sympy.expand((u - B) ** p * u**q) * density, (zeta(), R, oo))
    below = sympy.integrate(sympy.expand((u + B) ** p * u**q) * density, (zeta(), -oo, -Q))
    return expression(
        sympy.expand(sympy.simplify(above).rewrite(sympy.erfc))
        + sympy.expand(sympy.simplify(below).rewrite(sympy.erfc))
    )


def _mean(value: Expr, patches: int, signal: int) -> Expr:
    """E of a polynomial in (phi_i, v_i = u_i 1{passes}, e_i = 1{passes}) over patches; `signal` has it."""
    variables = [symbol for i in range(patches) for symbol in _patch(i)]
    total = sympy.Integer(0)
    for powers, coefficient in sympy.Poly(sympy.expand(value), *variables).terms():
        product = coefficient
        for i in range(patches):
            p, q, r = powers[3 * i : 3 * i + 3]
            if p or q or r:  # 1{passes} is its own square, and phi is 0 where it is
                product *= moment_symbol("S" if i == signal else "N", p, q)
        total += product
    return sympy.expand(total)


def _patch(i: int) -> tuple[Expr, Expr, Expr]:
    return symbols(f"phi_{i} v_{i} e_{i}", real=True)


@lru_cache
def sample_moments(architecture: Architecture, patches: int) -> Mapping[str, Expr]:
    """Moments of one sample's part (1 - F) sum_i 1{passes} y x_i of g, 2 patches or more.

    w: along w; s: of w*; both without the noise across w, whose variance a coordinate is sigma^2 "rest".
    CNN: the signal is in patch 0, whichever it is. LCN: the filter's patch is 0, and holds the signal in 1 of
    k samples; else patch 1 stands for the one that does.
    """
    phi, v, e = zip(*(_patch(i) for i in range(patches)), strict=True)
    weight = 1 - sympy.Add(*phi)

    def moments(along: Expr, of_signal: Expr, passing: Expr, signal: int) -> dict[str, Expr]:
        parts = {
            "E w": weight * along,
            "E s": weight * of_signal,
            "E w^2": weight**2 * along**2,
            "E s^2": weight**2 * of_signal**2,
            "E w s": weight**2 * along * of_signal,
            "rest": weight**2 * passing,
        }
        return {name: _mean(part, patches, signal) for name, part in parts.items()}

    if architecture == "cnn":
        return MappingProxyType(moments(sympy.Add(*v), e[0], sympy.Add(*e), 0))
    here = moments(v[0], e[0], e[0], 0)
    elsewhere = moments(v[0], sympy.Integer(0), e[0], 1)
    share = Rational(1, patches)
    mixed = {name: sympy.expand(share * here[name] + (1 - share) * elsewhere[name]) for name in here}
    return MappingProxyType(mixed)


@lru_cache
def step_moments(architecture: Architecture) -> Mapping[str, Expr]:
    """The same for m = k - 1 patches without the signal: the polynomial in m through its values at few of
    them (over k for the LCN).
    """
    found = {}
    for name in sample_moments(architecture, 2):
        values = []
        for patches in range(2, 3 + _DEGREE):
            times = patches if architecture == "lcn" else 1
            values.append((patches - 1, times * sample_moments(architecture, patches)[name]))
        polynomial = sympy.collect(sympy.expand(sympy.interpolate(values, OTHERS)), OTHERS)
        found[name] = expression(polynomial / K if architecture == "lcn" else polynomial)
    return MappingProxyType(found)


def mean_step() -> tuple[Expr, Expr]:
    """A and C of E g = A w* + C w (CNN; LCN: over k), in S_pq and N_pq.

    sigma zeta = u - a along w where the signal is, so that the mean along w is A a + C.
    """
    moments = step_moments("cnn")
    towards = moments["E s"]
    return towards, expression(sympy.expand(moments["E w"] - A * towards))


def without_threshold() -> tuple[Expr, Expr]:
    """A and C at b = 0, where r = -q: 1 - a and -k sigma^2."""
    ends = {B: 0, R: -A / SIGMA, Q: A / SIGMA}
    values = {}
    for p, q in ((0, 0), (1, 0), (0, 1), (1, 1)):
        moment = active_moment(p, q)
        values[moment_symbol("S", p, q)] = sympy.simplify(moment.subs(ends))
        values[moment_symbol("N", p, q)] = sympy.simplify(moment.subs(ends).subs(A, 0))
    towards, along = (part.subs(values).subs(OTHERS, K - 1) for part in mean_step())
    return expression(sympy.simplify(towards)), expression(sympy.simplify(along))


def noise_moment() -> Expr:
    """N_11 = E phi_b(u) u of a patch without the signal: sigma^2 times the chance that it passes."""
    return expression(sympy.simplify(active_moment(1, 1).subs({A: 0, R: B / SIGMA, Q: B / SIGMA})))
