"""The first step of two-step gradient descent, derived in sympy: every formula of
`theory.two_step.first_step`.

With the moments of the cosine of a Gaussian vector, which `theory.two_step.projected_gaussian` sums up. Each
function does the steps its docstring names and returns what came out. The noncentral t law is cited where it
is used.
"""

from functools import lru_cache

import sympy
from sympy import Expr, Rational, exp, oo, pi, sqrt, symbols

from theory.architectures import Architecture

K, D, N, SIGMA, ETA_1, INIT = symbols("k d n sigma eta_1 init_variance", positive=True)
S, MU, LAMBDA, M, V = symbols("s mu lambda m v", positive=True)
_Y = symbols("y", real=True)
_T, _U = symbols("t u", positive=True)
_J = symbols("j", integer=True, nonnegative=True)


def expression(value: object) -> Expr:
    """`value` itself: what sympy returns without saying that it is an expression."""
    if not isinstance(value, Expr):
        raise TypeError(f"value: got {value!r}; allowed: a sympy expression")
    return value


@lru_cache
def binomial_moment(power: int) -> Expr:
    """E n_i^power, n_i ~ Binomial(n, 1/k): the derivative of (1 - 1/k + e^t / k)^n at t = 0."""
    generating = (1 - 1 / K + exp(_T) / K) ** N
    return expression(sympy.factor(sympy.simplify(sympy.diff(generating, _T, power).subs(_T, 0))))


def first_step_noise(architecture: Architecture) -> Expr:
    """s^2: the variance of a coordinate of w_0 / eta_1 + g, a sum of independent terms.

    Each sample adds y xi / n from every patch that the weight sees, k patches for the CNN's shared filter.
    """
    terms = N * K if architecture == "cnn" else N
    return terms * (SIGMA / N) ** 2 + INIT / ETA_1**2


def squared_signal(architecture: Architecture) -> Expr:
    """E |signal|^2 of the first step: 1, E (n_i / n)^2, and the sum of k of the latter."""
    share = sympy.expand(binomial_moment(2) / N**2)
    return {"cnn": sympy.Integer(1), "lcn": share, "fcn": sympy.expand(K * share)}[architecture]


def squared_norm(architecture: Architecture) -> Expr:
    """E |w_0 + eta_1 g|^2 / eta_1^2 in terms of s: squared signal, and s^2 a coordinate."""
    return squared_signal(architecture) + (K * D if architecture == "fcn" else D) * S**2


def leading_cosine_squared(architecture: Architecture) -> Expr:
    """(component along the target)^2 / (mean squared length): E cos^2 to leading order in 1/n.

    The component is 1 for the CNN and E n_i / n for the LCN, whose squared length is taken at n_i = E n_i;
    for the FCN it is the sum of n_t / (n sqrt k) over t, which is 1 / sqrt k whatever the counts.
    """
    component = {"cnn": sympy.Integer(1), "lcn": binomial_moment(1) / N, "fcn": 1 / sqrt(K)}[architecture]
    length = component**2 + D * S**2 if architecture == "lcn" else squared_norm(architecture)
    return sympy.simplify(component**2 / length)


@lru_cache
def gaussian_moment(power: int) -> Expr:
    """E y^power exp(-lambda y^2) for y ~ N(m, v), by integration over y."""
    density = exp(-((_Y - M) ** 2) / (2 * V)) / sqrt(2 * pi * V)
    raw = sympy.simplify(sympy.integrate(_Y**power * exp(-LAMBDA * _Y**2) * density, (_Y, -oo, oo)))
    # One exponential, of one fraction: sympy leaves a product of two.
    exponent = sympy.Add(*(expression(factor.args[0]) for factor in sympy.factor(raw).atoms(sympy.exp)))
    return expression(sympy.factor(sympy.simplify(raw * exp(-exponent))) * exp(sympy.factor(exponent)))


@lru_cache
def inverse_power(power: int) -> Expr:
    """int_0^inf lambda^{p/2-1} exp(-lambda y) dlambda / Gamma(p/2), which is y^{-p/2}."""
    half = Rational(power, 2)
    return sympy.integrate(_T ** (half - 1) * exp(-_T * _U), (_T, 0, oo)) / sympy.gamma(half)


@lru_cache
def mean_cosine(power: int) -> Expr:
    """E cos^power for power 1 or 2 between N(mu e_1, I_d) and e_1, d >= 2.

    |x|^{-p} by `inverse_power`, the coordinates by `gaussian_moment`, then t = 2 lambda / (1 + 2 lambda), the
    power series of exp(-mu^2 t / 2), its beta integrals, and their sum. (Presnell, Morrison and Littell 1998,
    JASA 93, have the result for power 1.)
    """
    half = Rational(power, 2)
    first = gaussian_moment(power).subs(V, 1).subs(M, MU)
    others = gaussian_moment(0).subs(V, 1).subs(M, 0) ** (D - 1)
    integrand = LAMBDA ** (half - 1) / sympy.gamma(half) * first * others
    # u = 1 - t keeps sympy on the branch where all bases are positive.
    of_u = (1 - _U) / (2 * _U)
    changed = integrand.subs(LAMBDA, of_u) * -sympy.diff(of_u, _U)
    bell = exp(-(MU**2) * (1 - _U) / 2)
    plain = sympy.expand(sympy.powsimp(sympy.powdenest(sympy.simplify(changed / bell), force=True)))
    total = sympy.Add(*(_beta_series(expression(term)) for term in sympy.Add.make_args(plain)))
    # Some sums come as incomplete gamma functions of a negative argument -x, DLMF 8.5.1 turns them into
    # 1F1(x). simplify() would turn them back.
    tidy = sympy.powsimp(sympy.expand(total.replace(sympy.lowergamma, _kummer)))
    return expression(sympy.factor(sympy.gammasimp(tidy)))


def _kummer(s: Expr, z: Expr) -> Expr:
    """lowergamma(s, -x) = exp(i pi s) x^s / s 1F1(s; s + 1; x), with z = x exp_polar(i pi)."""
    x = z / sympy.exp_polar(sympy.I * pi)
    return exp(sympy.I * pi * s) * x**s / s * sympy.hyper((s,), (s + 1,), x)


def _beta_series(term: Expr) -> Expr:
    """int_0^1 c u^x (1 - u)^y exp(-mu^2 (1 - u) / 2) du, by the series of the exponential."""
    constant, rest = term.as_independent(_U)
    powers = rest.as_powers_dict()
    x = powers.get(_U, sympy.Integer(0))
    y = powers.get(1 - _U, sympy.Integer(0))
    if sympy.simplify(_U**x * (1 - _U) ** y - rest) != 0:
        raise ArithmeticError(f"not a beta integrand: {term}")
    series = (-(MU**2) / 2) ** _J / sympy.factorial(_J) * sympy.gamma(y + _J + 1) * sympy.gamma(x + 1)
    return constant * sympy.summation(series / sympy.gamma(x + y + _J + 2), (_J, 0, oo))
