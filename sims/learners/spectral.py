"""Kernel regression along a whole path of ridges or times, from one eigendecomposition of the Gram matrix."""

import dataclasses

import numpy as np
import scipy.linalg

Array = np.ndarray


@dataclasses.dataclass(frozen=True)
class Eigensystem:
    """K = U diag(values) U^T of a training set of n inputs.

    values: (n,), ascending, with what rounding made negative set to 0; vectors: U (n, n), eigenvectors as
    columns. Everything in float64.
    """

    values: Array
    vectors: Array

    @staticmethod
    def of(gram: Array) -> "Eigensystem":
        """The eigensystem of a symmetric positive semidefinite matrix (n, n); its lower half is read.

        Raises `numpy.linalg.LinAlgError` if it holds a NaN or an infinity.
        """
        if not np.all(np.isfinite(gram)):
            raise np.linalg.LinAlgError("the Gram matrix holds a NaN or an infinity")
        values, vectors = scipy.linalg.eigh(np.asarray(gram, np.float64), driver="evd", check_finite=False)
        return Eigensystem(np.maximum(values, 0.0), vectors)

    @property
    def cutoff(self) -> float:
        """Eigenvalues at or below it count as 0 in ridgeless regression: n times the machine's epsilon times
        the largest, the convention of numpy's `matrix_rank` and scipy's `pinvh`.
        """
        return float(len(self.values) * np.finfo(np.float64).eps * self.values[-1])

    @property
    def rank(self) -> int:
        """Eigenvalues above the cutoff."""
        return int(np.count_nonzero(self.values > self.cutoff))

    @property
    def mean_diagonal(self) -> float:
        """trace K / n: the mean of K(x, x) over the training set."""
        return float(np.mean(self.values))

    def inverse_with_ridge(self, ridge: float) -> Array:
        """(n,): eigenvalues of (K + ridge I)^-1, with the pseudo-inverse of K at ridge = 0."""
        if ridge > 0:
            return 1 / (self.values + ridge)
        kept = self.values > self.cutoff
        return np.where(kept, 1 / np.where(kept, self.values, 1.0), 0.0)

    def inverse_at_time(self, time: float) -> Array:
        """(n,): eigenvalues of K^-1 (I - exp(-2 K time / n)); their limit where K has a 0 is 2 time / n."""
        rate = 2 * time / len(self.values)
        positive = self.values > 0
        safe = np.where(positive, self.values, 1.0)
        return np.where(positive, -np.expm1(-rate * safe) / safe, rate)

    def dual_coefficients(self, inverses: Array, y: Array) -> Array:
        """Columns alpha (n, points) with f(x) = sum_j alpha_j K(x, x_j).

        inverses: eigenvalues of the inverses (points, n); y: labels (n,).
        """
        return self.vectors @ (inverses * (y @ self.vectors)).T
