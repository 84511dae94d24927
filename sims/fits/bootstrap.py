"""Bootstrap over seeds: intervals of a fit's parameters that do not lean on the log-normal noise."""

import numpy as np

from sims.fits.fit import Fit, FitStatus, data_of, named
from sims.fits.likelihood import maximise
from sims.pieces.errors import require
from sims.search.estimate import Estimate


def bootstrap(
    fit: Fit, *, resamples: int = 400, seed: int = 0, level: float = 0.95
) -> dict[str, Estimate | None]:
    """Percentile intervals of the parameters of a converged fit, resampling the seeds within each cell.

    With m seeds a cell the spread of the resamples falls short by sqrt((m - 1) / m); the percentiles are
    widened about the estimate by the inverse (Hesterberg 2015). Raises `InputError` for a fit that has not
    converged, for fewer than 100 resamples, or if some cell has one seed only.
    """
    require(fit.status is FitStatus.CONVERGED, "fit", fit.status.name, "a converged fit")
    require(resamples >= 100, "resamples", resamples, "an integer >= 100")
    assert fit.law is not None
    data, best = data_of(fit.observations), np.array(fit.theta)
    _, members, sizes = np.unique(data.cells, axis=0, return_inverse=True, return_counts=True)
    require(bool(sizes.min() > 1), "fit", "a cell with one seed", "at least two seeds in every cell")
    rng = np.random.default_rng(seed)
    weights = np.empty((resamples, len(data.low)))
    for cell, size in enumerate(sizes):
        own = np.flatnonzero(members.reshape(-1) == cell)
        weights[:, own] = rng.multinomial(size, np.full(size, 1 / size), size=resamples)
    found = maximise(fit.law, data, weights, np.repeat(best[None], resamples, axis=0))
    draws = found.theta[found.converged, :-1]
    lost = resamples - len(draws)
    widen = np.sqrt(sizes.mean() / (sizes.mean() - 1))
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    centre = best[:-1]
    low, high = centre + widen * (low - centre), centre + widen * (high - centre)
    method = (
        f"bootstrap over seeds within cells, {resamples} resamples, widened {100 * level:g} % percentiles"
    )
    method += f"; {lost} resamples did not converge" if lost else ""
    ends = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return named(fit.law, best, ends, method)
