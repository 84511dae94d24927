"""Fit one family of scaling laws to observations of n*: the fit, what became of it, and how it was found."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
from scipy.special import fdtrc

from sims.fits.family import EXPONENTS, FAMILIES, Law
from sims.fits.likelihood import Data, Maximum, maximise
from sims.fits.observation import Observation, log_intervals, log_middles, of_cells
from sims.fits.profile import profile_intervals
from sims.pieces.errors import require
from sims.search.estimate import Estimate


class FitStatus(Enum):
    """What became of a fit."""

    CONVERGED = "converged"
    NOT_IDENTIFIED = "the design cannot tell the parameters apart"
    NO_DATA = "no observations"
    ALL_CENSORED = "every observation is censored"
    FAILED = "the optimiser did not converge"


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted family; every number is None unless `status` is CONVERGED.

    parameters: "a" (amplitude, in samples), for the power family "alpha", "beta", "gamma" (None where k, d or
    sigma does not vary), and "offset" (in samples) where there is one. sigma_residual: standard deviation of
    log n* over seeds about the law. aicc: Akaike's criterion with the small-sample correction, cells as
    units: None with too few of them. loo_error: root-mean-square error, in log n*, of predicting each cell
    from the others; None where some cell is needed to identify the law. lack_of_fit: p-value of the F test of
    the law against free means of all cells; None where seeds or cells do not suffice for it.
    """

    family: str
    log: bool
    offset: bool
    status: FitStatus
    parameters: dict[str, Estimate | None] = field(default_factory=dict)
    sigma_residual: float | None = None
    log_likelihood: float | None = None
    aicc: float | None = None
    loo_error: float | None = None
    lack_of_fit: float | None = None
    observations: tuple[Observation, ...] = field(default=(), repr=False)
    law: Law | None = field(default=None, repr=False)
    theta: tuple[float, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The family with its variants, e.g. "kd, log, offset"."""
        return ", ".join([self.family, *(["log"] if self.log else []), *(["offset"] if self.offset else [])])

    @property
    def size(self) -> int:
        """Number of fitted parameters, the noise included."""
        return len(self.theta)

    def predict(self, k: float, d: float, sigma: float) -> float:
        """Median n* at (k, d, sigma). Raises ValueError unless the fit converged."""
        if self.law is None or self.status is not FitStatus.CONVERGED:
            raise ValueError(f"a fit with status {self.status.name} predicts nothing")
        mean, _ = self.law.log_mean(np.array([self.theta[:-1]]), np.array([[k, d, sigma]], dtype=float))
        return float(np.exp(mean[0, 0]))


class Maximised(NamedTuple):
    """A law with the data it is fitted to and the maximum found; seen: observations that are not censored."""

    law: Law
    data: Data
    best: np.ndarray
    value: float
    seen: int

    @property
    def degrees(self) -> int:
        """Of freedom: seen, less the parameters of the mean."""
        return self.seen - len(self.law.names)


def data_of(observations: Sequence[Observation]) -> Data:
    """The arrays that the likelihood works on."""
    cells = np.array([o.cell for o in observations], dtype=float).reshape(len(observations), 3)
    return Data(cells, *log_intervals(observations))


def starts(law: Law, data: Data, log_n: np.ndarray) -> np.ndarray:
    """Starting points (R, p + 1) by variable projection on the interval middles `log_n` (n,).

    Without an offset the law is linear in its parameters on the log scale: one start, by least squares. With
    an offset, amplitude and offset are linear in n: for the exponents of the least-squares start, scaled by
    several factors, they are projected out by weighted least squares on n (weights 1/n, for log-normal
    noise). Zero offset is one of the starts, so that a law with an offset is never fitted worse than
    without.
    """
    count = len(law.exponents)
    origin = law.log_shape(data.cells, np.zeros((1, count)))[0]
    design = np.ones((len(log_n), 1 + count))
    for column, exponents in enumerate(np.eye(count), start=1):
        design[:, column] = law.log_shape(data.cells, exponents[None])[0] - origin
    linear, *_ = np.linalg.lstsq(design, log_n - origin, rcond=None)
    noise = float(np.log(np.std(log_n - origin - design @ linear) + 0.05))
    if not law.offset:
        return np.array([[*linear, noise]])
    n = np.exp(log_n)
    rows = [[*linear, 0.0, noise]]
    for factor in (0.5, 0.75, 1.0, 1.4, 2.0) if count else (1.0,):
        shape = np.exp(law.log_shape(data.cells, factor * linear[None, 1:])[0])
        basis = np.column_stack([shape, np.ones(len(n))]) / n[:, None]
        (amplitude, offset), *_ = np.linalg.lstsq(basis, np.ones(len(n)), rcond=None)
        mean = amplitude * shape + offset
        if amplitude > 0 and np.all(mean > 0):
            spread = float(np.log(np.std(log_n - np.log(mean)) + 0.05))
            rows.append([np.log(amplitude), *(factor * linear[1:]), offset, spread])
    return np.array(rows)


def _best(found: Maximum) -> int:
    return int(np.argmax(np.where(found.converged, found.log_likelihood, -np.inf)))


def fit_family(
    observations: Sequence[Observation],
    family: str,
    *,
    log: bool = False,
    offset: bool = False,
    level: float = 0.95,
    intervals: bool = True,
) -> Fit:
    """Fit one family by maximum likelihood; what cannot be fitted comes back with its `FitStatus`.

    The intervals of the parameters are profile-likelihood intervals at `level` with Student's t correction,
    the wider of two at each end: seeds as units, and cells as units, where there are enough of them, as a law
    that is only near the truth leaves cells off it however many seeds they have. ``intervals=False`` leaves
    them, and `loo_error`, out (ends None). Raises `InputError` for an unknown family.
    """
    require(family in FAMILIES, "family", family, ", ".join(FAMILIES))

    def without(status: FitStatus) -> Fit:
        return Fit(family=family, log=log, offset=offset, status=status, observations=tuple(observations))

    if not observations:
        return without(FitStatus.NO_DATA)
    if all(o.censored for o in observations):
        return without(FitStatus.ALL_CENSORED)
    law = Law.on_design(family, data_of(observations).cells, log=log, offset=offset)
    seeds = _maximised(law, observations)
    if isinstance(seeds, FitStatus):
        return without(seeds)
    cells = cells_as_units(law, observations)
    if intervals:
        ends, method = _widest(seeds, cells, level)
        method += f" over {len(observations)} seeds, {100 * level:g} % interval, t-corrected"
    else:
        ends, method = [(None, None)] * len(law.names), f"maximum likelihood over {len(observations)} seeds"
    return Fit(
        family=family,
        log=log,
        offset=offset,
        status=FitStatus.CONVERGED,
        parameters=named(law, seeds.best, ends, method),
        sigma_residual=float(np.exp(seeds.best[-1])),
        log_likelihood=seeds.value,
        aicc=None if cells is None else _aicc(cells),
        loo_error=_leave_one_out(law, seeds.data, seeds.best) if intervals else None,
        lack_of_fit=_lack_of_fit(seeds),
        observations=tuple(observations),
        law=law,
        theta=tuple(float(x) for x in seeds.best),
    )


def _maximised(law: Law, observations: Sequence[Observation]) -> Maximised | FitStatus:
    """The maximum of the likelihood, or why there is none."""
    data, count = data_of(observations), len(law.names)
    seen = sum(not o.censored for o in observations)
    different = len({o.cell for o in observations if not o.censored})
    if different < count or seen < count + 1 or len(observations) < count + 3:
        return FitStatus.NOT_IDENTIFIED
    begin = starts(law, data, log_middles(observations))
    found = maximise(law, data, np.ones((len(begin), len(observations))), begin)
    if not found.converged.any():
        return FitStatus.FAILED
    row = _best(found)
    best = found.theta[row]
    if not _identified(law, best, data):
        return FitStatus.NOT_IDENTIFIED
    return Maximised(law, data, best, float(found.log_likelihood[row]), seen)


def cells_as_units(law: Law, observations: Sequence[Observation]) -> Maximised | None:
    """The law fitted to one observation a cell; None where there are too few of them for it.

    Seeds tell how well each cell is known, not how far cells lie off a law that is only near the truth: that
    is seen between cells alone.
    """
    found = _maximised(law, of_cells(observations))
    return None if isinstance(found, FitStatus) else found


def _widest(
    seeds: Maximised, cells: Maximised | None, level: float
) -> tuple[list[tuple[float | None, float | None]], str]:
    """Intervals of the parameters that hold those of both units, and their name."""
    by_seeds = profile_intervals(*seeds[:4], seeds.seen, seeds.degrees, level)
    if cells is None:
        return by_seeds, "profile likelihood, too few cells to be units,"
    by_cells = profile_intervals(*cells[:4], cells.seen, cells.degrees, level)
    ends = [
        (_outer(one[0], other[0], min), _outer(one[1], other[1], max))
        for one, other in zip(by_seeds, by_cells, strict=True)
    ]
    return ends, "profile likelihood, the wider of seeds and cells as units,"


def _outer(one: float | None, other: float | None, further: Callable[[float, float], float]) -> float | None:
    return None if one is None or other is None else further(one, other)


def _aicc(cells: Maximised) -> float | None:
    """Akaike's criterion with the small-sample correction; None where that has no finite value."""
    count, size = len(cells.data.low), len(cells.best)
    if count - size - 1 <= 0:
        return None
    return 2 * size - 2 * cells.value + 2 * size * (size + 1) / (count - size - 1)


def _lack_of_fit(seeds: Maximised) -> float | None:
    """p-value of the F test of the law against a mean of its own for every cell, by interval middles of seeds
    that are not censored; None without degrees of freedom on both sides.
    """
    seen = np.isfinite(seeds.data.low) & np.isfinite(seeds.data.high)
    middles = ((seeds.data.low + seeds.data.high) / 2)[seen]
    mean = seeds.law.log_mean(seeds.best[None, :-1], seeds.data.cells[seen])[0][0]
    _, members = np.unique(seeds.data.cells[seen], axis=0, return_inverse=True)
    counts = np.bincount(members.reshape(-1))
    means = np.bincount(members.reshape(-1), middles) / counts
    between, within = len(counts) - len(seeds.law.names), len(middles) - len(counts)
    pure = float(np.sum((middles - means[members.reshape(-1)]) ** 2))
    if between < 1 or within < 1 or pure == 0:
        return None
    lacking = float(np.sum((means[members.reshape(-1)] - mean) ** 2))
    return float(fdtrc(between, within, (lacking / between) / (pure / within)))


def named(
    law: Law, theta: np.ndarray, ends: Sequence[tuple[float | None, float | None]], method: str
) -> dict[str, Estimate | None]:
    """The parameters by name, the amplitude on its own scale; exponents of what does not vary are None."""
    out: dict[str, Estimate | None] = {}
    for name, best, (low, high) in zip(law.names, theta, ends, strict=False):
        if name == "log a":
            out["a"] = Estimate(_amplitude(low), float(np.exp(best)), _amplitude(high), method)
        else:
            out[name] = Estimate(low, float(best), high, method)
    if law.family == "power":
        out |= {name: None for name in EXPONENTS if name not in out}
    return out


def _amplitude(end: float | None) -> float | None:
    """An end of the interval of log a on its own scale; None, unbounded, beyond what a float holds."""
    return None if end is None or end > math.log(sys.float_info.max) else float(np.exp(end))


def _identified(law: Law, theta: np.ndarray, data: Data) -> bool:
    """Whether small changes of every parameter show in the mean of the uncensored observations."""
    uncensored = np.isfinite(data.low) & np.isfinite(data.high)
    _, jacobian = law.log_mean(theta[None, :-1], data.cells[uncensored])
    if jacobian.shape[1] < jacobian.shape[2]:
        return False
    scaled = jacobian[0] / np.maximum(np.linalg.norm(jacobian[0], axis=0), 1e-300)
    singular = np.linalg.svd(scaled, compute_uv=False)
    return bool(np.all(np.isfinite(theta)) and singular[-1] > 1e-6 * singular[0])


def _leave_one_out(law: Law, data: Data, theta: np.ndarray) -> float | None:
    """Root-mean-square over cells of the error, in log n*, of predicting the cell from all others.

    The error of a seed is its interval's middle minus the prediction; of a censored seed, how far the
    prediction lies outside its interval. The error of a cell is the mean over its seeds.
    """
    cells, members = np.unique(data.cells, axis=0, return_inverse=True)
    members = members.reshape(-1)
    seen = np.isfinite(data.low) & np.isfinite(data.high)
    weights = (members[None, :] != np.arange(len(cells))[:, None]).astype(float)
    if not all(_identified(law, theta, _subset(data, w > 0)) for w in weights):
        return None
    found = maximise(law, data, weights, np.repeat(theta[None], len(cells), axis=0))
    if not found.converged.all():
        return None
    mean, _ = law.log_mean(found.theta[:, :-1], data.cells)
    errors = []
    for row in range(len(cells)):
        own = members == row
        low, high, predicted = data.low[own], data.high[own], mean[row, own]
        outside = np.maximum(low - predicted, 0.0) - np.maximum(predicted - high, 0.0)
        errors.append(np.mean(np.where(seen[own], (low + high) / 2 - predicted, outside)))
    error = math.sqrt(float(np.mean(np.square(errors))))
    return error if math.isfinite(error) else None


def _subset(data: Data, keep: np.ndarray) -> Data:
    return Data(data.cells[keep], data.low[keep], data.high[keep])
