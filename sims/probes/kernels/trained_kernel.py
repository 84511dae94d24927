"""The tangent kernel of a net before and after it is trained by a protocol: how much it learnt features."""

import dataclasses
from typing import Annotated, Any, ClassVar

import jax
import numpy as np

from sims.learners import GradientDescent, lanes
from sims.measuring.readings.kernel_movement import movement
from sims.pieces import build, register
from sims.pieces.errors import InputError, require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.series import mean_quantity
from sims.protocols import protocol
from sims.protocols.agreement import models_of
from sims.samples.datasets import TEST, Datasets
from sims.tasks import DSD

PROTOCOLS = ("honest", "lahoti")
"""Those that train nets by gradient descent with selection."""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainedKernel(Checked):
    """Tangent kernels on fresh DSD images, of the start and of the net that a protocol selects at n samples.

    No cell with the reading `kernel_movement`: that would draw other samples, and published numbers would go.

    Parameters
    ----------
    model: a model that gradient descent trains, with its own defaults: "lcn", "cnn", "fcn", "linear", ...
    k, d, sigma: sizes and noise of the task; n: samples (of the honest protocol, a fifth of them held out).
    protocol: "honest" or "lahoti".
    kernel_size: fresh images of the kernels; test_size: fresh samples of the risk.
    repetitions: independent tasks, samples and starts.

    Quantities: "movement" |K_T - K_0| / |K_0| in Frobenius norm; "turn", 1 - the similarity of both, which
    growth of the kernel leaves alone; "alignment_start" and "alignment_end", kernel-target alignment;
    "alignment_gain", their difference; "risk", squared, of the selected net.
    """

    model: str
    k: Annotated[int, Whole(1)]
    d: Annotated[int, Whole(1)]
    sigma: Annotated[float, Number(above=0)]
    n: Annotated[int, Whole(5)]
    protocol: Annotated[str, OneOf(PROTOCOLS)] = "honest"
    kernel_size: Annotated[int, Whole(2)] = 200
    test_size: Annotated[int, Whole(1)] = 2000
    repetitions: Annotated[int, Whole(2)] = 5
    name: ClassVar[str] = "trained_kernel"
    version: ClassVar[int] = 1
    ranges: ClassVar[Ranges] = {
        "turn": (0, 1),
        "alignment_gain": (-1, 1),
        "alignment_*": (0, 1),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        models = models_of(several=False)
        require(self.model in models, "model", self.model, ", ".join(models))

    def measure(self, entropy: int) -> list[Quantity]:
        """Means over repetitions, with their standard errors."""
        task, model = DSD(k=self.k, d=self.d, sigma=self.sigma), build("model", {"name": self.model})
        learner, criterion, _ = protocol(self.protocol, model, task)
        if not isinstance(learner, GradientDescent):
            raise InputError("model", self.model, "a model that gradient descent trains")
        keys = jax.random.split(jax_key(entropy), self.repetitions)
        runs = [self._run(key, task, model, learner, criterion) for key in keys]
        return [mean_quantity(name, [run[name] for run in runs]) for name in runs[0]]

    def _run(self, key: jax.Array, task: Any, model: Any, learner: Any, criterion: Any) -> dict[str, float]:
        data = Datasets(task, key, capacity=self.n)
        train, monitor = criterion.sets(data, self.n)
        init_key = jax.random.fold_in(key, 2)
        trained = learner.train(model, init_key, train, monitor, stop_below=None)
        biases = np.asarray([trained.selected["init_bias"]], np.float32)
        start, _ = lanes.begin(model, init_key, self.k, self.d, learner.init_std, biases)
        fresh = task.sample(key, self.kernel_size, stream=TEST)
        before, after = ({role: leaf[0] for role, leaf in lane.items()} for lane in (start, trained.params))
        found = movement(model, before, after, fresh)
        return {
            **found,
            "alignment_gain": found["alignment_end"] - found["alignment_start"],
            "risk": trained.squared_error(data.test(self.test_size)),
        }
