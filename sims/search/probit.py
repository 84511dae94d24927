"""The random-effects probit likelihood of success against n: the statistics behind the estimate of n*.

Model (derived): seed s has a threshold tau_s with ``log tau_s ~ N(mu, s_b^2)``; an evaluation at n succeeds
with probability ``Phi((log n - log tau_s) / s_w)``, independently given tau_s. ``s_w = 0`` is the
interval-censored log-normal model of a learner whose success is a step in n. The likelihood uses every
evaluation; that the search chose the later n by looking at the earlier outcomes changes nothing in it,
because the choice depends on the observed outcomes alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr, stdtrit

CELLS = 256
"""Cells of the lattice in log n that carries both mu and the integral over log tau."""

WITHIN = np.concatenate([[0.0], np.geomspace(0.03, 1.5, 10)])
"""Widths s_w of a seed's own success curve, in log n, over which the likelihood is maximised."""

_BETWEEN = np.geomspace(0.5, CELLS, 24)
"""Spreads s_b between seeds, in lattice cells."""

_MAX_EXTENSION = 7.0
"""A profile that has not fallen this far (in log n) beyond the evaluations is taken as unbounded on that
side.
"""

Curve = Sequence[tuple[int, bool]]
"""All (n, success) of one seed."""


@dataclass(frozen=True)
class Profile:
    """Maximum-likelihood log n* and the ends of its interval; an infinite end is not bounded by the data."""

    low: float
    best: float
    high: float


def switch_range(curve: Curve) -> tuple[float, float]:
    """(largest n below which nothing succeeds, smallest n above which nothing fails) of one seed's
    evaluations.

    For a monotone curve this is its bracket; for any other it spans all the contradictions. The ends are 0
    and infinity where no failure below and no success above was seen.
    """
    successes = [n for n, success in curve if success]
    failures = [n for n, success in curve if not success]
    first_success = min(successes, default=np.inf)
    last_failure = max(failures, default=0)
    return (
        max((n for n in failures if n < first_success), default=0),
        min((n for n in successes if n > last_failure), default=np.inf),
    )


@cache
def _mixing() -> np.ndarray:
    """Mass that N(mu_i, s_b^2) puts on lattice cell j, shape (len(_BETWEEN), CELLS, CELLS); tails in the
    end cells.
    """
    edges = np.arange(CELLS + 1.0)
    edges[0], edges[-1] = -np.inf, np.inf
    offsets = edges[None, :] - (np.arange(CELLS) + 0.5)[:, None]
    cumulative = ndtr(offsets[None] / _BETWEEN[:, None, None])
    return _single(np.diff(cumulative, axis=2))


def _single(values: np.ndarray) -> np.ndarray:
    """In single precision, tiny values made zero: denormal numbers slow a matrix product down many times."""
    return np.where(values < 1e-18, 0, values).astype(np.float32)


def _seed_likelihood(curve: Curve, edges: np.ndarray) -> np.ndarray:
    """Likelihood of one seed's outcomes given log tau in each lattice cell, shape (CELLS, len(WITHIN))."""
    log_n = np.log([n for n, _ in curve])
    sign = np.where([success for _, success in curve], 1.0, -1.0)
    centres = (edges[:-1] + edges[1:]) / 2
    out = np.empty((CELLS, len(WITHIN)))
    # A step: the share of the cell that lies between the largest failure and the smallest success.
    low = np.max(log_n[sign < 0], initial=-np.inf)
    high = np.min(log_n[sign > 0], initial=np.inf)
    share = (np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)) / (edges[1] - edges[0])
    out[:, 0] = np.clip(share, 0, 1)
    z = sign * (log_n - centres[:, None])
    out[:, 1:] = np.prod(ndtr(z[:, :, None] / WITHIN[1:]), axis=1)
    return out


