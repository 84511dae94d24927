"""Numbers measured over a range that is quadrupled, as quantities: means, and the power law through them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from sims.pieces.quantity import Quantity


def quadrupled(smallest: float, largest: float) -> list[float]:
    """smallest, 4 smallest, 16 smallest, ... up to `largest`."""
    return [smallest * 4**power for power in range(int(math.log(largest / smallest, 4) + 1e-9) + 1)]


def mean_quantity(
    name: str, values: ArrayLike, *, at: float | None = None, predicted: float | None = None
) -> Quantity:
    """The mean of independent values (at least 2) with its standard error."""
    array = np.asarray(values, np.float64)
    return Quantity(
        name=name,
        value=float(array.mean()),
        error=float(array.std(ddof=1)) / math.sqrt(len(array)),
        predicted=predicted,
        at=at,
        repetitions=len(array),
    )


def exponent_quantity(
    name: str, series: Mapping[float, Sequence[float]], *, predicted: float | None = None
) -> Quantity:
    """The exponent of a power law: the least-squares slope of log values over log abscissa, taken for every
    repetition by itself; the mean over repetitions, with its standard error.

    series: {abscissa: values > 0, one a repetition}, at least two abscissas.
    """
    x = np.log(list(series))
    values = np.log([list(own) for own in series.values()])
    centred = x - x.mean()
    slopes = centred @ values / (centred @ centred)
    return mean_quantity(name, slopes.tolist(), predicted=predicted)
