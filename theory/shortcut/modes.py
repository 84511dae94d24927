"""Which feature a kernel learns first on clustered data: eigenmodes in closed form (after Lim et al. 2025).

Two features s, c = +-1 with amplitudes A_s, A_c and noise, x = (A_s s, A_c c) + sigma g, g ~ N(0, I); the
label is the core, y = c, and the shortcut agrees with it, s = y, with probability rho. The linear kernel on
this law has the eigenfunctions <q_i, x>, with q_i, l_i the eigenpairs of

    M = E[x x'] = [[A_s^2, (2 rho - 1) A_s A_c], [., A_c^2]] + sigma^2 I
    b = E[y x] = ((2 rho - 1) A_s, A_c)

and least squares is their sum: w = sum_i q_i (q_i' b)/l_i. Gradient flow on (1/2) E (f - y)^2 learns mode i
as 1 - exp(-l_i t). Derived.
"""

import dataclasses
import math

import numpy as np

from theory.validation import FloatArray, nonnegative_real, positive_real


@dataclasses.dataclass(frozen=True)
class Mode:
    """One eigenfunction <direction, x>, of unit direction (2,), shortcut first.

    eigenvalue: l; weights: (2,), its part of the least-squares solution, direction <direction, b>/l.
    """

    direction: FloatArray
    eigenvalue: float
    weights: FloatArray

    def weights_at(self, time: float) -> FloatArray:
        """(2,): what gradient flow has learnt of it at a time t >= 0, weights (1 - exp(-l t))."""
        return self.weights * -math.expm1(-self.eigenvalue * nonnegative_real("time", time))


def clustered_modes(a_s: float, a_c: float, sigma: float, rho: float) -> tuple[Mode, Mode]:
    """Both modes, the one of larger eigenvalue first.

    a_s, a_c: amplitudes > 0; sigma: noise a coordinate, >= 0; rho: P(s = y), in [0, 1].

    Raises `ValueError`, named by the argument, for anything else, and where rho is 0 or 1 without noise: the
    features then are one, and the solution is not unique.

    >>> [round(mode.eigenvalue, 10) for mode in clustered_modes(1.0, 1.0, math.sqrt(0.1), 0.95)]
    [2.0, 0.2]
    """
    a_s, a_c = positive_real("a_s", a_s), positive_real("a_c", a_c)
    sigma, rho = nonnegative_real("sigma", sigma), nonnegative_real("rho", rho)
    if rho > 1:
        raise ValueError(f"rho: got {rho!r}; allowed: a number in [0, 1]")
    if sigma == 0 and rho in (0.0, 1.0):
        raise ValueError(f"sigma: got 0 with rho = {rho:g}; allowed: a number > 0 where the features agree")
    common = 2 * rho - 1
    moment = np.array([[a_s**2, common * a_s * a_c], [common * a_s * a_c, a_c**2]]) + sigma**2 * np.eye(2)
    target = np.array([common * a_s, a_c])
    values, vectors = np.linalg.eigh(moment)
    first, second = (
        Mode(q, float(value), q * float(q @ target) / float(value))
        for value, q in zip(values[::-1], vectors.T[::-1], strict=True)
    )
    return first, second
