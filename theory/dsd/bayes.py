"""Errors of the Bayes classifier of the DSD task, by two one-dimensional integrals.

With u_i = z_i / sigma^2, z_i = <w*, x_i>, and y = +1, t = 1, the u_i are independent, u_1 ~ N(1/sigma^2,
1/sigma^2) and u_i ~ N(0, 1/sigma^2) for i > 1, and the posterior mean of y is S / C with S = sum_i sinh u_i
and C = sum_i cosh u_i. Then

* squared risk = E[1 - S/C] = E[sum_i exp(-u_i) / C], and 1/C = int_0^inf exp(-lambda C) dlambda makes it

      int_0^inf  e^{-1/2s} p(lambda)^k + (k - 1) e^{1/2s} q(lambda)^2 p(lambda)^{k-2}  dlambda,   s = sigma^2,

  p and q being E exp(-lambda cosh u) for a noise patch and for the signal patch. Every term is positive: the
  relative error stays at the level of rounding however small the risk.
* 0-1 error = P(S < 0) = 1/2 - (1/pi) int_0^inf Im[chi_q(t)] chi_p(t)^{k-1} dt / t (Gil-Pelaez), chi being
  E exp(it sinh u). The line of integration moves from u to u + i theta, which turns the oscillation of
  exp(it sinh u) into the decay of exp(-t sin(theta) cosh u).

Both outer integrals are trapezoidal sums over v = log lambda or log t, both inner ones over u; the integrands
are analytic in a strip, so the error falls like exp(-pi^2 / h) in the step h. Derived.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.validation import FloatArray

ComplexArray = NDArray[np.complex128]

STEP = 0.15  # exp(-pi^2 / STEP) = 3e-29
K_MAX = 10**4  # beyond this the rounding of p and chi, raised to the k-th power, would show
UNDERFLOW = 1e-300
SMALL = 1e-10  # squared risk below which the 0-1 error is taken from its small-noise limit
QUARTER_TURN = np.pi / 2


def _log_cosh(u: FloatArray) -> FloatArray:
    return np.abs(u) + np.log1p(np.exp(-2 * np.abs(u))) - np.log(2)


def _kernel_averages(
    v: FloatArray, u: FloatArray, weights: FloatArray | ComplexArray, theta: float
) -> ComplexArray:
    """sum_u weights[:, u] exp(e^v (i cos(theta) sinh u - sin(theta) cosh u)), shape (rows, len(v)).

    `u` must be ordered by |u|. Blocks of v share a window of u: below it the kernel is 1 to rounding,
    above it 0, so that the cost grows like the length of v and not like its square.
    """
    log_cosh = _log_cosh(u)
    below = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1)], axis=1)
    out = np.empty((len(weights), len(v)), dtype=np.complex128)
    for start in range(0, len(v), 256):
        block = v[start : start + 256, None]
        low = np.searchsorted(log_cosh, -40.0 - block[-1, 0])
        high = np.searchsorted(log_cosh, 7.0 - np.log(np.sin(theta)) - block[0, 0])
        window = u[None, low:high]
        size = np.exp(block + log_cosh[None, low:high])
        # After the full quarter turn the kernel is real, and costs a third.
        turn = -1.0 if theta == QUARTER_TURN else 1j * np.cos(theta) * np.tanh(window) - np.sin(theta)
        kernel = np.exp(turn * size)
        out[:, start : start + 256] = (kernel @ weights[:, low:high].T).T + below[:, low, None]
    return out


def _grids(sigma: float, step: float) -> tuple[FloatArray, FloatArray, float]:
    """The grid of v, the grid of u ordered by |u|, and the step of u."""
    reach = 1 / sigma**2 + 10 / sigma
    step_u = min(step, 2 * step / sigma)
    half = np.arange(step_u / 2, reach + step_u, step_u)
    u = np.stack([half, -half], axis=1).ravel()
    v = np.arange(-reach - 45.0, 7.0 + max(0.0, np.log(sigma)), step)
    return v, u, step_u


def bayes_squared(k: int, sigma: float, step: float = STEP) -> float:
    """Squared risk of the posterior mean; relative error about 1e-13 max(1, k)."""
    v, u, step_u = _grids(sigma, step)
    s = sigma**2
    density = sigma / np.sqrt(2 * np.pi) * step_u
    weights = density * np.exp(-0.5 * s * np.stack([u, u - 1 / s]) ** 2)
    p, q = np.real(_kernel_averages(v, u, weights, QUARTER_TURN))
    keep = (p > 0) & (q > 0)  # where exp(-lambda) itself underflows
    v, log_p, log_q = v[keep], np.log(p[keep]), np.log(q[keep])
    total = np.exp(v - 0.5 / s + k * log_p).sum()
    if k > 1:
        total += (k - 1) * np.exp(v + 0.5 / s + 2 * log_q + (k - 2) * log_p).sum()
    return float(step * total)


def bayes_zero_one(k: int, sigma: float, step: float = STEP) -> float:
    """Error of the sign of the posterior mean; absolute error about 1e-14 max(100, k)."""
    v, u, step_u = _grids(sigma, step)
    s = sigma**2
    # A full quarter turn costs exp(pi^2 s / 8) in cancellation: turn less when the noise is large.
    theta = QUARTER_TURN * min(1.0, 1 / sigma)
    shifted = np.stack([u, u - 1 / s]) + 1j * theta
    weights = sigma / np.sqrt(2 * np.pi) * step_u * np.exp(-0.5 * s * shifted**2)
    noise, signal = _kernel_averages(v, u, weights, theta)
    return float(0.5 - step / np.pi * (signal.imag * noise.real ** (k - 1)).sum())


def bayes_errors(k: int, sigma: float) -> tuple[float, float]:
    """(0-1 error, squared risk) of the Bayes classifier for k patches at noise `sigma`.

    With p the posterior probability of the wrong label, the 0-1 error is E min(p, 1 - p) and the squared risk
    E 4p(1 - p), so that the first is between a quarter and a half of the second. As sigma falls the log-odds
    spread evenly over the few units around 0 that matter, and the ratio tends to 1/pi: this limit, within 1 %
    there, is the 0-1 error where the squared risk is below 1e-10 and the absolute error of the integral would
    show. Below 1e-300 both are returned as 0.
    """
    # The sign of the largest |z_i| errs with probability at most k Phi(-1 / (sigma sqrt2)).
    if 4 * k * ndtr(-1 / (np.sqrt(2) * sigma)) < UNDERFLOW:
        return 0.0, 0.0
    squared = bayes_squared(k, sigma)
    if k == 1:
        return float(ndtr(-1 / sigma)), squared
    if squared < SMALL:
        return squared / np.pi, squared
    return bayes_zero_one(k, sigma), squared
