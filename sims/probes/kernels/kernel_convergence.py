"""How far the empirical tangent kernel of a random net is from that of infinite width, against the width."""

import dataclasses
from typing import Annotated, Any, ClassVar

import jax

from sims.measuring.readings.empirical_kernel import empirical_ntk
from sims.measuring.readings.kernel_comparison import relative_distance, relative_operator_distance
from sims.pieces import build, register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.series import exponent_quantity, mean_quantity, quadrupled
from sims.tasks import DSD

MODELS = ("wide_fcn", "wide_lcn", "wide_cnn")


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelConvergence(Checked):
    """Distance of kernel matrices on DSD images, of nets at their random start.

    Parameters
    ----------
    model: "wide_fcn", "wide_lcn" or "wide_cnn"; activation, threshold, output_layer: as these take them.
    k, d, sigma: of the images (DSD); n: images.
    narrowest, widest: widths, each four times the one before.
    repetitions: independent images and nets.

    Series (`at` is the width): "distance", |K_m - K| / |K| in Frobenius norm, and "operator_distance", the
    same in operator norm. Without `at`: "exponent" and "operator_exponent", the slope of their logarithm over
    that of the width, predicted by -1/2: K_m is a mean over m independent units with finite variance and mean
    K (Jacot et al. 2018, theorem 1, gives the limit; the rate is that of the central limit theorem).
    """

    model: Annotated[str, OneOf(MODELS)]
    k: Annotated[int, Whole(1)]
    d: Annotated[int, Whole(1)]
    sigma: Annotated[float, Number(above=0)]
    activation: str = "relu"
    threshold: float | None = None
    output_layer: str = "trained"
    n: Annotated[int, Whole(1)] = 32
    narrowest: Annotated[int, Whole(1)] = 64
    widest: Annotated[int, Whole(1)] = 1024
    repetitions: Annotated[int, Whole(2)] = 8
    name: ClassVar[str] = "kernel_convergence"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        least = 4 * self.narrowest
        require(self.widest >= least, "widest", self.widest, f"an integer >= 4 narrowest = {least}")
        self.net(self.narrowest)  # refuses what it cannot take

    def net(self, width: int) -> Any:
        """The net of a width."""
        options = {
            "activation": self.activation,
            "threshold": self.threshold,
            "output_layer": self.output_layer,
        }
        return build("model", {"name": self.model, "width": width, **options})

    def measure(self, entropy: int) -> list[Quantity]:
        """Both series and their exponents."""
        keys = jax.random.split(jax_key(entropy), self.repetitions)
        widths = [int(width) for width in quadrupled(self.narrowest, self.widest)]
        runs = [self._run(key, widths) for key in keys]
        found: list[Quantity] = []
        for place, name in enumerate(("distance", "operator_distance")):
            series = {float(width): [run[index][place] for run in runs] for index, width in enumerate(widths)}
            found += [mean_quantity(name, values, at=width) for width, values in series.items()]
            found.append(exponent_quantity(name.replace("distance", "exponent"), series, predicted=-0.5))
        return found

    def _run(self, key: jax.Array, widths: list[int]) -> list[tuple[float, float]]:
        """Both distances at every width, of one set of images and one net a width."""
        task = DSD(k=self.k, d=self.d, sigma=self.sigma)
        x = task.sample(jax.random.fold_in(key, 0), self.n).x
        limit, found = self.net(self.narrowest).limit(x, dtype="float64"), []
        for width in widths:
            net = self.net(width)
            params = net.init(jax.random.fold_in(key, width), self.k, self.d, std=1.0, bias=0.0)
            kernel = empirical_ntk(net, params, x)
            found.append((relative_distance(kernel, limit), relative_operator_distance(kernel, limit)))
        return found
