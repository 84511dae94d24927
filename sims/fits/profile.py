"""Profile-likelihood intervals and p-values of the parameters of a fit, with Student's t correction.

For uncensored observations of a law that is linear on the log scale they are exactly the t intervals and t
tests of least squares: with N observations and p parameters of the mean, ``2 (log L_max - log L) = N log(1 +
t^2 / (N - p))`` (derived). With censoring, N counts the uncensored observations.
"""

import numpy as np
from scipy.special import stdtrit

from sims.fits.family import Law
from sims.fits.likelihood import Data, log_likelihood, maximise

_ROUNDS = 25


def profile_log_likelihood(
    law: Law, data: Data, best: np.ndarray, index: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """Log-likelihood (R,) with parameter index[r] held at values[r]; `best` (p + 1,) is the maximum."""
    rows = np.arange(len(values))
    # The other parameters start where least squares would move them along with the held one; where that makes
    # the mean negative, from the maximum itself.
    covariance = _covariance(law, data, best)
    along = (covariance / np.diag(covariance))[:, index].T
    begin = np.repeat(best[None], len(values), axis=0)
    begin[:, :-1] += along * (values - best[index])[:, None]
    weights = np.ones((len(values), len(data.low)))
    lost = ~np.isfinite(log_likelihood(law, begin, data, weights))
    begin[lost] = best
    begin[rows, index] = values
    held = np.zeros(begin.shape, dtype=bool)
    held[rows, index] = True
    return maximise(law, data, weights, begin, held=held).log_likelihood


def profile_intervals(
    law: Law, data: Data, best: np.ndarray, value: float, seen: int, degrees: int, level: float
) -> list[tuple[float | None, float | None]]:
    """Ends of the interval of every parameter of the mean; None where the likelihood does not bound it.

    `seen` uncensored observations, `degrees` = seen - number of parameters of the mean.
    """
    count = len(best) - 1
    quantile = stdtrit(degrees, (1 + level) / 2)
    target = np.sqrt(seen * np.log1p(quantile**2 / degrees))
    index = np.tile(np.arange(count), 2)
    side = np.repeat([-1.0, 1.0], count)
    step = side * quantile * np.sqrt(np.diag(_covariance(law, data, best)))[index]
    inside, outside = np.zeros(len(index)), np.full(len(index), np.inf)
    # The signed root of the likelihood ratio is nearly linear in the parameter, so that rescaling the step by
    # target / root converges in a few rounds; the bracket [inside, outside] keeps it safe.
    for _ in range(_ROUNDS):
        reached = profile_log_likelihood(law, data, best, index, best[index] + step)
        root = np.sqrt(2 * np.maximum(value - reached, 0))
        size = np.abs(step)
        below = root < target
        inside = np.where(below, np.maximum(inside, size), inside)
        outside = np.where(below, outside, np.minimum(outside, size))
        if np.all(np.abs(root - target) < 1e-4 * target):
            break
        with np.errstate(divide="ignore"):
            proposal = size * np.clip(target / root, 0.3, 3.0)
        safe = (proposal > inside) & (proposal < outside)
        middle = np.where(np.isfinite(outside), (inside + outside) / 2, 3 * size)
        step = side * np.where(safe, proposal, middle)
    ends = best[index] + step
    unbounded = ~np.isfinite(outside) & (root < 0.99 * target)
    found = [None if lost else float(end) for end, lost in zip(ends, unbounded, strict=True)]
    return list(zip(found[:count], found[count:], strict=True))


def signed_t(law: Law, data: Data, best: np.ndarray, value: float, seen: int, index: int, at: float) -> float:
    """Student's t of the hypothesis that parameter `index` is `at`: positive if its estimate lies above."""
    reached = profile_log_likelihood(law, data, best, np.array([index]), np.array([at]))
    degrees = seen - (len(best) - 1)
    ratio = 2 * max(value - float(reached[0]), 0.0)
    return float(np.sign(best[index] - at) * np.sqrt(degrees * np.expm1(ratio / seen)))


def _covariance(law: Law, data: Data, best: np.ndarray) -> np.ndarray:
    """Rough covariance (p, p) of the parameters of the mean, by least squares at the maximum.

    Columns are scaled to norm 1, and inverted before they are squared: beside a large offset the amplitude
    moves the mean so little that its square would be rounded away.
    """
    _, jacobian = law.log_mean(best[None, :-1], data.cells)
    sizes = np.maximum(np.linalg.norm(jacobian[0], axis=0), 1e-100)
    inverse = np.linalg.pinv(jacobian[0] / sizes) / sizes[:, None]
    return inverse @ inverse.T * np.exp(2 * best[-1])
