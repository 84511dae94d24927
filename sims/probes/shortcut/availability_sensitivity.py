"""The kernel theory of Hermann et al. 2024, section 6, computed from its definitions beside its theorems."""

import dataclasses
from typing import Annotated, ClassVar

import numpy as np

from sims.pieces import register
from sims.pieces.fields import Checked, Number, OneOf
from sims.pieces.quantity import Quantity
from theory.shortcut import (
    FIRST_ORDER,
    differences,
    limit_operator,
    printed_difference,
    printed_eigenfunctions,
    printed_eigenvalues,
    printed_kernel,
)

KERNELS = ("linear", "relu")
DIRECTIONS = 24
"""Of the points at which eigenfunctions are held against the operator, each at two lengths."""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class AvailabilitySensitivity(Checked):
    """Spectrum and sensitivities of one kernel in the limit of small covariance; nothing is drawn.

    Parameters
    ----------
    kernel: linear, or relu, which is the paper's quadratic fit.
    a_1, a_2, mu_1, mu_2: availabilities and class means of the two features, > 0.

    Quantities, each exact up to rounding, with what the theorem says as prediction: "difference" at = m, for
    m from 1 to 9, |zeta_1| - |zeta_2|; "bias_sign", the sign of (|zeta_1| - |zeta_2|)(a_1 - a_2) at the first
    m where it is not 0, or 0: 1 is a bias toward the more available feature; "eigenvalue" at = 0, 1, of the
    kernel operator on two points, in units of |A mu|^2; "eigenfunction_residual", the largest |T phi - lambda
    phi| over points in all directions, in units of lambda |x|/|A mu|; "gram_residual", how far the
    eigenfunctions are from orthonormal.
    """

    kernel: Annotated[str, OneOf(KERNELS)]
    a_1: Annotated[float, Number(above=0)]
    a_2: Annotated[float, Number(above=0)]
    mu_1: Annotated[float, Number(above=0)] = 1.0
    mu_2: Annotated[float, Number(above=0)] = 1.0
    name: ClassVar[str] = "availability_sensitivity"
    version: ClassVar[int] = 1

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above."""
        del entropy
        a, mu = (self.a_1, self.a_2), (self.mu_1, self.mu_2)
        found = differences(self.kernel, a, mu, FIRST_ORDER)
        printed = [0.0] * FIRST_ORDER
        if self.kernel == "relu":
            printed[-1] = float(printed_difference(a, mu))
        quantities = [
            Quantity(name="difference", value=float(value), predicted=known, at=float(m))
            for m, (value, known) in enumerate(zip(found, printed, strict=True), 1)
        ]
        first = next((value for value in found if value), 0)
        stated = self.kernel == "relu" and (a[0] * mu[0]) ** 2 - (a[1] * mu[1]) ** 2
        signs = [float(np.sign(float(value)) * np.sign(a[0] - a[1])) for value in (first, stated)]
        quantities.append(Quantity(name="bias_sign", value=signs[0], predicted=signs[1]))
        return quantities + self._spectrum(np.array(a) * np.array(mu))

    def _spectrum(self, v: np.ndarray) -> list[Quantity]:
        means = np.stack([v, -v])
        eigenvalues = np.linalg.eigvalsh(printed_kernel(self.kernel, means, means) / 2)[::-1]
        known = np.zeros(2)
        printed = printed_eigenvalues(self.kernel, v)
        known[: len(printed)] = printed
        angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False) + 0.1
        around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        size = float(np.linalg.norm(v))
        scale = size**2
        points = np.concatenate([0.5 * size * around, 2 * size * around])

        def phi(x: np.ndarray) -> np.ndarray:
            return printed_eigenfunctions(self.kernel, x, v)

        off = limit_operator(self.kernel, phi, points, v) - printed * phi(points)
        unit = printed[0] * np.linalg.norm(points, axis=1)[:, None] / size
        gram = phi(means).T @ phi(means) / 2
        return [
            *(
                Quantity(
                    name="eigenvalue",
                    value=float(value) / scale,
                    predicted=float(one) / scale,
                    at=float(at),
                )
                for at, (value, one) in enumerate(zip(eigenvalues, known, strict=True))
            ),
            Quantity(name="eigenfunction_residual", value=float(np.max(np.abs(off / unit))), predicted=0.0),
            Quantity(
                name="gram_residual", value=float(np.max(np.abs(gram - np.eye(len(gram))))), predicted=0.0
            ),
        ]
