"""Ridgeless kernel regression on Gaussian random fields: exact expectations of the test error over fields."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular

from sims.pieces.errors import is_whole, require
from sims.pieces.quantity import Quantity
from sims.probes.series import mean_quantity
from theory.kernels.gram import Kernel, gram

FLOOR = 100.0
"""How far the least pivot has to stand above its own rounding error."""


class Covariances:
    """A kernel on training inputs, between these and test inputs, and at test inputs; float64.

    For a Gaussian random field with zero mean they are its covariances.
    """

    def __init__(self, kernel: Kernel, train: np.ndarray, test: np.ndarray) -> None:
        # One symmetric matrix of all inputs costs what its three parts cost, and one compilation.
        both: np.ndarray = gram(kernel, np.concatenate([train, test]))
        n = len(train)
        self.train, self.across, self.test = both[:n, :n], both[:n, n:], np.diagonal(both)[n:]


class Interpolation:
    """Ridgeless regression with a student kernel, factorised once for all training sizes n.

    The first n of the training inputs are the training set of size n: its Cholesky factor is the leading
    block of the whole one. No ridge is added. With a_j(n) the weights that predict test value j from the n
    training values, a Gaussian field of covariance T has the expected squared error

        E (f(x_j) - a_j . f(X))^2 = T(x_j, x_j) - 2 a_j . T(X, x_j) + a_j . T(X, X) a_j

    so that no field needs to be drawn.

    Raises `ValueError` if the student's matrix is singular to rounding: a conditional variance (a squared
    pivot) below `FLOOR` n eps times the mean variance.
    """

    def __init__(self, student: Covariances) -> None:
        matrix = student.train
        least = FLOOR * len(matrix) * np.finfo(np.float64).eps
        try:
            self._factor = cholesky(matrix, lower=True, check_finite=False)
            pivots = np.diagonal(self._factor) ** 2
            self.least_pivot = float(np.min(pivots) / np.mean(np.diagonal(matrix)))
        except LinAlgError:
            self.least_pivot = 0.0
        if self.least_pivot < least:
            raise ValueError(
                f"student: singular to rounding on {len(matrix)} inputs, conditional variance "
                f"{self.least_pivot:.1e} of the variance; allowed: at least {least:.1e}"
            )
        self._whitened = solve_triangular(self._factor, student.across, lower=True, check_finite=False)

    def weights(self, n: int) -> np.ndarray:
        """(n, m): how much each of n training values enters each of m predicted test values."""
        return solve_triangular(
            self._factor[:n, :n], self._whitened[:n], lower=True, trans=1, check_finite=False
        )

    def errors(self, teacher: Covariances, ns: Sequence[int]) -> np.ndarray:
        """Expected squared error at each n, mean over test inputs, in units of the field's variance there."""
        found = []
        for n in ns:
            a = self.weights(n)
            spread = teacher.train[:n, :n] @ a - 2 * teacher.across[:n]
            found.append(float(np.mean(teacher.test + np.sum(a * spread, axis=0))))
        return np.array(found) / float(np.mean(teacher.test))


def doubling(n_min: int, n_max: int) -> tuple[int, ...]:
    """n_min, 2 n_min, 4 n_min, ... up to n_max. Raises `InputError` for fewer than two sizes."""
    require(is_whole(n_min) and n_min >= 2, "n_min", n_min, "an integer >= 2")
    sizes = [n_min]
    while 2 * sizes[-1] <= n_max:
        sizes.append(2 * sizes[-1])
    whole = len(sizes) > 1 and sizes[-1] == n_max
    require(whole, "n_max", n_max, f"{n_min} times a power of 2, at least {2 * n_min}")
    return tuple(sizes)


def curve_quantities(
    errors: np.ndarray,
    ns: Sequence[int],
    beta: float,
    *,
    prefix: str = "",
    predicted: Sequence[float | None] | None = None,
) -> list[Quantity]:
    """What a learning curve (sets of inputs, ns) says of its exponent, with standard errors over the sets.

    "test_error" at each n, in units of the field's variance, `predicted` beside it; "local_exponent" at each
    n but the first, -d log error / d log n between it and the n before, predicted to tend to `beta`;
    "last_exponent", the last of these.
    """
    logs, sizes = np.log(errors), np.log(np.asarray(ns, dtype=float))
    slopes = -np.diff(logs, axis=1) / np.diff(sizes)
    beside = [None] * len(ns) if predicted is None else predicted
    found = [
        mean_quantity(f"{prefix}test_error", errors[:, place], predicted=beside[place], at=float(n))
        for place, n in enumerate(ns)
    ]
    found += [
        mean_quantity(f"{prefix}local_exponent", slopes[:, place], predicted=beta, at=float(n))
        for place, n in enumerate(ns[1:])
    ]
    return [*found, mean_quantity(f"{prefix}last_exponent", slopes[:, -1], predicted=beta)]
