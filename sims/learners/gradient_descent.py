"""Gradient descent over a grid of learning rates, all grid points side by side, with selection along the
path.
"""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

import jax
import numpy as np

from sims.learners.augmentations.base import Augmentation
from sims.learners.base import Trained
from sims.learners.lanes import Settings, begin, outputs, run, squared_error
from sims.learners.losses import BOUNDED_BELOW
from sims.learners.prices.steps import augmentation_bytes, augmentation_flops, kept_bytes, update_flops
from sims.learners.prices.training import (
    FLOAT,
    Priced,
    Workspace,
    block_bytes,
    gradient_flops,
    outputs_flops,
    parameter_count,
    parameter_shapes,
)
from sims.learners.updates.base import Update
from sims.models.base import Model, Parameters, Tracking
from sims.pieces import Piece, added, register, registered
from sims.pieces.errors import InputError, is_whole, require, require_integer
from sims.samples import Layout, Samples

OPTIMIZERS = ("sgd", "momentum", "adam")
MAX_STEPS = 10_000_000
"""A thousand times what any experiment here takes: some minutes for the smallest net."""
MAX_BATCH = 100_000
"""More samples a step than this serve no purpose: the whole set is batch = none."""
MAX_VALUES = 100
"""Values of each axis of the grid."""
_UPDATE = {"sgd": 2, "momentum": 4, "adam": 12}
"""Operations of a step for one parameter, by optimizer."""


Point = tuple[float, float, float]
"""lr_w, lr_b and b_0."""


@dataclasses.dataclass(frozen=True)
class _Group:
    """What came of a group of lanes: of the best, its point, its risk, where it was found, the net there and
    at the end; the steps that the group took; and whether all diverged before any did better than its start.
    """

    point: Point
    risk: float
    step: int
    params: Parameters
    last: Parameters
    steps: int
    diverged: bool


