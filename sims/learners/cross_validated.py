"""Gradient descent that chooses its rates and steps by cross-validation, and then trains on all samples."""

import dataclasses
from typing import ClassVar

import jax
import numpy as np

from sims.learners.base import Trained
from sims.learners.gradient_descent import GradientDescent, Point
from sims.learners.lanes import Path, Settings, begin, outputs, run, squared_error
from sims.learners.prices.training import Workspace
from sims.models.base import Model
from sims.pieces import register
from sims.pieces.errors import require, require_integer
from sims.samples import Layout, Samples, pack
from sims.tasks.base import Batch

MAX_FOLDS = 100
STEP_RATIO = 1.25
"""Ratio of neighbouring numbers of steps that the last run may take: each is a program of its own."""


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CrossValidated(GradientDescent):
    """Gradient descent on all n samples, at the point of the grid and for the number of steps that
    cross-validation chooses (Stone 1974).

    The samples are dealt into `folds` parts, sample j into part j modulo `folds`. With each part held out the
    whole grid is run on the others, by the rule of `gradient_descent`. Chosen is the point whose lowest risk
    along the path has the least mean over all held-out samples, and for it the mean over the parts of the
    step at which that lay, rounded up to a ladder of numbers of steps a factor `STEP_RATIO` apart. A last run
    from the same start trains on all samples so long. So every label is used twice, for training and for
    selection, and a test set has to judge the net.

    folds: parts, 2 to 100; with fewer samples than that each is a part. The other fields are those of
    `gradient_descent`.

    >>> CrossValidated(lr_w=(0.3, 0.1)).folds
    5
    """

    folds: int = 5
    name: ClassVar[str] = "cross_validated"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_integer("folds", self.folds, 2, MAX_FOLDS)

    def train_in_groups(
        self,
        model: Model,
        key: jax.Array,
        train: Samples,
        monitor: Samples,
        *,
        stop_below: float | None,
        lanes: int,
    ) -> Trained:
        """See the class. Nothing is selected on `monitor`, and nothing stops early."""
        del monitor, stop_below
        require(int(train.n) >= 2, "n", int(train.n), "at least two samples, one to hold out")
        grid = self.grid(model)
        risks, steps = np.zeros(len(grid)), np.zeros(len(grid))
        parts = dealt(train, min(self.folds, int(train.n)))
        groups = [grid[first : first + lanes] for first in range(0, len(grid), lanes)]
        longest = 0
        for fit, held in parts:
            paths = [self._path(model, key, points, fit, held, self.settings) for points in groups]
            longest = max(longest, *(int(path.step) for path in paths))
            best = np.concatenate([path.best_risk for path in paths])
            risks += np.where(np.isfinite(best), best, np.inf) * int(held.n) / int(train.n)
            steps += np.concatenate([path.best_step for path in paths]) / len(parts)
        lane = int(np.argmin(risks))
        taken = on_the_ladder(float(steps[lane]), self.eval_every, self.steps)
        so_long = dataclasses.replace(self.settings, steps=taken, patience=None)
        params = self._path(model, key, [grid[lane]], train, train, so_long).params
        return Trained(
            risk=float(risks[lane]),
            squared_error=lambda samples: float(squared_error(model, params, samples)[0]),
            trainings=len(parts) * len(grid) + 1,
            steps=max(longest, taken),
            selected={
                "lr_w": grid[lane][0],
                "lr_b": grid[lane][1],
                "init_bias": grid[lane][2],
                "step": taken,
                "bias": float(params["b"][0]),
            },
            outputs=lambda samples: outputs(model, params, samples),
            params=params,
        )

    def _path(
        self,
        model: Model,
        key: jax.Array,
        points: list[Point],
        fit: Samples,
        seen: Samples,
        settings: Settings,
    ) -> Path:
        """A run of these points on `fit`, looked at on `seen`."""
        lr_w, lr_b, biases = (np.asarray(column, np.float32) for column in zip(*points, strict=True))
        start, batch_key = begin(model, key, *fit.patches, self.init_std, biases)
        return run(model, settings, start, lr_w, lr_b, fit, seen, np.float32(-np.inf), batch_key)

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """As if every lane took all its steps in every part, and the last run as many."""
        fit, held = self._parts(train)
        none = dataclasses.replace(test, n=0)
        one = dataclasses.replace(self, lr_w=self.lr_w[:1], lr_b=self.lr_b[:1], init_bias=self.init_bias[:1])
        parts = self.folds * super().flops(model, fit, held, none)
        return parts + super(CrossValidated, one).flops(model, train, train, test)

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """The larger of a part's run beside all parts, and of the last run, which is looked at on its own
        training set.
        """
        fit, held = self._parts(train)
        part, last = super().workspace(model, fit, held), super().workspace(model, train, train)
        parts = self.folds * (fit.bytes + held.bytes)
        return dataclasses.replace(part, fixed=parts + max(part.fixed, last.fixed + last.lane))

    def _parts(self, train: Layout) -> tuple[Layout, Layout]:
        """How the largest training set and held-out set of a part are laid out."""
        held = -(-train.n // self.folds)

        def of(n: int) -> Layout:
            return Layout.of(n, room_for(n), train.k, train.d, train.label)

        return of(train.n - held), of(held)


def dealt(samples: Samples, folds: int) -> list[tuple[Samples, Samples]]:
    """(the others, held out) of each of `folds` parts: sample j lies in part j modulo folds. Each set has
    `room_for` itself, not for all that a search may ask.
    """
    x, y = samples.images(), samples.labels()
    part = np.arange(len(x)) % folds

    def packed(kept: np.ndarray) -> Samples:
        batch = Batch(x[kept], y[kept], {})  # type: ignore[arg-type]
        return pack(batch, capacity=room_for(len(batch.y)))

    return [(packed(part != one), packed(part == one)) for one in range(folds)]


def room_for(n: int) -> int:
    """The least power of two that is not below n: few shapes, and so few programs, whatever n is."""
    return 1 << max(n - 1, 0).bit_length()


def on_the_ladder(step: float, every: int, most: int) -> int:
    """The first number of steps, of a ladder of whole looks a factor `STEP_RATIO` apart, that is not below
    `step`; at most `most`. every: steps between two looks.
    """
    looks = 0
    while looks * every < min(step, most):
        looks = max(looks + 1, int(looks * STEP_RATIO))
    return min(looks * every, most)
