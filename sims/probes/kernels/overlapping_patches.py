"""Kernels of overlapping patches: learning curves of a student on a teacher (Favero et al. 2021)."""

import dataclasses
from typing import Annotated, Any, ClassVar

import numpy as np

from sims.pieces import register
from sims.pieces.errors import InputError, require
from sims.pieces.fields import Checked, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.probes.kernels.kernel_interpolation import Covariances, Interpolation, curve_quantities, doubling
from sims.probes.series import mean_quantity
from theory.kernels.overlapping import STRUCTURES, LaplacianKernel, OverlappingPatchKernel
from theory.kernels.teacher_student import overlapping_exponent, weight_sharing_ratio


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class OverlappingPatches(Checked):
    """Ridgeless regression of a student kernel on Gaussian random fields of a teacher kernel, noiseless.

    Inputs are uniform on [0, 1]^d, a periodic sequence; patches have t (teacher) and s (student) coordinates.
    teacher: "local" or "convolutional"; student: one of these or "fully_connected", exp(-|x - y|), for which
    s = d. Constituents are Laplacians, exp(-distance / patch size). beside: a second student with the same s,
    on the same inputs, or None. Sizes are n_min, 2 n_min, ..., n_max, nested.

    Errors are expectations over fields, exact, given the inputs; repetitions are independent sets of
    inputs, of n_max for training and `test_size` for the test.

    Quantities: those of `curve_quantities`, with the prefix "beside_" those of the second student; "ratio" at
    each n, the student's error over the second one's, with its prediction where the first is convolutional,
    the second local and the teacher one that both can learn; "least_pivot", how far the student's matrix is
    from singular, least over sets.
    """

    d: int
    teacher: str
    t: int
    student: str
    s: Annotated[int, Whole(1)]
    n_min: Annotated[int, Whole(2)]
    n_max: Annotated[int, Whole(2)]
    beside: Annotated[str | None, OneOf(STRUCTURES)] = None
    test_size: Annotated[int, Whole(1)] = 1000
    repetitions: Annotated[int, Whole(2)] = 4
    name: ClassVar[str] = "overlapping_patches"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        doubling(self.n_min, self.n_max)
        try:
            self._beta(self.student)
        except ValueError as error:
            name, _, allowed = str(error).partition(": ")
            raise InputError(name, getattr(self, name), allowed.partition("allowed: ")[2]) from error
        whole = self.student != "fully_connected" or self.s == self.d
        require(whole, "s", self.s, f"{self.d} for a fully connected student")

    def measure(self, entropy: int) -> list[Quantity]:
        """Learning curves, averaged over sets of inputs."""
        rng, ns = numpy_generator(entropy), doubling(self.n_min, self.n_max)
        teacher = OverlappingPatchKernel(self.teacher, self.t)
        curves: dict[str, list[np.ndarray]] = {self.student: []}
        if self.beside is not None:
            curves[self.beside] = []
        pivots = []
        for _ in range(self.repetitions):
            train, test = rng.random((self.n_max, self.d)), rng.random((self.test_size, self.d))
            field = Covariances(teacher, train, test)
            for structure, found in curves.items():
                student = self._student(structure)
                own = field if student == teacher else Covariances(student, train, test)
                interpolation = Interpolation(own)
                found.append(interpolation.errors(field, ns))
                pivots.append(interpolation.least_pivot)
        errors = {student: np.array(found) for student, found in curves.items()}
        found = curve_quantities(errors[self.student], ns, self._beta(self.student))
        if self.beside is not None:
            found += curve_quantities(errors[self.beside], ns, self._beta(self.beside), prefix="beside_")
            ratios = errors[self.student] / errors[self.beside]
            found += [
                mean_quantity("ratio", ratios[:, place], predicted=self._ratio(), at=float(n))
                for place, n in enumerate(ns)
            ]
        return [*found, Quantity(name="least_pivot", value=min(pivots), repetitions=self.repetitions)]

    def _student(self, structure: str) -> Any:
        if structure == "fully_connected":
            return LaplacianKernel()
        return OverlappingPatchKernel(structure, self.s)

    def _beta(self, student: str) -> float:
        return overlapping_exponent(self.teacher, self.t, student, self.s, self.d)

    def _ratio(self) -> float | None:
        if (self.student, self.beside) != ("convolutional", "local") or not self._beta(self.student):
            return None
        return weight_sharing_ratio(self.d, self.s)
