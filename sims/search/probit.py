"""The random-effects probit likelihood of success against n: the statistics behind the estimate of n*.

Model (derived): seed s has a threshold tau_s with ``log tau_s ~ N(mu, s_b^2)``; an evaluation at n succeeds
with probability ``c Phi((log n - log tau_s) / s_w)``, independently given tau_s. ``s_w = 0`` is the
interval-censored log-normal model of a learner whose success is a step in n; ``1 - c`` is the lapse rate of
psychometric functions (Wichmann and Hill 2001), the share of evaluations that fail however large n is. Over
seeds, success at n then has probability ``c Phi((log n - mu) / sqrt(s_b^2 + s_w^2))``, and

    log n* = mu + sqrt(s_b^2 + s_w^2) Phi^-1(1 / (2 c)),  c > 1/2,

is where it is one half (derived). The likelihood uses every evaluation; that the search chose the later n by
looking at the earlier outcomes changes nothing in it, because the choice depends on the observed outcomes
alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

CELLS = 256
"""Cells of the lattice in log n that carries both mu and the integral over log tau."""

WITHIN = np.concatenate([[0.0], np.geomspace(0.03, 1.5, 10)])
"""Widths s_w of a seed's own success curve, in log n, over which the likelihood is maximised."""

CEILINGS = np.array([1.0, 0.97, 0.93, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.53, 0.5, 0.4, 0.3, 0.2, 0.1])
"""Ceilings c over which it is maximised, where some seed fails above a success of its own: of others the most
likely c is 1. At c <= 1/2 there is no n*: it is infinite.
"""

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
    """Maximum-likelihood log n* and the ends of its interval; an infinite end is not bounded by the data.

    centre: log n at which the mean over seeds of the probability of success, each given what it showed, is
    one half: as `best` where thresholds are log-normal, and as their median where they are not.
    lapse: 2 (log L_max - log L_max at c = 1), about chi-squared of one degree where there is a lapse rate.
    """

    low: float
    best: float
    high: float
    centre: float
    lapse: float


def switch_range(curve: Curve) -> tuple[float, float]:
    """(largest n below which nothing succeeds, smallest n above which nothing fails) of one seed's
    evaluations.

    For a monotone curve this is its bracket; for any other it spans all the contradictions. The ends are 0
    and infinity where no failure below and no success above was seen.
    """
    successes = [n for n, success in curve if success]
    first_success = min(successes, default=np.inf)
    return max((n for n, success in curve if not success and n < first_success), default=0), settled(curve)[1]


def settled(curve: Curve) -> tuple[float, float]:
    """(largest n that fails, smallest n above it that succeeds) of one seed's evaluations: where it succeeds
    from on. 0 and infinity as in `switch_range`.
    """
    last_failure = max((n for n, success in curve if not success), default=0)
    return last_failure, min((n for n, success in curve if success and n > last_failure), default=np.inf)


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


def _seed_likelihood(curve: Curve, edges: np.ndarray, within: np.ndarray, ceilings: np.ndarray) -> np.ndarray:
    """Likelihood of one seed's outcomes given log tau in each lattice cell, shape (CELLS, len(within),
    len(ceilings)). The step, s_w = 0, which comes first, has no lapses.
    """
    log_n = np.log([n for n, _ in curve])
    success = np.array([success for _, success in curve])
    centres = (edges[:-1] + edges[1:]) / 2
    out = np.zeros((CELLS, len(within), len(ceilings)))
    # A step: the share of the cell that lies between the largest failure and the smallest success.
    low = np.max(log_n[~success], initial=-np.inf)
    high = np.min(log_n[success], initial=np.inf)
    share = (np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)) / (edges[1] - edges[0])
    out[:, 0, 0] = np.clip(share, 0, 1)
    z = (log_n - centres[:, None])[:, :, None] / within[1:]
    below, above = ndtr(z), ndtr(-z)
    for index, ceiling in enumerate(ceilings):
        # 1 - c Phi(z) as (1 - c) + c Phi(-z), which keeps its digits where it is small.
        chances = np.where(success[None, :, None], ceiling * below, (1 - ceiling) + ceiling * above)
        out[:, 1:, index] = np.prod(chances, axis=1)
    return out