def _profile_on(curves: Sequence[Curve], start: float, stop: float) -> tuple[np.ndarray, np.ndarray]:
    """Lattice of mu on [start, stop] and the log-likelihood there, maximised over s_b and s_w."""
    edges = np.linspace(start, stop, CELLS + 1)
    likelihood = np.stack([_seed_likelihood(curve, edges) for curve in curves], axis=1)
    # A seed's largest likelihood becomes one: only ratios matter, and single precision is enough for them.
    likelihood /= likelihood.max(axis=(0, 2), keepdims=True)
    flat = _single(likelihood.reshape(CELLS, -1))
    marginal = (_mixing().reshape(-1, CELLS) @ flat).reshape(len(_BETWEEN), CELLS, *likelihood.shape[1:])
    with np.errstate(divide="ignore"):
        log_likelihood = np.log(marginal).sum(axis=2).max(axis=2)
    return (edges[:-1] + edges[1:]) / 2, _parabolic_maximum(log_likelihood.astype(float))


def _parabolic_maximum(values: np.ndarray) -> np.ndarray:
    """Maximum along axis 0 of a function sampled evenly, by the parabola through the largest three values."""
    peak = np.clip(values.argmax(axis=0), 1, len(values) - 2)
    columns = np.arange(values.shape[1])
    left, middle, right = (values[peak + step, columns] for step in (-1, 0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        curvature = left - 2 * middle + right
        refined = middle - (left - right) ** 2 / (8 * curvature)
    inner = np.isfinite(refined) & (middle >= left) & (middle >= right) & (curvature < 0)
    return np.where(inner, refined, values.max(axis=0))


def profile_interval(curves: Sequence[Curve], level: float) -> Profile:
    """Maximum-likelihood mu and its profile interval, from the evaluations of at least two seeds.

    The interval holds the mu with ``2 (log L_max - log L(mu)) <= m log(1 + t^2 / (m - 1))``, t the quantile
    of Student's distribution with m - 1 degrees of freedom at (1 + level) / 2 and m the number of seeds: for
    thresholds known exactly this is Student's t interval of the mean of log tau (derived).
    """
    m = len(curves)
    quantile = stdtrit(m - 1, (1 + level) / 2)
    drop = m * np.log1p(quantile**2 / (m - 1)) / 2
    ranges = np.array([switch_range(curve) for curve in curves], dtype=float)
    seen = np.log(sorted({n for curve in curves for n, _ in curve}))
    with np.errstate(divide="ignore"):
        ends = np.clip(np.log(ranges), seen[0], seen[-1])
    spread = max(np.std(ends.mean(axis=1), ddof=1), np.max(ends[:, 1] - ends[:, 0]), 0.05)
    pad = np.array([1.0, 1.0]) * (2 + 1.5 * quantile / np.sqrt(m)) * spread
    pad = np.minimum(pad, _MAX_EXTENSION)
    while True:
        mu, log_likelihood = _profile_on(curves, ends.min() - pad[0], ends.max() + pad[1])
        keep = log_likelihood >= log_likelihood.max() - drop
        open_ends = keep[[0, -1]]
        grow = open_ends & (pad < _MAX_EXTENSION)
        if not grow.any():
            break
        pad = np.where(grow, np.minimum(2 * pad, _MAX_EXTENSION), pad)
    # The centre of the flat top: the parabola's vertex where the profile is smooth, the middle of the
    # bracket where every mu in it is equally likely.
    best = mu[log_likelihood >= log_likelihood.max() - 0.01].mean()
    first, last = np.flatnonzero(keep)[[0, -1]]
    cut = log_likelihood.max() - drop
    low = -np.inf if open_ends[0] else _crossing(mu, log_likelihood, first - 1, cut)
    high = np.inf if open_ends[1] else _crossing(mu, log_likelihood, last, cut)
    return Profile(low, best, high)


def _crossing(x: np.ndarray, y: np.ndarray, i: int, level: float) -> float:
    """Where the line through points i and i + 1 crosses `level`."""
    if not np.isfinite(y[i]) or not np.isfinite(y[i + 1]):
        return float(x[i] if np.isfinite(y[i + 1]) else x[i + 1])
    return float(x[i] + (level - y[i]) / (y[i + 1] - y[i]) * (x[i + 1] - x[i]))
