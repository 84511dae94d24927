"""Two-step gradient descent, derived in sympy: alignment at the theorems' size, final errors, the list.

`formulas` prints what `theory.derivations.first_step`, `theory.derivations.second_step`,
`theory.derivations.squared_step` and this module derive, as docs/two-step.md shows it.
"""

import sympy
from sympy import Expr, exp, oo, pi, sqrt, symbols

from theory.architectures import Architecture
from theory.derivations import squared_step
from theory.derivations.first_step import (
    INIT,
    SIGMA,
    D,
    K,
    N,
    S,
    expression,
    first_step_noise,
    gaussian_moment,
    inverse_power,
    leading_cosine_squared,
    mean_cosine,
    squared_norm,
)
from theory.derivations.second_step import (
    A,
    counted_fcn,
    counted_step,
    second_step_alignment,
    second_step_fcn,
    truncated_moment,
)

C, RHO, F_MEAN, F_SQUARE = symbols("C rho mean_phi mean_phi_squared", positive=True)
_Y = symbols("y", real=True)


def cosine_at_theorem_size(architecture: Architecture) -> Expr:
    """The leading cos^2 at n = C sigma^2 (k + d) ln(kd), times k for the LCN, in rho = (k + d) ln(kd) / (kd).

    Without initial variance.
    """
    size = C * SIGMA**2 * RHO * K * D * (K if architecture == "lcn" else 1)
    squared = leading_cosine_squared(architecture).subs(S, sqrt(first_step_noise(architecture).subs(INIT, 0)))
    return expression(sympy.simplify(squared.subs(N, size)))


def zero_one_error() -> Expr:
    """P(f y < 0) at bias 0 given the patch: f y = a + N(0, k sigma^2) for k filters of length 1."""
    variance = K * SIGMA**2
    density = exp(-((_Y - A) ** 2) / (2 * variance)) / sqrt(2 * pi * variance)
    return sympy.simplify(sympy.integrate(density, (_Y, -oo, 0)).rewrite(sympy.erfc))


def fcn_squared_risk() -> Expr:
    """E (f y - 1)^2 of k equal neurons, f = k phi_b(z), by the first two moments of phi_b(z)."""
    value = symbols("phi", real=True)
    coefficients = sympy.Poly(sympy.expand((K * value - 1) ** 2), value).all_coeffs()[::-1]
    return sympy.Add(*(c * m for c, m in zip(coefficients, (1, F_MEAN, F_SQUARE), strict=True)))


def formulas() -> dict[str, str]:
    """Every formula by its name, as sympy prints it, in the order of docs/two-step.md."""
    shown: dict[str, Expr] = {}
    for net in ("cnn", "lcn", "fcn"):
        name: Architecture = net
        title = net.upper()
        shown[f"{title}, s^2"] = first_step_noise(name)
        shown[f"{title}, squared length before projection / eta_1^2"] = squared_norm(name)
        shown[f"{title}, leading cos^2"] = leading_cosine_squared(name)
    for net in ("cnn", "lcn"):
        shown[f"{net.upper()}, leading cos^2 at the theorem's n = C rate"] = cosine_at_theorem_size(net)
    for power in (1, 2):
        shown[f"E cos^{power}"] = mean_cosine(power)
        shown[f"y^(-{power}/2) as an integral"] = inverse_power(power)
    for power in (0, 1, 2):
        shown[f"E y^{power} exp(-lambda y^2), y ~ N(m, v)"] = gaussian_moment(power)
    for name_, power in (("P", 0), ("F", 1), ("G", 2)):
        shown[name_] = truncated_moment(power)
    for net in ("cnn", "lcn"):
        along, squared = second_step_alignment(net)
        shown[f"{net.upper()}, <E w, w*> after step 2"] = along
        shown[f"{net.upper()}, E |w|^2 after step 2"] = squared
    along, squared = second_step_fcn()
    shown["FCN, <E w, u> after step 2"] = along
    shown["FCN, E |w|^2 after step 2"] = squared
    shown |= {f"CNN and LCN given J_s, J_n, {key}": value for key, value in counted_step().items()}
    shown |= {f"FCN given J, {key}": value for key, value in counted_fcn().items()}
    for name_, value in zip(("A", "C"), squared_step.mean_step(), strict=True):
        shown[f"squared loss, {name_}"] = value
    for name_, value in zip(("A", "C"), squared_step.without_threshold(), strict=True):
        shown[f"squared loss without a threshold, {name_}"] = value
    shown["squared loss, N_11"] = squared_step.noise_moment()
    for net in ("cnn", "lcn"):
        moments = squared_step.step_moments(net)
        shown |= {f"squared loss, {net.upper()}, {key}": value for key, value in moments.items()}
    shown["0-1 error at bias 0"] = zero_one_error()
    shown["FCN, squared risk"] = fcn_squared_risk()
    return {key: str(value) for key, value in shown.items()}
