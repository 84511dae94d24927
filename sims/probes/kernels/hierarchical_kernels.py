"""Kernels of deep nets on trees of patches: learning curves of a student on a teacher, and spectra (Cagnetta
et al. 2023)."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from scipy.linalg import eigvalsh

from sims.pieces import register
from sims.pieces.errors import InputError, require
from sims.pieces.fields import Checked, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.probes.kernels.kernel_interpolation import Covariances, Interpolation, curve_quantities, doubling
from sims.probes.series import mean_quantity
from theory.kernels.angle_spectrum import LARGEST, AngleSpectrum, angle_spectrum, predicted_error
from theory.kernels.gram import gram
from theory.kernels.hierarchical import HierarchicalKernel
from theory.kernels.patches import KINDS
from theory.kernels.teacher_student import eigenvalue_decay, hierarchical_exponent

MODES_A_SAMPLE = 8
"""Modes that a computed spectrum must have for each sample, for a curve to be predicted from it."""
FIRST, LAST = 32, 8
"""The decay of a spectrum of n points is fitted to ranks n/32 to n/8: beyond the first few sectors, and
before the matrix of n points departs from the kernel's own spectrum."""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class HierarchicalKernels(Checked):
    """Ridgeless regression of a hierarchical kernel on Gaussian random fields of another, noiseless.

    Inputs are `patches` patches, each uniform on the unit sphere of R^filter_size; every layer has filters of
    filter_size, the teacher has teacher_depth layers and the student student_depth, with kinds "ntk" or
    "nngp". Sizes are n_min, 2 n_min, ..., n_max, nested. spectrum_size: points of the student's spectrum, 0
    for none.

    Errors are expectations over fields, exact, given the inputs; repetitions are independent sets of
    inputs, of n_max for training and `test_size` for the test.

    Quantities: those of `curve_quantities`, where a test error is predicted from the exact spectra if the
    filter size is 2 and there are at most 4 patches; "spectral_exponent" at each n but the first, the
    exponent that this prediction has between it and the n before; "eigenvalue" at ranks 1, 2, 4, ... and
    "decay", of the student's spectrum, beside "exact_decay", that of the exact spectrum at the same ranks;
    "least_pivot", how far the student's matrix is from singular, least over sets.
    """

    patches: Annotated[int, Whole(1)]
    filter_size: Annotated[int, Whole(2)]
    teacher_depth: Annotated[int, Whole(1)]
    student_depth: Annotated[int, Whole(1)]
    n_min: Annotated[int, Whole(2)]
    n_max: Annotated[int, Whole(2)]
    teacher_kind: Annotated[str, OneOf(KINDS)] = "ntk"
    student_kind: Annotated[str, OneOf(KINDS)] = "ntk"
    spectrum_size: Annotated[int, Whole(0)] = 0
    test_size: Annotated[int, Whole(1)] = 1000
    repetitions: Annotated[int, Whole(2)] = 4
    name: ClassVar[str] = "hierarchical_kernels"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        doubling(self.n_min, self.n_max)
        for name in ("teacher_depth", "student_depth"):
            unit = self.filter_size ** (getattr(self, name) - 1)
            if self.patches % unit:
                raise InputError("patches", self.patches, f"a multiple of {unit}, for the {name} asked for")
        size = self.spectrum_size
        require(size == 0 or size >= 128, "spectrum_size", size, "0 or an integer >= 128")

    @property
    def teacher(self) -> HierarchicalKernel:
        """The field's covariance."""
        return HierarchicalKernel((self.filter_size,) * self.teacher_depth, self.teacher_kind)

    @property
    def student(self) -> HierarchicalKernel:
        """The kernel that learns."""
        return HierarchicalKernel((self.filter_size,) * self.student_depth, self.student_kind)

    def measure(self, entropy: int) -> list[Quantity]:
        """Learning curves and spectra, averaged over sets of inputs."""
        rng, ns = numpy_generator(entropy), doubling(self.n_min, self.n_max)
        errors, pivots, spectra = [], [], []
        for _ in range(self.repetitions):
            train, test = self._inputs(rng, self.n_max), self._inputs(rng, self.test_size)
            field = Covariances(self.teacher, train, test)
            own = field if self.student == self.teacher else Covariances(self.student, train, test)
            interpolation = Interpolation(own)
            errors.append(interpolation.errors(field, ns))
            pivots.append(interpolation.least_pivot)
            if self.spectrum_size:
                spectra.append(_eigenvalues(self.student, self._inputs(rng, self.spectrum_size)))
        beta = hierarchical_exponent(
            self.teacher.filters,
            self.student.filters,
            teacher_kind=self.teacher_kind,
            student_kind=self.student_kind,
        )
        exact = None
        if self.filter_size == 2 and self.patches in LARGEST:
            exact = angle_spectrum((self.student, self.teacher), self.patches)
        predicted = [None if exact is None else _prediction(exact, n) for n in ns]
        found = curve_quantities(np.array(errors), ns, beta, predicted=predicted)
        for n, before, after in zip(ns[1:], predicted, predicted[1:], strict=False):
            if before is not None and after is not None:
                slope = math.log(before / after) / math.log(2)
                found.append(Quantity(name="spectral_exponent", value=slope, predicted=beta, at=float(n)))
        if spectra:
            found += self._spectrum(np.array(spectra), exact)
        return [*found, Quantity(name="least_pivot", value=min(pivots), repetitions=self.repetitions)]

    def _inputs(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """(n, patches filter_size): patches uniform on the unit sphere."""
        x = rng.standard_normal((n, self.patches, self.filter_size))
        return (x / np.linalg.norm(x, axis=2, keepdims=True)).reshape(n, -1)

    def _spectrum(self, spectra: np.ndarray, exact: AngleSpectrum | None) -> list[Quantity]:
        ranks = [2**power for power in range(int(math.log2(self.spectrum_size // LAST)) + 1)]
        own = None if exact is None else _by_rank(exact, ranks)
        found = [
            mean_quantity(
                "eigenvalue",
                spectra[:, rank - 1],
                predicted=None if own is None else own[place],
                at=float(rank),
            )
            for place, rank in enumerate(ranks)
        ]
        fitted = np.arange(self.spectrum_size // FIRST, self.spectrum_size // LAST + 1)
        decay = eigenvalue_decay(self.student.filters, self.student_kind)
        found.append(mean_quantity("decay", _decay(spectra[:, fitted - 1], fitted), predicted=decay))
        if exact is not None:
            (value,) = _decay(np.array([_by_rank(exact, fitted)]), fitted)
            found.append(Quantity(name="exact_decay", value=value, predicted=decay))
        return found


def _eigenvalues(kernel: HierarchicalKernel, x: np.ndarray) -> np.ndarray:
    """Eigenvalues of the matrix, largest first, as fractions of their sum."""
    values = eigvalsh(gram(kernel, x), overwrite_a=True, check_finite=False)[::-1]
    return values / np.sum(values)


def _decay(spectra: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """-d log eigenvalue / d log rank of spectra (sets, ranks), by least squares.

    Every rank counts by its share of the logarithm of ranks: many more are large than small.
    """
    return -np.polyfit(np.log(ranks), np.log(spectra).T, 1, w=ranks**-0.5)[0]


def _prediction(exact: AngleSpectrum, n: int) -> float | None:
    """The student's predicted error, None where the computed spectrum does not reach far enough."""
    modes = float(np.sum(exact.multiplicities[exact.eigenvalues[0] > 0]))
    return predicted_error(exact, 0, 1, n) if modes >= MODES_A_SAMPLE * n else None


def _by_rank(exact: AngleSpectrum, ranks: Sequence[int] | np.ndarray) -> list[float]:
    """Eigenvalues of the student by rank, as fractions of their sum."""
    values = exact.eigenvalues[0]
    order = np.argsort(-values, kind="stable")
    upto = np.cumsum(exact.multiplicities[order])
    total = float(values @ exact.multiplicities)
    return [float(values[order[np.searchsorted(upto, rank)]]) / total for rank in ranks]
