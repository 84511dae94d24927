"""The interval-censored log-normal likelihood, maximised for many weightings of the same observations at
once.

Model: ``log n* = log mean(k, d, sigma; theta) + s * noise`` with standard normal noise, observed as an
interval. For a law without offset the log-likelihood is concave up to reparametrisation (Burridge 1981), so
that its maximum is unique; with an offset several starts are tried.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from sims.fits.family import Law

LOG_S_MIN = float(np.log(1e-3))
"""Smallest noise: an exact law seen through brackets would otherwise drive s to zero."""

_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Maximum:
    """R maximisations: parameters (R, p + 1) with log s last, log-likelihoods (R,), and which converged
    (R,).
    """

    theta: np.ndarray
    log_likelihood: np.ndarray
    converged: np.ndarray


def _log_probability(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """log(Phi(upper) - Phi(lower)) without cancellation in either tail."""
    flip = lower + upper > 0
    lower, upper = np.where(flip, -upper, lower), np.where(flip, -lower, upper)
    log_upper, log_lower = log_ndtr(upper), log_ndtr(lower)
    with np.errstate(invalid="ignore", divide="ignore"):
        return log_upper + np.log(-np.expm1(log_lower - log_upper))


def log_likelihood(law: Law, theta: np.ndarray, data: "Data", weights: np.ndarray) -> np.ndarray:
    """Weighted log-likelihood, shape (R,), at `theta` (R, p + 1); -inf where the mean is not positive."""
    mean, _ = law.log_mean(theta[:, :-1], data.cells)
    s = np.exp(theta[:, -1:])
    with np.errstate(invalid="ignore"):
        value = _log_probability((data.low - mean) / s, (data.high - mean) / s)
    total = np.sum(np.where(weights > 0, weights * value, 0.0), axis=1)
    return np.where(np.isfinite(total), total, -np.inf)


@dataclass(frozen=True)
class Data:
    """Cells (n, 3) with columns k, d, sigma, and the ends of log n* (n,), infinite where censored."""

    cells: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _derivatives(
    law: Law, theta: np.ndarray, data: Data, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (R, p + 1) and curvature (R, p + 1, p + 1).

    The curvature is minus the Hessian, without the second derivatives of the law.
    """
    mean, jacobian = law.log_mean(theta[:, :-1], data.cells)
    s = np.exp(theta[:, -1:])
    ends = ((data.low - mean) / s, (data.high - mean) / s)
    log_p = _log_probability(*ends)
    possible = np.isfinite(log_p)
    densities = []
    for sign, z in zip((-1.0, 1.0), ends, strict=True):
        # An observation of weight 0 may be impossible at theta: it has no slope, not an infinite one.
        inside = np.isfinite(z) & possible
        finite = np.where(inside, z, 0.0)
        exponent = np.where(inside, -(finite**2) / 2 - _LOG_2PI / 2 - log_p, -np.inf)
        densities.append((sign, finite, np.exp(exponent)))
    m0, m1, m2, m3 = (
        sum(sign * finite**power * density for sign, finite, density in densities) for power in range(4)
    )
    by_mean, by_s = -m0 / s, -m1
    mean_mean, mean_s, s_s = (m1 + m0**2) / s**2, -(m0 - m2 - m0 * m1) / s, -(m1 - m3 - m1**2)
    p = jacobian.shape[-1]
    gradient = np.empty((len(theta), p + 1))
    gradient[:, :p] = np.einsum("rn,rnp->rp", weights * by_mean, jacobian)
    gradient[:, p] = np.sum(weights * by_s, axis=1)
    curvature = np.empty((len(theta), p + 1, p + 1))
    curvature[:, :p, :p] = np.swapaxes(jacobian, 1, 2) @ (jacobian * (weights * mean_mean)[..., None])
    curvature[:, :p, p] = np.einsum("rn,rnp->rp", weights * mean_s, jacobian)
    curvature[:, p, :p] = curvature[:, :p, p]
    curvature[:, p, p] = np.sum(weights * s_s, axis=1)
    return gradient, curvature


def maximise(
    law: Law,
    data: Data,
    weights: np.ndarray,
    start: np.ndarray,
    *,
    held: np.ndarray | None = None,
    iterations: int = 100,
) -> Maximum:
    """Damped Newton steps (Levenberg-Marquardt) from `start` (R, p + 1) for the weights (R, n).

    Parameters marked in `held` (R, p + 1) keep their starting value. Converged means that the last step
    promised less than 1e-7 of log-likelihood.
    """
    theta = start.copy()
    held = np.zeros(theta.shape, dtype=bool) if held is None else held
    value = log_likelihood(law, theta, data, weights)
    damping = np.full(len(theta), 1e-3)
    converged = np.zeros(len(theta), dtype=bool)
    active = np.flatnonzero(np.isfinite(value))
    identity = np.eye(theta.shape[1])
    for _ in range(iterations):
        if not len(active):
            break
        now, w = theta[active], weights[active]
        gradient, curvature = _derivatives(law, now, data, w)
        fixed = held[active].copy()
        fixed[:, -1] |= (now[:, -1] <= LOG_S_MIN) & (gradient[:, -1] < 0)
        gradient[fixed] = 0
        curvature = np.where(fixed[:, :, None] | fixed[:, None, :], identity, curvature)
        diagonal = np.maximum(np.abs(np.diagonal(curvature, axis1=1, axis2=2)), 1e-12)
        damped = curvature + damping[active, None, None] * diagonal[:, :, None] * identity
        try:
            step = np.linalg.solve(damped, gradient[..., None])[..., 0]
        except np.linalg.LinAlgError:
            # A direction that the data say nothing of, or whose damping is just its negative curvature: no
            # step along it.
            step = (np.linalg.pinv(damped, hermitian=True) @ gradient[..., None])[..., 0]
        step[:, -1] = np.clip(step[:, -1], -1, 1)
        trial = now + step
        trial[:, -1] = np.maximum(trial[:, -1], LOG_S_MIN)
        reached = log_likelihood(law, trial, data, w)
        better = reached >= value[active]
        promise = np.abs(np.einsum("rp,rp->r", gradient, step))
        done = (promise < 1e-7) & (damping[active] < 10)
        theta[active[better]], value[active[better]] = trial[better], reached[better]
        damping[active] = np.clip(np.where(better, damping[active] / 10, damping[active] * 10), 1e-12, 1e12)
        converged[active[done]] = True
        active = active[~done & (damping[active] < 1e12)]
    return Maximum(theta, value, converged)
