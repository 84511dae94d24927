"""Risks on clustered data: Bayes, least squares, any linear rule (after Lim et al. 2025).

    y = c ~ Unif{-1, +1},  P(s = y) = rho,  x = (A_s s, A_c c) + sigma g,  g ~ N(0, I)

Given y the coordinates are independent, so that the log-odds of y = 1 are a sum, with t = A_s x_s/sigma^2,

    L = 2 A_c x_c/sigma^2 + log((rho e^t + (1 - rho) e^-t)/((1 - rho) e^t + rho e^-t))

and E[y | x] = tanh(L/2). Derived.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import quad
from scipy.special import ndtr

from theory.dsd.risks import Risks
from theory.shortcut.modes import clustered_modes
from theory.validation import FloatArray, finite_array, nonnegative_real, positive_real

REACH = 9.0
"""Integrands are below 1e-16 beyond so many standard deviations."""


def linear_accuracy(weights: ArrayLike, a_s: float, a_c: float, sigma: float, *, conflicting: bool) -> float:
    """P(y <weights, x> > 0) on samples with s = -y (conflicting) or s = y, for weights (2,), shortcut first.

    Phi((w_c A_c -+ w_s A_s)/(sigma |w|)). Derived. Raises `ValueError`, named by the argument, unless a_s,
    a_c, sigma > 0 and the weights are two finite numbers, one of them not 0.
    """
    a_s, a_c, sigma = (positive_real(*pair) for pair in (("a_s", a_s), ("a_c", a_c), ("sigma", sigma)))
    w = finite_array("weights", weights)
    if w.shape != (2,) or not np.any(w):
        raise ValueError(f"weights: got {w.tolist()}; allowed: two numbers, one of them not 0")
    side = -1 if conflicting else 1
    return float(ndtr((w[1] * a_c + side * w[0] * a_s) / (sigma * float(np.hypot(*w)))))


def posterior_mean(x: ArrayLike, a_s: float, a_c: float, sigma: float, rho: float) -> FloatArray:
    """E[y | x] (n,) of inputs x (n, 2), shortcut first: tanh(L/2). Derived.

    Raises `ValueError`, named by the argument, as `clustered_risk` does, or for another shape.
    """
    a_s, a_c, sigma, rho = _parameters(a_s, a_c, sigma, rho)
    inputs = finite_array("x", x)
    if inputs.ndim != 2 or inputs.shape[1] != 2:
        raise ValueError(f"x: has shape {inputs.shape}; allowed: (n, 2)")
    t = a_s * inputs[:, 0] / sigma**2
    return np.tanh(a_c * inputs[:, 1] / sigma**2 + _log_odds(t, rho) / 2)


def clustered_risk(a_s: float, a_c: float, sigma: float, rho: float, *, linear: bool = False) -> Risks:
    """Errors of E[y | x], or of the best linear predictor of y.

    Linear: squared 1 - b' M^-1 b with M, b of `clustered_modes`, 0-1 by `linear_accuracy` over both kinds of
    samples. Bayes: by symmetry given y = 1, squared E[1 - tanh^2(L/2)] and 0-1 P(L < 0), the latter in closed
    form in x_c; the rest by quadrature, to about 1e-9. Derived.

    Raises `ValueError`, named by the argument, unless a_s, a_c, sigma > 0 and rho is in [0, 1].
    """
    a_s, a_c, sigma, rho = _parameters(a_s, a_c, sigma, rho)
    modes = clustered_modes(a_s, a_c, sigma, rho)
    if linear:
        w = modes[0].weights + modes[1].weights
        right = rho * linear_accuracy(w, a_s, a_c, sigma, conflicting=False)
        right += (1 - rho) * linear_accuracy(w, a_s, a_c, sigma, conflicting=True)
        explained = w[0] * (2 * rho - 1) * a_s + w[1] * a_c
        return Risks(zero_one=1 - right, squared=float(1 - explained))
    snr = a_c / sigma

    def errors_given(odds: float) -> tuple[float, float]:
        """Squared and 0-1 error given y = 1 and the shortcut's part of the log-odds."""

        def density(g: float) -> float:
            half = snr**2 + snr * g + odds / 2
            # 1/cosh^2 without overflow.
            sech = 2 * math.exp(-abs(half)) / (1 + math.exp(-2 * abs(half)))
            return math.exp(-(g**2) / 2) / math.sqrt(2 * math.pi) * sech**2

        turn = -snr - odds / (2 * snr)
        inside = [turn] if abs(turn) < REACH else None
        squared, _ = quad(density, -REACH, REACH, points=inside, epsabs=1e-12, epsrel=1e-9, limit=200)
        return squared, float(ndtr(turn))

    def mean(index: int) -> float:
        total = 0.0
        for side, share in ((1, rho), (-1, 1 - rho)):

            def density(g: float, side: int = side) -> float:
                error = errors_given(float(_log_odds(a_s * (side * a_s + sigma * g) / sigma**2, rho)))[index]
                return math.exp(-(g**2) / 2) / math.sqrt(2 * math.pi) * error

            turn = -side * a_s / sigma
            inside = [turn] if abs(turn) < REACH else None
            found, _ = quad(density, -REACH, REACH, points=inside, epsabs=1e-11, epsrel=1e-8, limit=200)
            total += share * found
        return total

    return Risks(zero_one=mean(1), squared=mean(0))


def _parameters(a_s: float, a_c: float, sigma: float, rho: float) -> tuple[float, float, float, float]:
    a_s, a_c, sigma = (positive_real(*pair) for pair in (("a_s", a_s), ("a_c", a_c), ("sigma", sigma)))
    rho = nonnegative_real("rho", rho)
    if rho > 1:
        raise ValueError(f"rho: got {rho!r}; allowed: a number in [0, 1]")
    return a_s, a_c, sigma, rho


def _log_odds(t: Any, rho: float) -> Any:
    """log((rho e^t + (1 - rho) e^-t)/((1 - rho) e^t + rho e^-t)); 2 t at rho = 1, -2 t at rho = 0."""
    agree, conflict = (math.log(chance) if chance > 0 else -math.inf for chance in (rho, 1 - rho))
    return np.logaddexp(agree + t, conflict - t) - np.logaddexp(conflict + t, agree - t)
