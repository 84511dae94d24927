"""Closed forms of the local-signal task: one noise-free patch y w*, all others noise (Karp et al. 2021).

A sample is x in R^{k x d} with x_t = y w*, |w*| = 1, at a uniform patch t, and N(0, sigma^2 I_d) in the other
k - 1 patches. It differs from the Dynamic Signal Distribution in one thing: the signal patch carries no
noise. Squared risk is E (f(x) - y)^2; the 0-1 error counts f(x) = 0 as one half. All derived; float64.
"""

import math
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from theory.dsd.risks import OracleRisk, Risks
from theory.gaussian import soft_threshold_cf, soft_threshold_moments
from theory.validation import FloatArray, nonnegative_real, positive_integer, positive_real

REACH = 3000.0
"""End of the Fourier integral in units of 1/sigma: its integrand falls as 1/t^3 beyond."""


def published_sigma(k: int) -> float:
    """ln k / sqrt k, the noise of the synthetic run of Karp et al. 2021; k >= 2."""
    k = positive_integer("k", k)
    if k < 2:
        raise ValueError("k: got 1; allowed: an integer >= 2, as ln 1 / sqrt 1 is no noise")
    return math.log(k) / math.sqrt(k)


def linear_risk(k: int, sigma: float) -> Risks:
    """Errors of the best linear predictor, a multiple of sum_i <w*, x_i> ~ N(y, (k - 1) sigma^2).

    E y x_i = w*/k and E x_i x_i' = w* w*'/k + (1 - 1/k) sigma^2 I, with no correlation between patches, so
    every patch has the weights w* / (1 + v), v = (k - 1) sigma^2. Squared risk v / (1 + v), 0-1 error
    Phi(-1/sqrt v).
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    variance = (k - 1) * sigma**2
    zero_one = float(ndtr(-1 / math.sqrt(variance))) if variance > 0 else 0.0
    return Risks(zero_one=zero_one, squared=variance / (1 + variance))


def lsa_risk(k: int, sigma: float, norm: float, bias: float) -> Risks:
    """Errors of f(x) = sum_i phi_b(<w, x_i>) at w = norm w* with bias b >= 0.

    Given y = 1, f = s + sum of k - 1 independent centred phi_b(z_i), z_i ~ N(0, norm^2 sigma^2), with
    s = max(norm - b, 0). Squared risk (s - 1)^2 + (k - 1) E phi_b(z)^2. The 0-1 error P(f < 0) + P(f = 0) / 2
    is the Gil-Pelaez integral

        (1 - q^{k-1}) / 2 - (1/pi) int_0^inf sin(s t) (chi(t)^{k-1} - q^{k-1}) dt / t

    at norm 1, for s > 0; chi is the characteristic function of phi_b(z) and q = P(phi_b(z) = 0), its atom,
    whose share of the integral is known. It depends on norm and bias through bias / norm alone, and is 1/2
    where s = 0. Absolute error below 1e-6.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    norm, bias = nonnegative_real("norm", norm), nonnegative_real("bias", bias)
    squared = float(_squared_risk(k, sigma, norm, bias))
    zero_one = 0.5 if bias >= norm else _zero_one(k, sigma, bias / norm)
    return Risks(zero_one=zero_one, squared=squared)


def _squared_risk(k: int, sigma: float, norm: float, bias: FloatArray | float) -> FloatArray:
    _, noise = soft_threshold_moments(0.0, norm * sigma, bias)
    return (np.maximum(norm - np.asarray(bias), 0.0) - 1) ** 2 + (k - 1) * noise


def _zero_one(k: int, sigma: float, bias: float) -> float:
    signal = 1 - bias
    if bias == 0:
        return float(ndtr(-1 / (sigma * math.sqrt(k - 1)))) if k > 1 else 0.0
    silent = (1 - 2 * float(ndtr(-bias / sigma))) ** (k - 1)
    # Panels finer than half a turn of the signal, than the decay of chi^{k-1}, and than chi itself.
    width = min(math.pi / signal, 1 / (sigma * math.sqrt(k)), 0.5 / sigma)
    fine = np.arange(0.0, 40 / sigma, width)
    coarse = np.arange(fine[-1] + width, REACH / sigma, min(math.pi / signal, 2 / sigma))
    edges = np.concatenate([fine, coarse])
    nodes, weights = np.polynomial.legendre.leggauss(12)
    half = 0.5 * np.diff(edges)[:, None]
    t = edges[:-1, None] + half * (1 + nodes)
    chi = soft_threshold_cf(t, 0.0, sigma, bias).real
    integral = float(np.sum(half * weights * np.sin(signal * t) * (chi ** (k - 1) - silent) / t))
    return min(max(0.5 * (1 - silent) - integral / math.pi, 0.0), 0.5)


def oracle_risk(k: int, sigma: float) -> OracleRisk:
    """The least squared risk over b >= 0 of the network at w = w* (norm 1), and the b that attains it."""
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    grid = np.linspace(0.0, 1.0, 2001)
    risks = _squared_risk(k, sigma, 1.0, grid)
    best = int(np.argmin(risks))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    refined: Any = minimize_scalar(  # untyped in scipy
        lambda b: float(_squared_risk(k, sigma, 1.0, b)),
        bounds=bounds,
        method="bounded",
        options={"xatol": 1e-10},
    )
    if refined.fun < risks[best]:
        return OracleRisk(risk=float(refined.fun), bias=float(refined.x))
    return OracleRisk(risk=float(risks[best]), bias=float(grid[best]))
