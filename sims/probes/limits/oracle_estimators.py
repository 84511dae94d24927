"""Oracle mean estimators measured: their squared error on drawn DSD samples beside the exact one."""

import dataclasses
from typing import Annotated, ClassVar, cast

import numpy as np

from sims.pieces import register
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from theory.limits.information import Architecture
from theory.limits.oracles import oracle_error

ARCHITECTURES = ("fcn", "lcn", "cnn")
_BLOCK = 2_000_000  # numbers drawn at a time


def _draw(
    architecture: str, k: int, d: int, sigma: float, n: int, rng: np.random.Generator
) -> tuple[float, int]:
    """Sum over patches of |estimate - mu_t|^2, where the patch has a sample, and the number of such patches.

    x is drawn as the task says (label, patch, noise), with w* = e_1, a block of samples at a time, in the
    coordinates that the estimator reads: all kd (FCN), or the d of the patch with the signal (LCN, CNN), the
    noise of the others being independent of it. The patch t is revealed: y x is averaged over the samples of
    each patch, for the CNN over all.
    """
    whole = architecture == "fcn"
    sums, counts = np.zeros((k, k if whole else 1, d)), np.zeros(k)
    block = max(1, _BLOCK // sums[0].size)
    for start in range(0, n, block):
        size = min(block, n - start)
        labels, patches = rng.choice([-1.0, 1.0], size=size), rng.integers(k, size=size)
        x = sigma * rng.normal(size=(size, *sums.shape[1:]))
        x[np.arange(size), patches if whole else 0, 0] += labels
        places = np.zeros((k, size))
        places[patches, np.arange(size)] = labels
        sums += (places @ x.reshape(size, -1)).reshape(sums.shape)
        counts += np.bincount(patches, minlength=k)
    if architecture == "cnn":
        error = sums[:, 0].sum(axis=0) / n
        error[0] -= 1
        return float(np.sum(error**2)), 1
    seen = np.flatnonzero(counts)
    error = sums[seen] / counts[seen, None, None]
    error[np.arange(len(seen)), seen if whole else 0, 0] -= 1
    return float(np.sum(error**2)), len(seen)


def simulate_oracle_error(
    architecture: str, k: int, d: int, sigma: float, n: int, repetitions: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Squared error of the estimate of a patch that has a sample, over `repetitions` draws of n samples, and
    its standard error.

    Summed errors over the number of patches seen, with the standard error of a ratio: it is unbiased up to
    terms of order 1 / repetitions, as the error of a patch and the number of those seen hang together weakly.
    """
    totals, seen = np.array([_draw(architecture, k, d, sigma, n, rng) for _ in range(repetitions)]).T
    mean = totals.sum() / seen.sum()
    spread = np.sqrt(np.sum((totals - mean * seen) ** 2) / (repetitions - 1) / repetitions)
    return float(mean), float(spread / seen.mean())


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class OracleEstimators(Checked):
    """The squared error of the oracle mean estimator of an architecture on n samples of DSD.

    Quantities: squared_error, with its exact expectation as the prediction, and scaled_error, n times it over
    sigma^2, predicted by the leading form d, kd or k^2 d: slopes in (k, d, sigma) are those of either at n in
    proportion to k.
    """

    architecture: Annotated[str, OneOf(ARCHITECTURES)]
    k: Annotated[int, Whole(1)]
    d: Annotated[int, Whole(1)]
    sigma: Annotated[float, Number(above=0)]
    n: Annotated[int, Whole(1)]
    repetitions: Annotated[int, Whole(2)] = 200
    name: ClassVar[str] = "oracle_estimators"
    version: ClassVar[int] = 1

    def measure(self, entropy: int) -> list[Quantity]:
        """squared_error and scaled_error."""
        rng = numpy_generator(entropy)
        mean, error = simulate_oracle_error(
            self.architecture, self.k, self.d, self.sigma, self.n, self.repetitions, rng
        )
        exact = oracle_error(cast("Architecture", self.architecture), self.n, self.k, self.d, self.sigma)
        scale = self.n / self.sigma**2
        found = {"squared_error": (1.0, exact.given_seen), "scaled_error": (scale, scale * exact.leading)}
        return [
            Quantity(
                name=name,
                value=unit * mean,
                error=unit * error,
                predicted=predicted,
                repetitions=self.repetitions,
            )
            for name, (unit, predicted) in found.items()
        ]