@dataclass(frozen=True)
class _OnLattice:
    """The likelihood on a lattice of log n*: `profile` its maximum over all else, `infinite` that of an n*
    without end; `peak` where it is largest of all, as indices of (s_b, mu, s_w, c); of each seed the
    `likelihood` (CELLS, seeds, s_w, c) of its outcomes given log tau, up to a factor; `lapse` as in
    `Profile`.
    """

    edges: np.ndarray
    profile: np.ndarray
    infinite: float
    peak: tuple[int, ...]
    likelihood: np.ndarray
    lapse: float


def _profile_on(
    curves: Sequence[Curve], start: float, stop: float, within: np.ndarray, ceilings: np.ndarray
) -> _OnLattice:
    """The likelihood on [start, stop], maximised over s_b, s_w and c."""
    edges = np.linspace(start, stop, CELLS + 1)
    likelihood = np.stack([_seed_likelihood(curve, edges, within, ceilings) for curve in curves], axis=1)
    # A seed's largest likelihood becomes one: only ratios matter, and single precision is enough for them.
    likelihood /= likelihood.max(axis=(0, 2, 3), keepdims=True)
    flat = _single(likelihood.reshape(CELLS, -1))
    marginal = (_mixing().reshape(-1, CELLS) @ flat).reshape(len(_BETWEEN), CELLS, *likelihood.shape[1:])
    with np.errstate(divide="ignore"):
        log_likelihood = np.log(marginal).sum(axis=2).astype(float)
    at_n_star = _moved(log_likelihood, edges, within, ceilings)
    peaks = log_likelihood.max(axis=(0, 1, 2))
    return _OnLattice(
        edges,
        _parabolic_maximum(at_n_star.max(axis=(2, 3))),
        float(np.max(log_likelihood[..., ceilings <= 0.5], initial=-np.inf)),
        tuple(int(index) for index in np.unravel_index(log_likelihood.argmax(), log_likelihood.shape)),
        likelihood,
        float(2 * (peaks.max() - peaks[0])),
    )


def _moved(
    log_likelihood: np.ndarray, edges: np.ndarray, within: np.ndarray, ceilings: np.ndarray
) -> np.ndarray:
    """From a lattice of mu to the same lattice of log n*: shape (s_b, CELLS, s_w, c)."""
    mu = (edges[:-1] + edges[1:]) / 2
    out = log_likelihood.copy()
    out[..., ceilings <= 0.5] = -np.inf
    for between, width, ceiling in np.ndindex(len(_BETWEEN), len(within), len(ceilings)):
        if 0.5 < ceilings[ceiling] < 1:
            spread = np.hypot(_BETWEEN[between] * (edges[1] - edges[0]), within[width])
            before = mu - spread * ndtri(1 / (2 * ceilings[ceiling]))
            column = log_likelihood[between, :, width, ceiling]
            out[between, :, width, ceiling] = np.interp(before, mu, column, left=-np.inf)
    return out


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


