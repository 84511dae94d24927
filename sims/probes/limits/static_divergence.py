"""KL(U o SSD_t || V o SSD_t) = (1 - cos angle) / sigma^2, the divergence of turned tasks, by Monte Carlo."""

import dataclasses
import math
from typing import ClassVar

import numpy as np

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from theory.limits.information import static_divergence


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class StaticDivergence:
    """Mean log-likelihood ratio over samples of U o SSD_t, an estimate of KL(U o SSD_t || V o SSD_t).

    U mu_t and V mu_t are unit vectors of R^{kd} in a random plane, at the angle `degrees`. Quantity:
    "divergence" in nats, predicted by (1 - cos angle) / sigma^2.
    """

    k: int
    d: int
    sigma: float
    degrees: float
    samples: int = 100_000
    name: ClassVar[str] = "static_divergence"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        whole = all(isinstance(value, int) and value >= 1 for value in (self.k, self.d))
        require(whole and self.k * self.d >= 2, "k", (self.k, self.d), "integers k, d >= 1 with k d >= 2")
        require(self.sigma > 0 and math.isfinite(self.sigma), "sigma", self.sigma, "a number > 0")
        require(0 <= self.degrees <= 180, "degrees", self.degrees, "a number from 0 to 180")
        require(self.samples >= 2, "samples", self.samples, "an integer >= 2")

    def measure(self, entropy: int) -> list[Quantity]:
        """The divergence, with its standard error over samples."""
        rng = numpy_generator(entropy)
        plane, _ = np.linalg.qr(rng.standard_normal((self.k * self.d, 2)))
        angle = math.radians(self.degrees)
        first, second = plane[:, 0], math.cos(angle) * plane[:, 0] + math.sin(angle) * plane[:, 1]
        y = rng.choice([-1.0, 1.0], size=self.samples)
        x = y[:, None] * first[None, :] + self.sigma * rng.standard_normal((self.samples, first.size))
        # log densities of N(y mean, sigma^2 I) at x, without the constant that cancels
        ratio = np.sum((x - y[:, None] * second) ** 2 - (x - y[:, None] * first) ** 2, axis=1)
        ratio /= 2 * self.sigma**2
        return [
            Quantity(
                name="divergence",
                value=float(ratio.mean()),
                error=float(ratio.std(ddof=1) / math.sqrt(self.samples)),
                predicted=float(static_divergence(math.cos(angle), self.sigma)),
                repetitions=self.samples,
            )
        ]
