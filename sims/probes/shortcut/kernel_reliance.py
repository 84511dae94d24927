"""Reliance of kernel regression on two latents, beside the kernel theory of Hermann et al. 2024."""

import dataclasses
from typing import Annotated, ClassVar, NamedTuple

import jax
import numpy as np

from sims.learners.spectral import Eigensystem
from sims.measuring.readings.reliance import decisions, reliance
from sims.pieces import register
from sims.pieces.fields import Checked, Number, OneOf, Whole, same_fields
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.series import mean_quantity
from sims.probes.shortcut.least_squares import least_squares_classifier
from sims.probes.shortcut.reliances import RANGES, mean_over_seeds
from sims.tasks.shortcut.two_features import Shortcut, latents
from theory.shortcut import (
    ANGULAR_FUNCTIONS,
    Reliance,
    first_nonzero_order,
    leading_term,
    rotation_kernel,
    small_covariance_reliance,
)

RIDGES = (0.0, *(10.0**power for power in range(-6, 5)))
"""Tried where the ridge is selected, in units of the mean of K(x, x)."""
SMALL = 0.1
"""Spread up to which the limit of small covariance is a prediction."""


class _Seed(NamedTuple):
    own: Reliance
    lda: Reliance
    accuracy: float
    ridge: float


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelReliance(Checked):
    """Least squares with a kernel K = |x||x'| h(cos) on x = (ratio z_s, z_c): embedded at random directions
    without nesting, as in `sims.tasks.Shortcut`, the latents' plane is all such a kernel sees.

    Parameters
    ----------
    kernel: h, a name of `theory.shortcut.ANGULAR_FUNCTIONS`: linear, quadratic, arc_cosine, ntk.
    rho_s, rho_c, sigma_sc, ratio: of the task.
    spread: standard deviation of the latents about their class means; 1 in the paper.
    ridge: in units of the mean of K(x, x); none for the one of `RIDGES` with the least squared error on the
        validation set.
    train, validation: samples; side: probes along each axis.
    seeds: independent repetitions (>= 2).

    Quantities, means over seeds: "reliance_FORM", and "bias_FORM", that less the reliance of linear
    discriminant analysis on the same data, without an offset as the kernels have none; "accuracy" on the
    validation set; "ridge" if selected. "leading_term" and "order" are the theory's |zeta_1| - |zeta_2| and
    m with A_1 = ratio mu_s, A_2 = mu_c (a linear kernel has neither). Predictions: reliance in the limit of
    small spread, for a given ridge > 0 and a spread up to `SMALL`; a bias of 0 for the linear kernel at
    spread 1.
    """

    kernel: Annotated[str, OneOf(ANGULAR_FUNCTIONS)]
    rho_s: float
    ratio: float
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    spread: Annotated[float, Number(above=0, most=1)] = 1.0
    ridge: Annotated[float | None, Number(least=0)] = None
    train: Annotated[int, Whole(2)] = 1000
    validation: Annotated[int, Whole(2)] = 1000
    side: int = 30
    seeds: Annotated[int, Whole(2)] = 5
    name: ClassVar[str] = "kernel_reliance"
    version: ClassVar[int] = 1
    ranges: ClassVar[Ranges] = RANGES

    def __post_init__(self) -> None:
        self.task().probe_grid(self.side)
        super().__post_init__()

    def task(self) -> Shortcut:
        """The task of this cell, at spread 1."""
        return Shortcut(**same_fields(self, Shortcut))

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above."""
        key = jax_key(entropy)
        runs = [self._run(jax.random.fold_in(key, seed)) for seed in range(self.seeds)]
        limit = None
        if self.ridge and self.spread <= SMALL:
            limit = small_covariance_reliance(self.rho_s, self.rho_c, self.ratio)
        found = []
        for form in ("signed", "absolute"):
            own = [getattr(run.own, form) for run in runs]
            bias = [value - getattr(run.lda, form) for value, run in zip(own, runs, strict=True)]
            known = None if limit is None else getattr(limit, form)
            found.append(mean_over_seeds(f"reliance_{form}", own, probes=self.side**2, predicted=known))
            none = 0.0 if self.kernel == "linear" and self.spread == 1 else None
            found.append(mean_over_seeds(f"bias_{form}", bias, probes=self.side**2, predicted=none))
        found.append(mean_quantity("accuracy", [run.accuracy for run in runs]))
        if self.ridge is None:
            found.append(mean_quantity("ridge", [run.ridge for run in runs]))
        mu_s, mu_c = self.task().means
        term, order = leading_term(self.kernel, self.ratio * mu_s, mu_c), first_nonzero_order(self.kernel)
        if term is not None and order is not None:
            found += [
                Quantity(name="leading_term", value=term.value),
                Quantity(name="order", value=float(order)),
            ]
        return found

    def _run(self, key: jax.Array) -> _Seed:
        (x, y), (x_held, y_held) = (
            self._draw(key, stream, n) for stream, n in enumerate((self.train, self.validation))
        )
        system = Eigensystem.of(rotation_kernel(self.kernel, x, x))
        ridges = RIDGES if self.ridge is None else (self.ridge,)
        inverses = [system.inverse_with_ridge(ridge * system.mean_diagonal) for ridge in ridges]
        coefficients = system.dual_coefficients(np.stack(inverses), y)
        held = rotation_kernel(self.kernel, x_held, x) @ coefficients
        best = int(np.argmin(np.mean((held - y_held[:, None]) ** 2, 0)))
        z = self.task().probe_grid(self.side).astype(np.float64)
        probes = z * [self.ratio, 1.0]
        decided = decisions(rotation_kernel(self.kernel, probes, x) @ coefficients[:, best])
        weights, _ = least_squares_classifier(x, y)
        return _Seed(
            own=reliance(decided, z[:, 0], z[:, 1]),
            lda=reliance(decisions(probes @ weights), z[:, 0], z[:, 1]),
            accuracy=float(np.mean(decisions(held[:, best]) == y_held)),
            ridge=ridges[best],
        )

    def _draw(self, key: jax.Array, stream: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (n, 2) and labels (n,), float64."""
        means = self.task().means
        drawn = latents(key, stream, *means, self.sigma_sc, n=n)
        y = np.asarray(drawn.y, np.float64)
        centre = y[:, None] * np.asarray(means)
        z = centre + self.spread * (np.asarray(drawn.x, np.float64) - centre)
        return z * [self.ratio, 1.0], y
