"""Gradient descent over a grid of learning rates, all grid points side by side, with selection along the
path.
"""

import dataclasses
import itertools
import math
from typing import ClassVar

import jax
import numpy as np

from sims.errors import require
from sims.learners import lanes
from sims.learners.base import Trained
from sims.learners.losses import BOUNDED_BELOW
from sims.models.base import Model, Tracking
from sims.pieces import register
from sims.samples import Samples

OPTIMIZERS = ("sgd", "momentum", "adam")


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class GradientDescent:
    """Full-batch or mini-batch gradient descent on the mean loss, started once, run at every rate of a grid.

    Parameters
    ----------
    optimizer: "sgd", "momentum" or "adam" (optax).
    lr_w, lr_b: learning rates of the weights and of the bias. The loss is
    the mean
        over samples of (f - y)^2, log(1 + e^{-yf}) or max(0, 1 - yf), without a factor 1/2.
    steps: steps at most.
    batch: samples a step, drawn with replacement; None for the whole set.
    loss: "squared", "logistic" or "hinge".
    init_std: w_0 ~ N(0, init_std^2) entrywise, the same for all points of the grid.
    init_bias: values of b_0. Every (lr_w, lr_b, b_0) is one training run.
    project: after every step, scale each filter back to the unit ball (the theorems' ||w_i|| <= 1).
    momentum: of the optimizer "momentum".
    eval_every: steps between two looks at the monitor set; steps 0 and `steps` included.
    patience: a run ends once its monitor risk has not fallen by 0.1 % for that many steps; None to run all
    `steps`.

    The bias is kept >= 0 after every step.
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
    name: ClassVar[str] = "gradient_descent"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self.optimizer in OPTIMIZERS, "optimizer", self.optimizer, ", ".join(OPTIMIZERS))
        require(self.loss in BOUNDED_BELOW, "loss", self.loss, ", ".join(BOUNDED_BELOW))
        for option in ("lr_w", "lr_b"):
            rates = getattr(self, option)
            fine = len(rates) > 0 and all(math.isfinite(rate) and rate > 0 for rate in rates)
            require(fine, option, rates, "one or more numbers > 0")
        require(self.eval_every >= 1, "eval_every", self.eval_every, "an integer >= 1")
        whole = self.steps >= 1 and self.steps % self.eval_every == 0
        require(whole, "steps", self.steps, f"a positive multiple of eval_every = {self.eval_every}")
        require(self.batch is None or self.batch >= 1, "batch", self.batch, "an integer >= 1, or none")
        require(self.init_std >= 0, "init_std", self.init_std, "a number >= 0")
        biases = len(self.init_bias) > 0 and all(math.isfinite(b) and b >= 0 for b in self.init_bias)
        require(biases, "init_bias", self.init_bias, "one or more numbers >= 0")
        require(0 <= self.momentum < 1, "momentum", self.momentum, "a number in [0, 1)")
        patient = self.patience is None or self.patience >= self.eval_every
        require(patient, "patience", self.patience, "an integer >= eval_every, or none")

    def grid(self, model: Model) -> list[tuple[float, float, float]]:
        """The points (lr_w, lr_b, b_0), one training run each; a bias that is not trained has the rate 0."""
        rates = self.lr_b if model.trained_bias else (0.0,)
        return list(itertools.product(self.lr_w, rates, self.init_bias))

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """Run the grid on `train`; return the parameters with the lowest squared error on `monitor` along
        any path.
        """
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        require(int(monitor.n) >= 1, "n", int(monitor.n), "enough samples for the monitor set to hold one")
        if isinstance(model, Tracking):
            batches = "an integer, as --learner-option batch=64: the model takes statistics of its batches"
            require(self.batch is not None, "batch", self.batch, batches)
        grid = self.grid(model)
        k, d = train.patches
        biases = np.asarray([point[2] for point in grid], np.float32)
        start, batch_key = lanes.begin(model, key, k, d, self.init_std, biases)
        target = np.float32(-math.inf if stop_below is None else stop_below)
        lr_w, lr_b, _ = (np.asarray(column, np.float32) for column in zip(*grid, strict=True))
        path = lanes.run(model, self.settings, start, lr_w, lr_b, train, monitor, target, batch_key)
        risks, bests, step = np.asarray(path.best_risk), np.asarray(path.best_step), int(path.step)
        lane = int(np.argmin(risks))
        params, last = (
            jax.tree.map(lambda leaf: np.asarray(leaf)[lane : lane + 1], tree)
            for tree in (path.best_params, path.params)
        )
        selected = {
            "lr_w": grid[lane][0],
            "lr_b": grid[lane][1],
            "init_bias": grid[lane][2],
            "step": int(bests[lane]),
            "bias": float(params["b"][0]),
        }
        return Trained(
            risk=float(risks[lane]),
            squared_error=lambda samples: float(lanes.squared_error(model, params, samples)[0]),
            trainings=len(grid),
            steps=step,
            selected=selected,
            outputs=lambda samples: lanes.outputs(model, params, samples),
            params=params,
            final=None if stop_below is not None else lambda samples: lanes.outputs(model, last, samples),
        )

    @property
    def settings(self) -> "lanes.Settings":
        """What shapes the compiled program: all options but the rates and the start, which enter as data."""
        return lanes.Settings(
            optimizer=self.optimizer,
            steps=self.steps,
            batch=self.batch,
            loss=self.loss,
            project=self.project,
            momentum=self.momentum,
            eval_every=self.eval_every,
            patience=self.patience,
        )