def profile_interval(curves: Sequence[Curve], level: float, *, steps: bool = False) -> Profile:
    """Maximum-likelihood log n* and its profile interval, from the evaluations of at least two seeds.

    The interval holds the log n* with ``2 (log L_max - log L) <= m log(1 + t^2 / (m - 1))``, t the quantile
    of Student's distribution with m - 1 degrees of freedom at (1 + level) / 2 and m the number of seeds: for
    thresholds known exactly this is Student's t interval of the mean of log tau (derived).

    steps: take each seed's curve for a step at the place from which on it succeeds (`settled`), whatever it
    did below: what a reader of a curve that falls and rises again would do.
    """
    m = len(curves)
    if steps:
        ends_of = [settled(curve) for curve in curves]
        pairs = [((low, False), (high, True)) for low, high in ends_of]
        curves = [[(int(n), s) for n, s in pair if 0 < n < np.inf] for pair in pairs]
    within = WITHIN[:1] if steps else WITHIN
    quantile = stdtrit(m - 1, (1 + level) / 2)
    drop = m * np.log1p(quantile**2 / (m - 1)) / 2
    ranges = np.array([switch_range(curve) for curve in curves], dtype=float)
    falls_back = any(fails_above(curve) for curve in curves)
    ceilings = CEILINGS if falls_back else CEILINGS[:1]
    seen = np.log(sorted({n for curve in curves for n, _ in curve}))
    with np.errstate(divide="ignore"):
        ends = np.clip(np.log(ranges), seen[0], seen[-1])
    spread = max(np.std(ends.mean(axis=1), ddof=1), np.max(ends[:, 1] - ends[:, 0]), 0.05)
    pad = np.array([1.0, 1.0]) * (2 + 1.5 * quantile / np.sqrt(m)) * spread
    pad = np.minimum(pad, _MAX_EXTENSION)
    while True:
        found = _profile_on(curves, ends.min() - pad[0], ends.max() + pad[1], within, ceilings)
        profile, mu = found.profile, (found.edges[:-1] + found.edges[1:]) / 2
        cut = max(profile.max(), found.infinite) - drop
        keep = profile >= cut
        if not keep.any():
            return Profile(float(seen[-1]), np.inf, np.inf, np.inf, found.lapse)
        open_ends = keep[[0, -1]]
        grow = open_ends & (pad < _MAX_EXTENSION)
        if not grow.any():
            break
        pad = np.where(grow, np.minimum(2 * pad, _MAX_EXTENSION), pad)
    # The centre of the flat top: the parabola's vertex where the profile is smooth, the middle of the
    # bracket where every mu in it is equally likely.
    best = mu[profile >= profile.max() - 0.01].mean()
    first, last = np.flatnonzero(keep)[[0, -1]]
    low = -np.inf if open_ends[0] else _crossing(mu, profile, first - 1, cut)
    high = np.inf if open_ends[1] or found.infinite >= cut else _crossing(mu, profile, last, cut)
    return Profile(low, best, high, _centre(found, within, ceilings), found.lapse)


def fails_above(curve: Curve) -> bool:
    """Whether one seed fails at some n above one at which it succeeds."""
    first = min((n for n, success in curve if success), default=np.inf)
    return any(n > first and not success for n, success in curve)


def _centre(found: _OnLattice, within: np.ndarray, ceilings: np.ndarray) -> float:
    """See `Profile.centre`; infinite if the probability stays below one half."""
    between, mean, width, ceiling = found.peak
    weights = found.likelihood[:, :, width, ceiling] * _mixing()[between, mean][:, None]
    shares = (weights / weights.sum(axis=0)).mean(axis=1)
    if within[width] == 0:
        chance, log_n = np.concatenate([[0.0], np.cumsum(shares)]), found.edges
    else:
        centres = (found.edges[:-1] + found.edges[1:]) / 2
        chance = ceilings[ceiling] * ndtr((centres[:, None] - centres) / within[width]) @ shares
        log_n = centres
    above = np.flatnonzero(chance >= 0.5)
    if len(above) == 0:
        return np.inf
    return _crossing(log_n, chance, max(above[0] - 1, 0), 0.5)


def _crossing(x: np.ndarray, y: np.ndarray, i: int, level: float) -> float:
    """Where the line through points i and i + 1 crosses `level`."""
    if not np.isfinite(y[i]) or not np.isfinite(y[i + 1]):
        return float(x[i] if np.isfinite(y[i + 1]) else x[i + 1])
    return float(x[i] + (level - y[i]) / (y[i + 1] - y[i]) * (x[i + 1] - x[i]))
