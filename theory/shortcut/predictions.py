"""How a kernel's prediction turns with the availability of two features (Hermann et al. 2024, section 6).

Two training points x = +-v with labels +-1, v = (A_1, A_2), A_i = a_i mu_i: availability times class mean.
The kernel is K(x, x') = |x||x'| h(cos), with the odd and even parts of h normalised to 1 at 1. Availability
is perturbed by B = diag(b_1, b_2); t is the angle between v and B v, u = cos t. With

    r(u) = odd(u)/even(u),      gamma = (1 + r)/sqrt(2 (1 + r^2))

gamma is the alignment of predictions before and after, and 1 - gamma = kappa t^p + ... near t = 0. Let
zeta_i^(m) be the m-th derivative of gamma in b_i at b = (1, 1), from above. With N = A_1^2 + A_2^2 and d =
b_i - 1, tan t = A_1 A_2 |d|/(N + A_i^2 d). Hence |zeta_1^(m)| - |zeta_2^(m)| is 0 for m <= p; at m = p + 1,
unless t^(p + 1) enters,

    |zeta_1| - |zeta_2| = kappa p (p + 1)! (A_1 A_2)^p (A_1^2 - A_2^2)/N^(p + 1)

Derived in theory/derivations/shortcut.py. gamma and zeta are the paper's, in the limit of small covariance.
For its "ReLU network", which is the quadratic fit of the arc-cosine kernel, kappa p (p + 1)! = 8 9!/512 =
5670 at m = 9 is its last theorem; `theory.shortcut.sensitivity` goes from its eigenfunctions to the same
number. For the arc-cosine kernel itself, and for the tangent kernel of both layers, the orders 7 and 3 are
this suite's.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from theory.validation import FloatArray, finite_array, positive_real


@dataclasses.dataclass(frozen=True, kw_only=True)
class AngularFunction:
    """h on the circle, as odd and even parts of the angle t in [0, pi/2], each 1 at t = 0; even None for
    none.

    order, coefficient: p and kappa of 1 - gamma = kappa t^p + ..., None for gamma = 1; next_coefficient: that
    of t^(p + 1), which only the tangent kernel has.
    """

    odd: Callable[[FloatArray], FloatArray]
    even: Callable[[FloatArray], FloatArray] | None
    order: int | None = None
    coefficient: float | None = None
    next_coefficient: float = 0.0


def _rest(t: FloatArray) -> FloatArray:
    """sin t - t cos t."""
    return np.sin(t) - t * np.cos(t)


ANGULAR_FUNCTIONS: Mapping[str, AngularFunction] = {
    "linear": AngularFunction(odd=np.cos, even=None),
    "quadratic": AngularFunction(
        odd=np.cos,
        even=lambda t: (1 + np.cos(t) ** 2) / 2,
        order=8,
        coefficient=1 / 512,
    ),
    "arc_cosine": AngularFunction(
        odd=np.cos,
        even=lambda t: np.cos(t) + 2 / math.pi * _rest(t),
        order=6,
        coefficient=1 / (18 * math.pi**2),
    ),
    "ntk": AngularFunction(
        odd=np.cos,
        even=lambda t: np.cos(t) + (_rest(t) - t * np.cos(t)) / math.pi,
        order=2,
        coefficient=1 / (8 * math.pi**2),
        next_coefficient=1 / (8 * math.pi**3),
    ),
}
"""h(u) = u; (1 + u)^2/4, the quadratic approximation, in the paper 815/3072 (1 + u)^2; k1(u), a two-layer
ReLU net whose last layer is trained; u k0(u) + k1(u), both layers trained. k0, k1 are the arc-cosine kernels
of degree 0 and 1.
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LeadingTerm:
    """The first order m at which |zeta_1^(m)| - |zeta_2^(m)| is not 0, and its value there."""

    order: int
    value: float


def angular_function(name: str) -> AngularFunction:
    """By name. Raises `ValueError` for an unknown one."""
    if name not in ANGULAR_FUNCTIONS:
        raise ValueError(f"kernel: got {name!r}; allowed: {', '.join(ANGULAR_FUNCTIONS)}")
    return ANGULAR_FUNCTIONS[name]


def prediction_alignment(kernel: str, angle: ArrayLike) -> FloatArray:
    """gamma at angles t in [0, pi/2) between the unperturbed and the perturbed point, of the same shape.

    Raises `ValueError`, named by the argument, for anything else.
    """
    t = finite_array("angle", angle)
    if np.any((t < 0) | (t >= math.pi / 2)):
        raise ValueError("angle: holds one outside [0, pi/2); allowed: angles in it")
    function = angular_function(kernel)
    if function.even is None:
        return np.ones_like(t)
    r = function.odd(t) / function.even(t)
    return (1 + r) / np.sqrt(2 * (1 + r**2))


def first_nonzero_order(kernel: str) -> int | None:
    """The smallest m where |zeta_1^(m)| and |zeta_2^(m)| differ if A_1 and A_2 do; None for none."""
    order = angular_function(kernel).order
    return None if order is None else order + 1


def availability_derivatives(kernel: str, a_1: float, a_2: float) -> tuple[float, float]:
    """(zeta_1, zeta_2) at m = p + 1, for b_i from above 1 (the tangent kernel's |t|^3 makes it one-sided).

    (p + 1)! times minus the coefficient of (b_i - 1)^(p + 1) in 1 - gamma, which is s^p kappa (-p A_i^2/N) +
    s^(p + 1) kappa', s = A_1 A_2/N and kappa' the coefficient of t^(p + 1). (0, 0) for the linear kernel.
    """
    a_1, a_2 = positive_real("a_1", a_1), positive_real("a_2", a_2)
    function = angular_function(kernel)
    if function.order is None or function.coefficient is None:
        return 0.0, 0.0
    p, total = function.order, a_1**2 + a_2**2
    s = a_1 * a_2 / total
    first, second = (
        math.factorial(p + 1)
        * s**p
        * (function.coefficient * p * a**2 / total - s * function.next_coefficient)
        for a in (a_1, a_2)
    )
    return first, second


def leading_term(kernel: str, a_1: float, a_2: float) -> LeadingTerm | None:
    """|zeta_1^(m)| - |zeta_2^(m)| at its first order that is not 0; None for the linear kernel.

    Its sign is that of A_1 - A_2 for all of them: predictions turn more with the feature whose A is larger.

    >>> round(leading_term("quadratic", 1.5, 1.0).value, 7)
    4.4902745
    """
    order = first_nonzero_order(kernel)
    if order is None:
        return None
    first, second = availability_derivatives(kernel, a_1, a_2)
    return LeadingTerm(order=order, value=abs(first) - abs(second))
