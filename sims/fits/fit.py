"""Fit one family of scaling laws to observations of n*: the fit, what became of it, and how it was found."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from sims.fits.family import EXPONENTS, FAMILIES, Law
from sims.fits.likelihood import Data, Maximum, maximise
from sims.fits.observation import Observation, log_intervals, log_middles
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
    log n* over seeds about the law. aicc: Akaike's criterion with the small-sample correction. loo_error:
    root-mean-square error, in log n*, of predicting each cell from the others; None where some cell is
    needed to identify the law.
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

    The intervals of the parameters are profile-likelihood intervals at `level` with Student's t correction
    for the number of seeds that are not censored; ``intervals=False`` leaves them, and `loo_error`, out
    (ends None). Raises `InputError` for an unknown family.
    """
    require(family in FAMILIES, "family", family, ", ".join(FAMILIES))

    def without(status: FitStatus) -> Fit:
        return Fit(family=family, log=log, offset=offset, status=status, observations=tuple(observations))

    seen = sum(not o.censored for o in observations)
    if not observations:
        return without(FitStatus.NO_DATA)
    if not seen:
        return without(FitStatus.ALL_CENSORED)
    data = data_of(observations)
    law = Law.on_design(family, data.cells, log=log, offset=offset)
    count = len(law.names)
    if len({o.cell for o in observations if not o.censored}) < count or seen < count + 1:
        return without(FitStatus.NOT_IDENTIFIED)
    if len(observations) < count + 3:
        return without(FitStatus.NOT_IDENTIFIED)
    begin = starts(law, data, log_middles(observations))
    found = maximise(law, data, np.ones((len(begin), len(observations))), begin)
    if not found.converged.any():
        return without(FitStatus.FAILED)
    row = _best(found)
    best, value = found.theta[row], float(found.log_likelihood[row])
    if not _identified(law, best, data):
        return without(FitStatus.NOT_IDENTIFIED)
    degrees = seen - count
    if intervals:
        ends = profile_intervals(law, data, best, value, seen, degrees, level)
        method = f"profile likelihood over {len(observations)} seeds, {100 * level:g} % interval, t-corrected"
    else:
        ends = [(None, None)] * count
        method = f"maximum likelihood over {len(observations)} seeds"
    size = count + 1
    return Fit(
        family=family,
        log=log,
        offset=offset,
        status=FitStatus.CONVERGED,
        parameters=named(law, best, ends, method),
        sigma_residual=float(np.exp(best[-1])),
        log_likelihood=value,
        aicc=2 * size - 2 * value + 2 * size * (size + 1) / (len(observations) - size - 1),
        loo_error=_leave_one_out(law, data, best) if intervals else None,
        observations=tuple(observations),
        law=law,
        theta=tuple(float(x) for x in best),
    )


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
