"""Learning curves of kernel ridge regression, predicted from the kernel's spectrum.

A kernel has Mercer eigenvalues lambda_i and eigenfunctions phi_i on the law of the inputs; the target is
sum_i w_i phi_i(x) plus noise of variance s2. Ridge regression with (K + ridge I)^-1 on n samples has, if the
phi_i(x) were independent standard normals and n is large,

    n = sum_i lambda_i / (lambda_i + kappa) + ridge / kappa      the effective ridge kappa >= 0
    L_i = lambda_i / (lambda_i + kappa)                          learnability of eigenfunction i, sum <= n
    E0 = n / (n - sum_i L_i^2)                                   how much fitting noise costs
    test MSE = E0 (sum_i (1 - L_i)^2 w_i^2 + s2)                 noise of the test label included

(Simon, Dickens, Karkada and DeWeese 2021, arXiv 2110.03922; Canatar, Bordelon and Pehlevan 2021, Nature
Communications 12:2914.) What the kernel cannot learn, an eigenvalue 0, acts as noise. The conservation law
sum_i L_i = n holds without a ridge.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from theory.validation import (
    FloatArray,
    nonnegative_array,
    nonnegative_real,
    positive_integer,
    positive_real,
)

ROUNDING = 1e-12
"""n - sum_i L_i^2 below this fraction of n counts as 0: ridgeless regression just interpolates."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prediction:
    """What theory says of one training-set size.

    effective_ridge: kappa; learnt: sum_i L_i, how many eigenfunctions are learnt; noise_cost: E0, infinite
    where ridgeless regression just interpolates (n = number of eigenvalues above 0); test_mse: with the noise
    of the test label.
    """

    effective_ridge: float
    learnt: float
    noise_cost: float
    test_mse: float


class LearningCurve(Protocol):
    """What predicts: a known spectrum, or one seen through a sample."""

    def prediction(self, n: float, ridge: float = 0.0) -> Prediction:
        """At n > 0 training samples (may be fractional) and a ridge >= 0."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spectrum:
    """A kernel and a target, known through the kernel's eigenfunctions.

    eigenvalues: lambda_i >= 0 (m,); powers: w_i^2 >= 0 (m,), squared coefficients of the target;
    multiplicities: how many eigenfunctions have each eigenvalue (m,), 1 if not given, w_i^2 then being summed
    over them; noise: variance of the labels given the input, and of all that is orthogonal to the
    eigenfunctions.

    Raises `ValueError`, named by the field, for other values, for shapes that disagree and for no eigenvalue.
    """

    eigenvalues: FloatArray
    powers: FloatArray
    noise: float = 0.0
    multiplicities: FloatArray | None = None

    def __post_init__(self) -> None:
        values = nonnegative_array("eigenvalues", self.eigenvalues)
        if values.ndim != 1 or len(values) == 0:
            raise ValueError(f"eigenvalues: has shape {values.shape}; allowed: (m,) with m >= 1")
        powers = nonnegative_array("powers", self.powers)
        if powers.shape != values.shape:
            raise ValueError(f"powers: has shape {powers.shape}; allowed: {values.shape}, as eigenvalues")
        counts = _multiplicities(self.multiplicities, values)
        object.__setattr__(self, "eigenvalues", values)
        object.__setattr__(self, "multiplicities", counts)
        object.__setattr__(self, "powers", powers)
        object.__setattr__(self, "noise", nonnegative_real("noise", self.noise))

    def learnabilities(self, n: float, ridge: float = 0.0) -> FloatArray:
        """L_i (m,)."""
        kappa, values = self._effective_ridge(n, ridge), self.eigenvalues
        return np.where(values > 0, values / np.where(values > 0, values + kappa, 1.0), 0.0)

    def prediction(self, n: float, ridge: float = 0.0) -> Prediction:
        """At n > 0 training samples (may be fractional) and a ridge >= 0.

        Raises `ValueError`, named by the argument, for other values.
        """
        learnt = self.learnabilities(n, ridge)
        counts = cast(FloatArray, self.multiplicities)
        error = float(np.sum((1 - learnt) ** 2 * self.powers)) + self.noise
        left = n - float(np.sum(counts * learnt**2))
        cost = n / left if left > ROUNDING * n else math.inf
        return Prediction(
            effective_ridge=self._effective_ridge(n, ridge),
            learnt=float(np.sum(counts * learnt)),
            noise_cost=cost,
            test_mse=cost * error if error > 0 else 0.0,
        )

    def _effective_ridge(self, n: float, ridge: float) -> float:
        return effective_ridge(self.eigenvalues, n, ridge, multiplicities=self.multiplicities)


def effective_ridge(
    eigenvalues: ArrayLike, n: float, ridge: float = 0.0, *, multiplicities: ArrayLike | None = None
) -> float:
    """kappa >= 0 with n = sum_i lambda_i/(lambda_i + kappa) + ridge/kappa (Simon et al. 2021, equation 7).

    n > 0 may be fractional; multiplicities as in `Spectrum`. Without a ridge kappa is 0 for n at or above the
    number of positive eigenvalues.

    Raises `ValueError`, named by the argument, for other values.

    >>> round(effective_ridge([1.0, 1.0, 1.0, 1.0], 2), 12)
    1.0
    """
    values = nonnegative_array("eigenvalues", eigenvalues)
    n, ridge = positive_real("n", n), nonnegative_real("ridge", ridge)
    counts = _multiplicities(multiplicities, values)[values > 0]
    values = values[values > 0]
    known = float(np.sum(counts))
    if ridge == 0 and n >= known:
        return 0.0
    # The sum falls in kappa. It is at most (sum lambda + ridge) / kappa; and at least what it would be if
    # all eigenvalues were the smallest, or if there was only the ridge.
    high = (float(counts @ values) + ridge) / n
    least = float(values.min()) * (known / n - 1) if known > n else 0.0
    low = max(ridge / n, least)
    if low >= high:
        return high

    def excess(log_kappa: float) -> float:
        kappa = math.exp(log_kappa)
        return float(counts @ (values / (values + kappa))) + ridge / kappa - n

    margin = 1e-9  # in log kappa: at the ends, where all eigenvalues are equal, rounding may take the sign
    ends = math.log(low) - margin, math.log(high) + margin
    return math.exp(cast(float, brentq(excess, *ends, xtol=1e-13)))


def _multiplicities(given: ArrayLike | None, values: FloatArray) -> FloatArray:
    """As an array beside the eigenvalues (m,)."""
    if given is None:
        return np.ones_like(values)
    counts = nonnegative_array("multiplicities", given)
    if counts.shape != values.shape:
        raise ValueError(f"multiplicities: has shape {counts.shape}; allowed: {values.shape}, as eigenvalues")
    return counts


def predicted_sample_complexity(
    curve: LearningCurve, target: float, ridges: Sequence[float] = (0.0,), *, most: int = 10_000_000
) -> int | None:
    """The smallest n whose test MSE, at the best of the ridges, is at or below `target`; None if above
    `most`.

    Found by bisection: the best of the ridges falls with n wherever the best possible ridge is among them.

    Raises `ValueError`, named by the argument, for other values.
    """
    target, most = positive_real("target", target), positive_integer("most", most)
    if len(ridges) == 0:
        raise ValueError("ridges: got none; allowed: one or more numbers >= 0")

    def reached(n: int) -> bool:
        return min(curve.prediction(n, ridge).test_mse for ridge in ridges) <= target

    low, high = 0, 1
    while not reached(high):
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
