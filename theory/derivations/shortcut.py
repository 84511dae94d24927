"""The alignment of predictions under perturbed availability: theory/shortcut/predictions.py in sympy."""

from typing import cast

import sympy as sp
from sympy.simplify.fu import TR8

t, d = sp.symbols("t delta", positive=True)
A1, A2 = sp.symbols("A_1 A_2", positive=True)


def parts(kernel: str) -> tuple[sp.Expr, sp.Expr]:
    """Odd and even part of h at u = cos t, each divided by its value at u = 1.

    From k0(u) = (pi - arccos u)/pi and k1(u) = (sqrt(1 - u^2) + u (pi - arccos u))/pi, with arccos(-u) = pi -
    arccos(u).
    """

    def h(u: sp.Expr, angle: sp.Expr) -> sp.Expr:
        k0 = (sp.pi - angle) / sp.pi
        k1 = (sp.sin(t) + u * (sp.pi - angle)) / sp.pi
        return {"quadratic": (1 + u) ** 2 / 4, "arc_cosine": k1, "ntk": u * k0 + k1, "linear": u}[kernel]

    plus, minus = h(sp.cos(t), t), h(-sp.cos(t), sp.pi - t)
    odd, even = (plus - minus) / 2, (plus + minus) / 2
    scaled = [
        sp.simplify(part / part.subs(t, 0)) if part.subs(t, 0) != 0 else sp.S(0) for part in (odd, even)
    ]
    return scaled[0], scaled[1]


def disagreement(kernel: str, terms: int) -> sp.Expr:
    """1 - gamma as a series in t up to t^(terms - 1)."""
    odd, even = parts(kernel)
    if even == 0:
        return sp.S(0)
    r = sp.series(sp.simplify(odd / even), t, 0, terms).removeO()
    e = sp.expand(1 - r)
    # gamma^2 = 1 - (e^2/4)/(1 - e + e^2/2) with r = 1 - e, expanded in e and then cut in t.
    x = sp.Symbol("x")
    gamma = sp.series(sp.sqrt(1 - (x**2 / 4) / (1 - x + x**2 / 2)), x, 0, terms).removeO()
    full = sp.expand(1 - gamma.subs(x, e))
    return sp.Add(*(full.coeff(t, m) * t**m for m in range(terms)))


def angle_of_perturbation(terms: int) -> sp.Expr:
    """t as a series in delta = b_1 - 1 > 0: arctan(A_1 A_2 delta/(N + A_1^2 delta))."""
    total = A1**2 + A2**2
    return sp.series(sp.atan(A1 * A2 * d / (total + A1**2 * d)), d, 0, terms).removeO()


def derivatives(kernel: str, m: int) -> tuple[sp.Expr, sp.Expr]:
    """zeta_1^(m) and zeta_2^(m), one-sided: d^m gamma/d b_i^m at b_i = 1 from above."""
    lost = disagreement(kernel, m + 1)
    powers = [p for p in range(m + 1) if lost.coeff(t, p) != 0]
    if not powers:
        return sp.S(0), sp.S(0)
    # t^p needs the series of t up to delta^(m - p + 1) for the term delta^m.
    angle = sp.expand(angle_of_perturbation(m - powers[0] + 2) / d)
    found = sp.S(0)
    for p in powers:
        found += lost.coeff(t, p) * sp.expand(angle**p).coeff(d, m - p)
    first = sp.Mul(-sp.factorial(m), found)
    second = cast(sp.Expr, first.subs({A1: A2, A2: A1}, simultaneous=True))
    return cast(sp.Expr, sp.factor(first)), cast(sp.Expr, sp.factor(second))


def least_squares_fit() -> sp.Expr:
    """a that makes a (1 + u)^2 nearest to the arc-cosine kernel's h in mean square over [-1, 1]: 815/3072."""
    u = sp.cos(t)
    h = (u * (sp.pi - t) + sp.sin(t)) / sp.pi
    # In the angle, u = cos t: polynomials in t times Fourier modes, which sympy integrates at once.
    along, square = (
        sp.integrate(sp.expand(TR8(sp.expand(part * sp.sin(t)))), (t, 0, sp.pi))
        for part in (h * (1 + u) ** 2, (1 + u) ** 4)
    )
    return sp.simplify(along / square)
