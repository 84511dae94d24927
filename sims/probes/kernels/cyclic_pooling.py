"""Ridge regression with a cyclic kernel on a cubic polynomial of neighbours: test error against n, and where
it crosses one half.

Figure 1 of Misiakiewicz and Mei 2022 (arXiv 2111.08308, section 3): x ~ Unif{-1, +1}^d, no noise,

    f(x) = d^{-1/2} sum_i s_i x_i x_{i+1} x_{i+2},    s_i = 1 (low frequency) or (-1)^i (high frequency),

of variance 1, with the kernels FC, FC-GP, CK, CK-LP and CK-GP of `theory.kernels.cyclic`.
"""

import dataclasses
import math
from typing import Annotated, ClassVar

import numpy as np
import scipy.linalg

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.probes.series import mean_quantity
from theory.kernels.cyclic import NAMES, CyclicKernel, named_kernel
from theory.kernels.cyclic_spectrum import (
    neighbours_spectrum,
    predicted_errors,
    predicted_n_half,
    published_orders,
)
from theory.kernels.gram import gram
from theory.kernels.profiles import PROFILES

DEGREE = 3
FREQUENCIES = ("low", "high")
LEARNT = 20
"""Predictions rest on many eigenfunctions being learnt: below this many samples, which bound their number,
none is given."""


def polynomial(x: np.ndarray, frequency: str) -> np.ndarray:
    """f (n,) of inputs (n, d)."""
    d = x.shape[1]
    terms = x * np.roll(x, -1, axis=1) * np.roll(x, -2, axis=1)
    signs = (-1.0) ** np.arange(d) if frequency == "high" else np.ones(d)
    return terms @ signs / math.sqrt(d)


def errors_of_nested_sets(
    matrix: np.ndarray, cross: np.ndarray, y: np.ndarray, truth: np.ndarray, ns: np.ndarray, ridge: float
) -> np.ndarray:
    """Mean squared test error (len(ns),) of ridge regression on the first n samples, for each n.

    matrix: kernel of the training inputs (n, n); cross: of test and training inputs (m, n); y, truth: f of
    both.
    The Cholesky factor of the first n samples is a block of that of all: one factorisation serves every n.
    """
    factor = scipy.linalg.cholesky(matrix + ridge * np.eye(len(matrix)), lower=True, check_finite=False)
    half = scipy.linalg.solve_triangular(factor, y, lower=True, check_finite=False)
    found = []
    for n in ns:
        dual = scipy.linalg.solve_triangular(
            factor[:n, :n], half[:n], lower=True, trans=1, check_finite=False
        )
        found.append(np.mean((cross[:, :n] @ dual - truth) ** 2))
    return np.array(found)