def _run(
    model: Model,
    settings: Settings,
    std: float,
    key: jax.Array,
    points: Sequence[Point],
    train: Samples,
    monitor: Samples,
    target: float,
) -> _Group:
    lr_w, lr_b, biases = (np.asarray(column, np.float32) for column in zip(*points, strict=True))
    start, batch_key = begin(model, key, *train.patches, std, biases)
    path = run(model, settings, start, lr_w, lr_b, train, monitor, np.float32(target), batch_key)
    risks = np.asarray(path.best_risk)
    lane = int(np.argmin(risks))
    params, last = (
        # A copy: a view would keep all lanes in memory.
        jax.tree.map(lambda leaf: np.asarray(leaf)[lane : lane + 1].copy(), tree)
        for tree in (path.best_params, path.params)
    )
    found = int(np.asarray(path.best_step)[lane])
    diverged = not (np.any(path.running) or np.any(path.best_step)) and not np.any(
        np.isfinite(squared_error(model, path.params, monitor))
    )
    return _Group(points[lane], float(risks[lane]), found, params, last, int(path.step), diverged)


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class GradientDescent(Priced):
    """Full-batch or mini-batch gradient descent on the mean loss, started once, run at every rate of a grid.

    Parameters
    ----------
    optimizer: "sgd", "momentum" or "adam" (optax).
    lr_w, lr_b: learning rates of the weights and of the bias. The loss is
    the mean
        over samples of (f - y)^2, log(1 + e^{-yf}) or max(0, 1 - yf), without a factor 1/2; the mean over
        the numbers of a label as well, where there are several.
    steps: steps at most, up to 10 000 000.
    batch: samples a step, drawn with replacement, up to 100 000; None for the whole set.
    loss: "squared", "logistic" or "hinge".
    init_std: w_0 ~ N(0, init_std^2) entrywise, the same for all points of the grid.
    init_bias: values of b_0. Every (lr_w, lr_b, b_0) is one training run.
    project: after every step, scale each filter back to the unit ball (the theorems' ||w_i|| <= 1).
    momentum: of the optimizer "momentum".
    eval_every: steps between two looks at the monitor set; steps 0 and `steps` included.
    patience: a run ends once its monitor risk has not fallen by 0.1 % for that many steps; None to run all
    `steps`.
    update: in place of the optimizer, a piece that makes a step of the gradients
        (`sims.learners.updates.base`): any transformation of optax. lr_w and lr_b multiply its steps. None
        for the optimizer.
    augment: a piece that every training batch goes through, the whole set as well
        (`sims.learners.augmentations.base`), with a new key at every step. The monitor set stays as it is.

    The bias is kept >= 0 after every step.

    >>> GradientDescent(steps=600, lr_w=(0.1, 0.01), init_std=0.3).steps
    600
    """

    optimizer: str = "sgd"
    lr_w: tuple[float, ...] = (0.1, 0.01, 0.001)
    lr_b: tuple[float, ...] = (0.01, 0.001, 0.0001)
    steps: int = 1200
    batch: int | None = None
    loss: str = "squared"
    init_std: float = 1e-3
    init_bias: tuple[float, ...] = (0.0,)
    project: bool = False
    momentum: float = 0.9
    eval_every: int = 10
    patience: int | None = None
    update: Annotated[Update | None, Piece("update")] = added(None)
    augment: Annotated[Augmentation | None, Piece("augmentation")] = added(None)
    name: ClassVar[str] = "gradient_descent"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = True
    several_outputs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self.optimizer in OPTIMIZERS, "optimizer", self.optimizer, ", ".join(OPTIMIZERS))
        require(self.loss in BOUNDED_BELOW, "loss", self.loss, ", ".join(BOUNDED_BELOW))
        for option in ("lr_w", "lr_b", "init_bias"):
            values, zero = getattr(self, option), option == "init_bias"
            fine = all(math.isfinite(value) and (value > 0 or (zero and value == 0)) for value in values)
            allowed = f"one or more numbers {'>=' if zero else '>'} 0, at most {MAX_VALUES}"
            require(fine and 1 <= len(values) <= MAX_VALUES, option, values, allowed)
        require_integer("eval_every", self.eval_every, 1, MAX_STEPS)
        multiple = f"a positive multiple of eval_every = {self.eval_every}, up to {MAX_STEPS}"
        whole = is_whole(self.steps) and 1 <= self.steps <= MAX_STEPS
        require(whole and self.steps % self.eval_every == 0, "steps", self.steps, multiple)
        if self.batch is not None:
            require_integer("batch", self.batch, 1, MAX_BATCH)
        fine = math.isfinite(self.init_std) and self.init_std >= 0
        require(fine, "init_std", self.init_std, "a finite number >= 0")
        require(0 <= self.momentum < 1, "momentum", self.momentum, "a number in [0, 1)")
        patient = self.patience is None or self.patience >= self.eval_every
        require(patient, "patience", self.patience, "an integer >= eval_every, or none")
        for option, kind, cls in (
            ("update", "update", Update),
            ("augment", "augmentation", Augmentation),
        ):
            piece = getattr(self, option)
            fine = piece is None or (isinstance(piece, cls) and not isinstance(piece, type))
            if not fine:
                raise InputError(option, piece, f"{', '.join(sorted(registered(kind)))}, or none")
        plain = self.update is None or self.optimizer == "sgd"
        require(plain, "optimizer", self.optimizer, "sgd where an update is given")

    def grid(self, model: Model) -> list[Point]:
        """The points (lr_w, lr_b, b_0), one training run each; a bias that is not trained has the rate 0."""
        rates = self.lr_b if model.trained_bias else (0.0,)
        return list(itertools.product(self.lr_w, rates, self.init_bias))

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """Run the grid on `train`; return the parameters with the lowest squared error on `monitor` along
        any path.

        Where every run ends at a risk that is not finite, and none was better than its start before, the
        start is returned, and `selected` has "diverged".
        """
        lanes_ = self.runs(model)
        return self.train_in_groups(model, key, train, monitor, stop_below=stop_below, lanes=lanes_)

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
        """`train` with so many points of the grid side by side, one group after another.

        The answer is that of all at once, up to the rounding of products of another shape: where the target
        is reached, the run that reaches it first decides (of several, the one with the lowest error there),
        and what others would have found later does not count.
        """
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        require(int(monitor.n) >= 1, "n", int(monitor.n), "enough samples for the monitor set to hold one")
        if isinstance(model, Tracking):
            batches = "an integer, as --learner-option batch=64: the model takes statistics of its batches"
            require(self.batch is not None, "batch", self.batch, batches)
        if self.project:
            filters = "w" in parameter_shapes(model, *train.patches)
            require(filters, "project", True, f"false for model {model.name}, which names no filters w")
        grid = self.grid(model)
        target = -math.inf if stop_below is None else float(np.float32(stop_below))

        def go(points: Sequence[Point], settings: Settings) -> _Group:
            return _run(model, settings, self.init_std, key, points, train, monitor, target)

        def rank(group: _Group) -> tuple[bool, int, float]:
            reached = group.risk <= target
            return not reached, group.steps if reached else 0, group.risk

        best = go(grid[:lanes], self.settings)
        steps, diverged = best.steps, best.diverged
        for start in range(lanes, len(grid), lanes):
            group = go(grid[start : start + lanes], self.settings)
            steps, diverged = max(steps, group.steps), diverged and group.diverged
            best = min(best, group, key=rank)
            del group  # unless it is the best: memory is short
        if best.risk <= target:
            steps = best.steps
        params = best.params

        def final(samples: Samples) -> np.ndarray:
            last = best.last
            if best.steps < steps:
                # All at once, the run would have gone on with the others.
                rest = dataclasses.replace(self.settings, steps=steps, patience=None)
                last = go([best.point], rest).last
            return outputs(model, last, samples)

        return Trained(
            risk=best.risk,
            squared_error=lambda samples: float(squared_error(model, params, samples)[0]),
            trainings=len(grid),
            steps=steps,
            selected={
                "lr_w": best.point[0],
                "lr_b": best.point[1],
                "init_bias": best.point[2],
                "step": best.step,
                "bias": float(params["b"][0]),
                **({"diverged": True} if diverged else {}),
            },
            outputs=lambda samples: outputs(model, params, samples),
            params=params,
            final=None if stop_below is not None else final,
        )

    def runs(self, model: Model) -> int:
        """Points of the grid."""
        return len(self.grid(model))

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """See `sims.learners.prices.training.Priced`: as if every lane took all its steps."""
        runs = self.runs(model)
        if self.update is None:
            updates = _UPDATE[self.optimizer] * runs * parameter_count(model, train.k, train.d)
        else:
            updates = runs * update_flops(model, self.settings, train.k, train.d)
        looks = self.steps // self.eval_every + 1
        step = gradient_flops(model, runs, self._of_a_step(train)) + updates
        if self.augment is not None:
            step += augmentation_flops(self.augment, self._of_a_step(train))
        seen = looks * outputs_flops(model, runs, monitor) + outputs_flops(model, 1, test)
        return self.steps * step + seen

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """See `sims.learners.prices.training.Priced`."""
        count = parameter_count(model, train.k, train.d)
        # Parameters, their best, the sum of gradients and the step to come, beside what the optimizer keeps.
        # One block's gradient is its own sum.
        copies = 3 if self._of_a_step(train).used == 1 else 4
        kept = FLOAT * copies * count + kept_bytes(model, self.settings, train.k, train.d)
        block = max(block_bytes(model, self._of_a_step(train)), block_bytes(model, monitor))
        # The compiled loop has copies of both sets, and of the training set one more for a while (measured);
        # of the lanes before the best one is kept, where it was found and at the end.
        fixed = 2 * train.bytes + monitor.bytes + 2 * FLOAT * count
        if self.augment is not None:
            fixed += augmentation_bytes(self.augment, self._of_a_step(train))
        return Workspace(fixed, kept + block, self.runs(model))

    def _of_a_step(self, train: Layout) -> Layout:
        if self.batch is None:
            return train
        return dataclasses.replace(train, n=self.batch, block=self.batch, blocks=1)

    def brief(self) -> Self:
        """A look's worth of steps."""
        return dataclasses.replace(self, steps=self.eval_every, patience=None)

    @property
    def settings(self) -> Settings:
        """What shapes the compiled program: all options but the rates and the start, which enter as data."""
        return Settings(
            optimizer=self.optimizer,
            steps=self.steps,
            batch=self.batch,
            loss=self.loss,
            project=self.project,
            momentum=self.momentum,
            eval_every=self.eval_every,
            patience=self.patience,
            update=self.update,
            horizon=0 if self.update is None else self.steps,
            augment=self.augment,
        )
