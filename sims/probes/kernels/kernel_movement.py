"""How far training moves the tangent kernel of a wide net, against its width or its output scale."""

import dataclasses
import math
from typing import Annotated, Any, ClassVar

import jax
import numpy as np

from sims.learners import lanes
from sims.learners.scaled import Scaled, descend
from sims.measuring.readings.kernel_movement import movement
from sims.pieces import build, register
from sims.pieces.errors import Diverged, require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.kernels.kernel_convergence import MODELS
from sims.probes.series import exponent_quantity, mean_quantity, quadrupled
from sims.samples import pack
from sims.samples.datasets import TEST, TRAIN
from sims.tasks import DSD

VARIED = ("width", "scale")
EXPONENTS = {
    "width": {"movement": -1.0, "displacement": -0.5},
    "scale": {"movement": -1.0, "displacement": -1.0},
}
"""Predicted for lazy training with a smooth activation, by what is varied: docs/kernels-finite-width.md."""
SMOOTH = ("erf",)
"""Activations with a Lipschitz derivative. Where the derivative jumps, units that cross the jump add a noise
of order scale^(-1/2) width^(-3/4) to the kernel, which takes over at last: no exponent is predicted.
"""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelMovement(Checked):
    """Full-batch gradient descent on DSD for a stated number of steps, and the tangent kernel before and
    after.

    The outputs are scale (h - h at the start), the rate is divided by scale^2 (`ScaledDescent`), the loss is
    the squared one: at every width and scale the outputs start at 0 and move at the same speed.

    No reading on a cell: exponents are fits over widths or scales, and no net is selected at an n.

    Parameters
    ----------
    model, activation, threshold: the net h, as in `KernelConvergence`, all layers trained.
    k, d, sigma: sizes and noise of the task; n: training samples.
    vary: "width" or "scale"; smallest, largest: its values, each four times the one before; fixed: the value
        of the other one.
    fit_from, fit_to: the values that enter the exponents (None: smallest, largest).
    rate, steps: of gradient descent, before the division.
    kernel_size: fresh images on which kernels are taken, fresh samples on which the risk is.
    repetitions: independent tasks, samples and nets.

    Series (`at` is the value varied): "movement" |K_T - K_0| / |K_0| in Frobenius norm; "turn", 1 - the
    similarity of K_T and K_0, which growth of the kernel leaves alone; "alignment_start", "alignment_end",
    kernel-target alignment; "displacement" |theta_T - theta_0| / |theta_0|; "training_risk", "risk".
    Without `at`: "movement_exponent" and "displacement_exponent", slopes over the logarithm of the value,
    with their predictions for lazy training.

    Raises `InputError`, named by the field, for values out of range; `FloatingPointError` if a run diverges.
    """

    model: Annotated[str, OneOf(MODELS)]
    k: Annotated[int, Whole(1)]
    d: Annotated[int, Whole(1)]
    sigma: Annotated[float, Number(above=0)]
    vary: Annotated[str, OneOf(VARIED)]
    smallest: Annotated[float, Number(above=0)]
    largest: Annotated[float, Number(above=0)]
    fixed: Annotated[float, Number(above=0)]
    activation: str = "relu"
    threshold: float | None = None
    fit_from: float | None = None
    fit_to: float | None = None
    n: Annotated[int, Whole(1)] = 100
    rate: Annotated[float, Number(above=0)] = 5.0
    steps: Annotated[int, Whole(1)] = 200
    kernel_size: Annotated[int, Whole(1)] = 64
    repetitions: Annotated[int, Whole(2)] = 6
    name: ClassVar[str] = "kernel_movement"
    version: ClassVar[int] = 1
    ranges: ClassVar[Ranges] = {
        "turn": (0, 1),
        "alignment_*": (0, 1),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        least = 4 * self.smallest
        require(self.largest >= least, "largest", self.largest, f"a number >= 4 smallest = {least:g}")
        fitted = len(self._fitted()) >= 2
        require(fitted, "fit_from", self.fit_from, "a number that leaves two values up to fit_to")
        for value in quadrupled(self.smallest, self.largest):
            self.net(value)  # refuses what it cannot take

    def _fitted(self) -> list[float]:
        low = self.smallest if self.fit_from is None else self.fit_from
        high = self.largest if self.fit_to is None else self.fit_to
        return [value for value in quadrupled(self.smallest, self.largest) if low <= value <= high]

    def net(self, value: float) -> Any:
        """The net h at a value of what is varied."""
        width = value if self.vary == "width" else self.fixed
        require(
            float(width).is_integer() and width >= 1,
            "smallest" if self.vary == "width" else "fixed",
            width,
            "an integer >= 1, as it is a width",
        )
        options = {"activation": self.activation, "threshold": self.threshold}
        return build("model", {"name": self.model, "width": int(width), **options})

    def measure(self, entropy: int) -> list[Quantity]:
        """All series, and the exponents of movement and displacement."""
        keys = jax.random.split(jax_key(entropy), self.repetitions)
        values = quadrupled(self.smallest, self.largest)
        runs = {value: [self._run(key, value) for key in keys] for value in values}
        found = [
            mean_quantity(name, [run[name] for run in runs[value]], at=value)
            for name in runs[values[0]][0]
            for value in values
        ]
        for name, exponent in EXPONENTS[self.vary].items():
            # Parameters move by the same law whatever the activation; only the kernel feels its jumps.
            predicted = exponent if name == "displacement" or self.activation in SMOOTH else None
            series = {value: [run[name] for run in runs[value]] for value in self._fitted()}
            found.append(exponent_quantity(f"{name}_exponent", series, predicted=predicted))
        return found

    def _run(self, key: jax.Array, value: float) -> dict[str, float]:
        net = self.net(value)
        scaled: Any = Scaled(model=net, scale=value if self.vary == "scale" else self.fixed)
        task = DSD(k=self.k, d=self.d, sigma=self.sigma)
        train = pack(task.sample(key, self.n, stream=TRAIN), capacity=self.n)
        fresh = task.sample(key, self.kernel_size, stream=TEST)
        test = pack(fresh, capacity=self.kernel_size)
        start, _ = lanes.begin(scaled, key, self.k, self.d, 1.0, np.zeros(1, np.float32))
        end = descend(scaled, start, train, np.float32(self.rate), self.steps)
        risks = [float(lanes.squared_error(scaled, end, samples)[0]) for samples in (train, test)]
        if not all(map(math.isfinite, risks)):
            raise Diverged(f"training diverged at {self.vary} = {value:g}")
        before, after = (
            {role: np.asarray(leaf[0], np.float64) for role, leaf in lane.items()}
            for lane in (scaled.start(end), scaled.own(end))
        )
        moved = sum(float(np.sum((after[role] - before[role]) ** 2)) for role in before)
        size = sum(float(np.sum(before[role] ** 2)) for role in before)
        return {
            **movement(net, before, after, fresh),
            "displacement": math.sqrt(moved / size),
            "training_risk": risks[0],
            "risk": risks[1],
        }