def crossing(ns: np.ndarray, errors: np.ndarray, level: float = 0.5) -> float | None:
    """The n at which the error first falls to `level`, between two sizes linear in log n; None if it does at
    none of them, or already at the first.
    """
    below = np.flatnonzero(errors <= level)
    if len(below) == 0 or below[0] == 0:
        return None
    after = int(below[0])
    share = (errors[after - 1] - level) / (errors[after - 1] - errors[after])
    return float(ns[after - 1] * (ns[after] / ns[after - 1]) ** share)


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CyclicPooling(Checked):
    """Learning curve of one kernel on the module's task.

    Parameters
    ----------
    kernel: "fc", "fc_gp", "ck", "ck_lp" or "ck_gp".
    d, patch, window: coordinates, patch q of the convolutional kernels, window w of "ck_lp".
    profile: the inner-product function, by name; "polynomial" is the paper's, of degree 5.
    ridge: r > 0 of (K + r I)^-1, the kernel at the paper's scale.
    frequency: of the target, "low" or "high" (d even).
    smallest, largest, sizes: training-set sizes, `sizes` of them in geometric progression.
    test_size: fresh inputs on which every repetition measures its errors.
    repetitions: independent draws of training and test inputs (>= 2).
    """

    kernel: Annotated[str, OneOf(NAMES)]
    d: Annotated[int, Whole(6)]
    patch: Annotated[int, Whole(DEGREE)]
    window: Annotated[int, Whole(1)]
    profile: Annotated[str, OneOf(PROFILES)] = "polynomial"
    ridge: Annotated[float, Number(above=0)] = 1e-6
    frequency: Annotated[str, OneOf(FREQUENCIES)] = "low"
    smallest: Annotated[int, Whole(1)]
    largest: Annotated[int, Whole(1)]
    sizes: Annotated[int, Whole(2)] = 16
    test_size: Annotated[int, Whole(1)] = 1000
    repetitions: Annotated[int, Whole(2)] = 5
    name: ClassVar[str] = "cyclic_pooling"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        half = self.d // 2
        require(self.patch <= half, "patch", self.patch, f"at most d/2 = {half}")
        require(self.window <= self.d, "window", self.window, f"at most d = {self.d}")
        odd = self.frequency == "high" and self.d % 2
        require(not odd, "d", self.d, "an even number, as the signs of the high frequency alternate")
        least = self.smallest + self.sizes - 1
        allowed = f"an integer >= {least}, so that all sizes can differ"
        require(self.largest >= least, "largest", self.largest, allowed)

    @property
    def ns(self) -> np.ndarray:
        """The sizes, increasing."""
        found = np.round(np.geomspace(self.smallest, self.largest, self.sizes)).astype(int)
        # Rounding may join neighbours at small n: push them apart, upwards.
        for i in range(1, len(found)):
            found[i] = max(found[i], found[i - 1] + 1)
        return found

    def built(self) -> CyclicKernel:
        """The kernel."""
        return named_kernel(self.kernel, patch=self.patch, window=self.window, profile=self.profile)

    def measure(self, entropy: int) -> list[Quantity]:
        """Means over repetitions, with their standard errors over repetitions.

        "test_error" with `at` = n, and its prediction from the exact spectrum, for n >= `LEARNT`;
        "reaches_half", the share of repetitions whose error crosses one half between two of the sizes
        (exact); and, if all do, "n_half", where they cross it, and "half_over_order", that over the sample
        size which the paper's table names (for the low frequency, about which it speaks).
        """
        rng = numpy_generator(entropy)
        curves = np.stack([self._curve(rng) for _ in range(self.repetitions)])
        target = neighbours_spectrum(self.built(), self.d, DEGREE, self._frequency())
        predicted = predicted_errors(target, self.ns.tolist(), self.ridge)

        found = [
            mean_quantity(
                "test_error",
                curves[:, place],
                at=float(n),
                predicted=float(predicted[place]) if n >= LEARNT else None,
            )
            for place, n in enumerate(self.ns)
        ]
        halves = [crossing(self.ns, curve) for curve in curves]
        reached = np.array([half for half in halves if half is not None])
        share = len(reached) / self.repetitions
        found.append(Quantity(name="reaches_half", value=share, repetitions=self.repetitions))
        if share == 1:
            n_half = predicted_n_half(target, self.ridge)
            found.append(mean_quantity("n_half", reached, predicted=n_half))
            if self.frequency == "low":
                order = published_orders(DEGREE, self.d, self.patch, self.window)[self.kernel]
                found.append(mean_quantity("half_over_order", reached / order))
        return found

    def _frequency(self) -> int:
        return self.d // 2 if self.frequency == "high" else 0

    def _curve(self, rng: np.random.Generator) -> np.ndarray:
        x = rng.choice([-1.0, 1.0], size=(self.largest + self.test_size, self.d))
        y = polynomial(x, self.frequency)
        train, test = x[: self.largest], x[self.largest :]
        matrix, cross = gram(self.built(), train), gram(self.built(), test, train)
        return errors_of_nested_sets(matrix, cross, y[: self.largest], y[self.largest :], self.ns, self.ridge)
