"""Probe: is training with an optimizer equivariant under a group? One cell of architecture x optimizer x
group.
"""

import dataclasses
from typing import Annotated, ClassVar

import jax

from sims.learners.base import Learner
from sims.learners.gradient_descent import OPTIMIZERS, GradientDescent
from sims.learners.two_step import TwoStep
from sims.models.base import Model, SeveralOutputs, Tracking
from sims.pieces import build, register, registered
from sims.pieces.errors import require
from sims.pieces.fields import Checked, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key, numpy_generator
from sims.probes.limits.orbits import (
    OUTCOMES,
    Algorithm,
    Runs,
    law_test,
    outcome,
    pathwise_gap,
    start_p_value,
)
from sims.probes.series import mean_quantity
from sims.tasks import DSD
from theory.groups import GROUPS, equivariance_group

RATES = {"sgd": (0.1, 0.05), "momentum": (0.05, 0.02), "adam": (0.01, 0.01)}
"""lr_w and lr_b at which 200 steps bring the risk well below 1 on the probe's default task."""
TWO_STEP = "two_step"
CODES: dict[str, float] = dict(zip(OUTCOMES, (1.0, 0.0, 0.5), strict=True))
PATHWISE_STARTS = 4
"""Initial weights followed along each turn."""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Equivariance(Checked):
    """Trains a model on DSD and on turned DSD, and decides by the two tests of `sims.probes.limits.orbits`.

    Parameters
    ----------
    model, activation: a registered model and, None for its own, its activation.
    optimizer: "sgd", "momentum" or "adam" for gradient descent on the squared loss, or "two_step" for the
        two-step algorithm with its published constants and loss.
    group: a name of `theory.groups.GROUPS`.
    k, d, sigma: the task, k and d at least 2; n training samples, and `monitor` samples on which the best
        net along the path is selected, looked at every `eval_every` steps.
    points: images at which outputs are compared.
    steps, lr_w, lr_b, batch, init_std, init_bias: as in `GradientDescent`, not for "two_step"; a rate that is
        None is that of `RATES`.
    matrices: turns followed run by run, each by 4 initial weights; the first one is also tested by law.
    starts: independent runs on each side of the test by law.

    The turns are Haar draws that lie in none of the smaller groups.
    """

    model: str
    optimizer: Annotated[str, OneOf((*OPTIMIZERS, TWO_STEP))]
    group: Annotated[str, OneOf(GROUPS)]
    activation: str | None = None
    k: Annotated[int, Whole(2)] = 4
    d: Annotated[int, Whole(2)] = 5
    sigma: float = 0.2
    n: Annotated[int, Whole(2)] = 64
    monitor: Annotated[int, Whole(1)] = 128
    points: Annotated[int, Whole(2)] = 32
    steps: int = 200
    eval_every: int = 20
    lr_w: float | None = None
    lr_b: float | None = None
    batch: int | None = None
    init_std: float = 0.05
    init_bias: float = 0.02
    matrices: Annotated[int, Whole(1)] = 2
    starts: Annotated[int, Whole(8)] = 64
    name: ClassVar[str] = "equivariance"
    version: ClassVar[int] = 2

    def __post_init__(self) -> None:
        models = [
            name
            for name, cls in registered("model").items()
            if not issubclass(cls, (Tracking, SeveralOutputs))
        ]
        require(self.model in models, "model", self.model, ", ".join(sorted(models)))
        super().__post_init__()
        if self.optimizer == TWO_STEP:
            for option in ("lr_w", "lr_b", "batch"):
                require(getattr(self, option) is None, option, getattr(self, option), "nothing for two_step")
        self.learner()
        self.trained_model()
        DSD(k=self.k, d=self.d, sigma=self.sigma)

    def trained_model(self) -> Model:
        """The model. Raises `InputError` for an activation that it does not have."""
        options = {} if self.activation is None else {"activation": self.activation}
        return build("model", {"name": self.model, **options})

    def learner(self) -> Learner:
        """The learner. Raises `InputError` for options that it refuses."""
        if self.optimizer == TWO_STEP:
            return TwoStep()
        lr_w, lr_b = RATES[self.optimizer]
        return GradientDescent(
            optimizer=self.optimizer,
            lr_w=(lr_w if self.lr_w is None else self.lr_w,),
            lr_b=(lr_b if self.lr_b is None else self.lr_b,),
            steps=self.steps,
            eval_every=self.eval_every,
            batch=self.batch,
            init_std=self.init_std,
            init_bias=(self.init_bias,),
        )

    def predicted(self) -> float | None:
        """1 if the group is within the one under which training is equivariant, 0 if not; None for a model
        whose group is not one of `theory.groups.GROUPS`.
        """
        model_group = GROUPS.get(self.trained_model().group)
        if model_group is None:
            return None
        kept = equivariance_group(model_group, coordinatewise=self.optimizer == "adam")
        return float(GROUPS[self.group].is_subgroup_of(kept))

    def measure(self, entropy: int) -> list[Quantity]:
        """What was decided, and on what evidence.

        equivariant: 1 yes, 0 no, 0.5 undecided. law_p_value, law_gap: of `law_test`. pathwise_gap,
        start_p_value: of the tests run by run; not there if the model has no weights that follow the turns.
        risk, bias: mean squared risk on the monitor set and mean final bias of the nets on D, to show that
        they learnt something and where they threshold. At this noise the published two steps turn filters
        against the signal (`theory.two_step.squared_step`), to a risk above 1: equivariance does not ask.
        """
        rng, key = numpy_generator(entropy), jax_key(entropy)
        keys = [jax.random.fold_in(key, stream) for stream in range(4)]
        task = DSD(k=self.k, d=self.d, sigma=self.sigma)
        sizes = (self.n, self.monitor, self.points)
        train, monitor, test = (task.sample(keys[0], n, stream=stream) for stream, n in enumerate(sizes))
        algorithm = Algorithm(
            model=self.trained_model(), learner=self.learner(), train=train, monitor=monitor, test=test
        )
        group = GROUPS[self.group]
        turns = [group.sample_generic(rng, self.k, self.d) for _ in range(self.matrices)]
        starts = jax.random.split(keys[1], 2 * self.starts)
        plain = algorithm.runs(list(starts[: self.starts]))
        moved = algorithm.runs(list(starts[self.starts :]), turns[0])
        law = law_test(plain.outputs, moved.outputs, rng)
        followed = list(jax.random.split(keys[2], PATHWISE_STARTS))
        gaps = [gap for turn in turns if (gap := pathwise_gap(algorithm, turn, followed)) is not None]
        gap = max(gaps) if len(gaps) == len(turns) else None
        start = start_p_value(algorithm.model, turns[0], self.k, self.d, keys[3], rng)
        decided = outcome(gap, start, law)
        found = [
            Quantity(name="equivariant", value=CODES[decided], predicted=self.predicted()),
            Quantity(name="law_p_value", value=law.p_value, repetitions=2 * self.starts),
            Quantity(name="law_gap", value=law.gap, error=law.error, repetitions=self.starts),
        ]
        if gap is not None:
            followings = PATHWISE_STARTS * len(turns)
            found.append(Quantity(name="pathwise_gap", value=gap, repetitions=followings))
        if start is not None:
            found.append(Quantity(name="start_p_value", value=start))
        return found + self._describe(plain)

    def _describe(self, runs: Runs) -> list[Quantity]:
        values = {
            "risk": [one.risk for one in runs.trained],
            "bias": [float(one.params["b"][0]) for one in runs.trained if one.params is not None],
        }
        return [mean_quantity(name, column) for name, column in values.items()]
