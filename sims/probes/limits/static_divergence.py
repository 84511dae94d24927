"""KL(U o SSD_t || V o SSD_t) = (1 - cos angle) / sigma^2, the divergence of turned tasks, by Monte Carlo."""

import dataclasses
import math
from typing import Annotated, ClassVar

import numpy as np

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.probes.series import mean_quantity
from theory.limits.information import static_divergence


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class StaticDivergence(Checked):
    """Mean log-likelihood ratio over samples of U o SSD_t, an estimate of KL(U o SSD_t || V o SSD_t).

    U mu_t and V mu_t are unit vectors of R^{kd} in a random plane, at the angle `degrees`. Quantity:
    "divergence" in nats, predicted by (1 - cos angle) / sigma^2.
    """

    k: Annotated[int, Whole(1)]
    d: Annotated[int, Whole(1)]
    sigma: Annotated[float, Number(above=0)]
    degrees: Annotated[float, Number(least=0, most=180)]
    samples: Annotated[int, Whole(2)] = 100_000
    name: ClassVar[str] = "static_divergence"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.k * self.d >= 2, "k", (self.k, self.d), "integers k, d >= 1 with k d >= 2")

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
        predicted = float(static_divergence(math.cos(angle), self.sigma))
        return [mean_quantity("divergence", ratio, predicted=predicted)]
