"""Gradient descent on scaled outputs: from feature learning to the kernel regime by one number.

Chizat, Oyallon and Bach 2019 (arXiv 1812.07956) train a h(theta) in place of h(theta), with the learning rate
divided by a^2. Steps then move the outputs as much as without the scale, the parameters 1/a times as far: as
a grows, the path of the outputs tends to gradient flow with the tangent kernel of the start ("lazy"
training); as a shrinks, the parameters have to leave their start to fit the labels ("rich" training).
"""

import dataclasses
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from sims.learners import lanes
from sims.learners.base import Trained
from sims.learners.gradient_descent import GradientDescent
from sims.learners.prices.training import Workspace
from sims.models.base import Model, Parameters, PartlyStill, Residual
from sims.pieces import register
from sims.pieces.errors import is_number, require
from sims.samples import Layout, Samples

MIN_SCALE, MAX_SCALE, MAX_RATE = 1e-15, 1e15, 1e30
"""Beyond these float32 has no room for a scale's square, or for a rate over it."""
START = "start "
"""Before the role of a parameter: its value at the start, which no step moves."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scaled:
    """The model f(v) = scale (h(v / scale) - h(v_0 / scale)) of a model h, started at v_0 = scale theta_0.

    Plain gradient descent on v at rate r is gradient descent on scale (h(theta) - h(theta_0)) at rate
    r / scale^2 (derived: theta = v / scale, so that the gradient in theta is scale times that in v), and the
    tangent kernel in v is that of h in theta, whatever the scale: one grid of rates serves all scales.
    """

    model: Model
    scale: float

    @property
    def trained_bias(self) -> bool:
        """Of the model."""
        return self.model.trained_bias

    @property
    def group(self) -> str:
        """Of the model."""
        return self.model.group

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """v_0, and the model's own start beside it."""
        start = self.model.init(key, k, d, std=std, bias=bias)
        moved = {role: self.scale * leaf for role, leaf in start.items()}
        return moved | {START + role: leaf for role, leaf in start.items()}

    def still(self, role: str) -> bool:
        """The model's own start, and what the model itself keeps still."""
        return role.startswith(START) or (isinstance(self.model, PartlyStill) and self.model.still(role))

    def own(self, params: Parameters) -> Parameters:
        """The model's parameters theta = v / scale."""
        return {role: leaf / self.scale for role, leaf in params.items() if not role.startswith(START)}

    def start(self, params: Parameters) -> Parameters:
        """The model's parameters theta_0."""
        return {role[len(START) :]: leaf for role, leaf in params.items() if role.startswith(START)}

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) on a block x (k, d, B)."""
        moved = self.model.outputs(self.own(params), x) - self.model.outputs(self.start(params), x)
        return self.scale * moved

    def pull_back(self, params: Parameters, x: jax.Array, residual: Residual) -> tuple[jax.Array, Parameters]:
        """Outputs and sum_n r_n df_n/dv, by the model's own; zero for the start."""
        before = self.model.outputs(self.start(params), x)
        h, gradients = self.model.pull_back(
            self.own(params), x, lambda h: residual(self.scale * (h - before))
        )
        still = {role: jnp.zeros_like(leaf) for role, leaf in params.items() if role.startswith(START)}
        return self.scale * (h - before), gradients | still


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ScaledDescent(GradientDescent):
    """`GradientDescent` on scale (h - h at the start) in place of the net h, rates divided by scale^2.

    lr_w and lr_b are the rates before that division. All other fields are those of `GradientDescent`; Adam
    and the projection, whose steps do not scale with the gradient, are refused, and so is an update that does
    not say that its steps are `linear`. The parameters that it gives are those of h.

    Raises `InputError`, named by the field, for a scale that is no number > 0 and for other bad values.
    """

    scale: float = 1.0
    name: ClassVar[str] = "scaled_gradient_descent"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        fine = is_number(self.scale) and MIN_SCALE <= self.scale <= MAX_SCALE
        allowed = f"a number > 0, from {MIN_SCALE:g} to {MAX_SCALE:g}"
        require(fine, "scale", self.scale, allowed)
        most = max(*self.lr_w, *self.lr_b) / self.scale**2
        require(most <= MAX_RATE, "scale", self.scale, f"more: rates over scale^2 must be <= {MAX_RATE:g}")
        require(self.optimizer != "adam", "optimizer", self.optimizer, "sgd, momentum")
        require(not self.project, "project", self.project, "false")
        linear = self.update is None or getattr(self.update, "linear", False)
        allowed = "null, or an update whose steps are linear in the gradients"
        require(linear, "update", getattr(self.update, "name", self.update), allowed)

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
        """As `GradientDescent.train_in_groups`, of the scaled outputs."""
        scaled = self._scaled(model)
        trained = super().train_in_groups(scaled, key, train, monitor, stop_below=stop_below, lanes=lanes)
        assert trained.params is not None
        params = scaled.own(trained.params)
        selected = trained.selected | {"bias": float(params["b"][0])}
        return dataclasses.replace(trained, params=params, selected=selected)

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """As `GradientDescent.flops`, of the scaled outputs."""
        return super().flops(self._scaled(model), train, monitor, test)

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """As `GradientDescent.workspace`, of the scaled outputs."""
        return super().workspace(self._scaled(model), train, monitor)

    def _scaled(self, model: Model) -> Any:
        return Scaled(model=model, scale=float(self.scale))


@partial(jax.jit, static_argnames=("scaled", "steps"))
def descend(scaled: Scaled, start: Parameters, train: Samples, rate: ArrayLike, steps: int) -> Parameters:
    """All parameters of the lanes after `steps` steps of full-batch gradient descent on the squared loss, at
    one rate for all: no selection, no early end.
    """
    model: Any = scaled

    def step(_: jax.Array, params: Parameters) -> Parameters:
        gradients = lanes.gradient(model, "squared", params, train)
        return jax.tree.map(lambda leaf, slope: leaf - rate * slope, params, gradients)

    return jax.lax.fori_loop(0, steps, step, start)
