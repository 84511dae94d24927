"""A kernel's spectrum and a target seen through a Gram matrix on m held-out inputs, and what they predict.

The eigenvalues of gram / m are not those of the kernel: m inputs see the tail as at most m eigenvalues, and
the sampled eigenvectors fit what no n samples could. Put into the formulas of `learning_curve` as they are
(`empirical_spectrum`), they predict too low a risk unless n is far below m. `SampledSpectrum` undoes this by
the same theory, applied to ridge regression on the m inputs themselves. With eigenvalues s_i of the Gram
matrix and any auxiliary ridge a > 0, m in place of n:

    D1 = sum_i s_i / (s_i + a)          equals sum_i L_i of the true spectrum, at
    kappa = a / (m - D1)                the effective ridge of m samples and ridge a
    D2 = D1 + kappa dD1/dkappa          equals sum_i L_i^2, as kappa dL/dkappa = L^2 - L
    B = (kappa m)^2 (1 - D2/m) |(gram + a I)^-1 y|^2 / m      equals sum_i (1 - L_i)^2 w_i^2 + s2

The last line is the relation between training and test error, train = (a / (m kappa))^2 test (Simon et al.
2021; Canatar et al. 2021), solved for test = B / (1 - D2/m). For n samples and a ridge, a solves
n = D1 + ridge / kappa, and test MSE = B n / (n - D2). Derived; at n = m and a = ridge this is generalised
cross-validation. All of it needs n <= m, and labels in place of the target serve as well: noise is then part
of B by itself.
"""

import dataclasses
import math
from typing import cast

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from theory.kernels.learning_curve import ROUNDING, Prediction, Spectrum
from theory.validation import FloatArray, finite_array, nonnegative_real, positive_real

_LEAST = 1e-14
"""Smallest auxiliary ridge, in units of the Gram matrix's largest eigenvalue: below it rounding rules."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SampledSpectrum:
    """Eigenvalues (m,) of a Gram matrix, descending, and the labels' squared coefficients (m,) on its
    eigenvectors, over m, mean over targets; noise: variance that the labels do not show, because they are
    means of the label given the input. Made by `sampled_spectrum`.
    """

    eigenvalues: FloatArray
    powers: FloatArray
    noise: float

    @property
    def inputs(self) -> int:
        """m."""
        return len(self.eigenvalues)

    def prediction(self, n: float, ridge: float = 0.0) -> Prediction:
        """At n > 0 training samples and a ridge >= 0, of regression with (K + ridge I)^-1.

        Raises `ValueError`, named n, for n > m, and without a ridge for n above the rank of the Gram matrix,
        where its own sample does not say what its kernel's eigenvalues are.
        """
        n, ridge = positive_real("n", n), nonnegative_real("ridge", ridge)
        if n > self.inputs:
            raise ValueError(f"n: got {n:g}; allowed: at most {self.inputs}, the inputs behind the spectrum")
        values, m = self.eigenvalues, self.inputs

        def excess(log_a: float) -> float:
            a = math.exp(log_a)
            learnt = float(np.sum(values / (values + a)))
            return learnt + ridge * (m - learnt) / a - n

        low = math.log(float(values[0]) * _LEAST)
        if excess(low) < 0:
            raise ValueError(f"n: got {n:g}; allowed: less than the rank of the Gram matrix where ridge = 0")
        high = math.log((float(np.sum(values)) + ridge * m) / n) + 1e-9
        a = math.exp(cast(float, brentq(excess, low, max(low, high), xtol=1e-13)))
        return self._at(a, n)

    def _at(self, a: float, n: float) -> Prediction:
        values, m = self.eigenvalues, self.inputs
        d1 = float(np.sum(values / (values + a)))
        slope = -float(np.sum(values / (values + a) ** 2))
        kappa = a / (m - d1)
        kappa_slope = 1 / (m - d1) + a * slope / (m - d1) ** 2
        d2 = d1 + kappa * slope / kappa_slope
        residual = float(np.sum(self.powers / (values + a) ** 2))
        error = (kappa * m) ** 2 * (1 - d2 / m) * residual + self.noise
        left = n - d2
        cost = n / left if left > ROUNDING * n else math.inf
        return Prediction(effective_ridge=kappa, learnt=d1, noise_cost=cost, test_mse=cost * error)


def sampled_spectrum(gram: ArrayLike, target: ArrayLike, *, noise: float = 0.0) -> SampledSpectrum:
    """The spectrum behind a Gram matrix (m, m) on inputs that no prediction is held against.

    target: (m,), their labels, or the means of the labels with `noise` the variance about them; or (m, r), r
    targets whose mean prediction is asked for. Labels will do; means are less noisy.

    Raises `ValueError`, named by the argument, for shapes that disagree, no inputs, NaN or infinity.
    """
    values, coefficients = _eigensystem(gram, target)
    m = len(values)
    return SampledSpectrum(
        eigenvalues=values, powers=coefficients / m, noise=nonnegative_real("noise", noise)
    )


def empirical_spectrum(gram: ArrayLike, target: ArrayLike, *, noise: float = 0.0) -> Spectrum:
    """The spectrum on the empirical law of the m inputs: eigenpairs of gram / m, as they are.

    target, noise, errors as in `sampled_spectrum`, but a label's own noise, passed as part of the target,
    would count as something to learn. The leading eigenvalues come close to the kernel's as m grows, the tail
    does not.
    """
    values, coefficients = _eigensystem(gram, target)
    m = len(values)
    kept = values > m * np.finfo(float).eps * values[0]
    return Spectrum(eigenvalues=np.where(kept, values / m, 0.0), powers=coefficients / m, noise=noise)


def _eigensystem(gram: ArrayLike, target: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues (m,), descending and >= 0, and mean squares over targets of what lies along each vector."""
    matrix, values = finite_array("gram", gram), finite_array("target", target)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"gram: has shape {matrix.shape}; allowed: (m, m) with m >= 1")
    m = len(matrix)
    if values.ndim not in (1, 2) or len(values) != m or values.size == 0:
        raise ValueError(f"target: has shape {values.shape}; allowed: ({m},) or ({m}, r)")
    eigenvalues, vectors = scipy.linalg.eigh(matrix, driver="evd")
    along = np.mean((vectors.T @ values.reshape(m, -1)) ** 2, axis=1)
    return np.maximum(eigenvalues[::-1], 0.0), along[::-1]
