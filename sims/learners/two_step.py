"""Two steps of gradient descent with prescribed biases: the algorithm behind the DSD paper's upper bounds."""

import dataclasses
import math
from functools import partial
from typing import Annotated, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sims.learners import lanes
from sims.learners.base import Trained
from sims.learners.losses import LOSSES
from sims.learners.prices.training import (
    FLOAT,
    Priced,
    Workspace,
    block_bytes,
    gradient_flops,
    outputs_flops,
    parameter_count,
)
from sims.models.base import Model, Parameters
from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf
from sims.samples import Layout, Samples
from theory.two_step.upper_bounds import Constants, published_constants

SHARED_FILTERS = "shared_orthogonal"
"""Group of the models whose patches share their filters."""

SAMPLES = ("fresh", "shared")

SMALLEST_STD = 1e-12
"""Derivatives of step 1 are taken at weights of at least this deviation: outputs vanish in float32 beside the
labels, and no pre-activation is exactly 0.
"""


class Steps(NamedTuple):
    """The net after each step, each with a leading axis of one lane.

    start, first, second: parameters before step 1 (bias 0), after it (bias b_1) and after step 2 (bias b_2).
    first_norms, second_norms: norms of the filters before projection, of the shape of "w" without its last
    axis; of a step that had no samples, the norms it started from.
    """

    start: Parameters
    first: Parameters
    second: Parameters
    first_norms: jax.Array
    second_norms: jax.Array


def halves(samples: Samples) -> tuple[Samples, Samples]:
    """Samples 0, 2, 4, ... and samples 1, 3, 5, ...: ceil(n/2) and floor(n/2) of them.

    Which half a sample is in does not depend on n, so both halves are nested in n, as the whole is. Raises
    ValueError for several blocks of odd size, which have no even and odd columns.
    """
    blocks, block = samples.y.shape
    if block % 2 and blocks > 1:
        raise ValueError(f"samples: {blocks} blocks of {block}; allowed: one block, or blocks of even size")

    def half(parity: int) -> Samples:
        x = samples.x
        columns = tuple(one[..., parity::2] for one in x) if isinstance(x, tuple) else x[..., parity::2]
        return Samples(columns, samples.y[:, parity::2], (samples.n + 1 - parity) // 2)

    return half(0), half(1)


def to_unit_sphere(w: jax.Array, norms: jax.Array) -> jax.Array:
    """Every filter (last axis) over its norm; a filter that is zero has no direction and stays zero."""
    return w / jnp.where(norms > 0, norms, 1.0)[..., None]


def take_step(
    model: Model,
    loss: str,
    project: bool,
    params: Parameters,
    at: Parameters,
    eta: jax.Array,
    samples: Samples,
) -> tuple[Parameters, jax.Array]:
    """w - eta d/dw (mean loss at the parameters `at`), then projection; and the norms before projection.

    Only the role "w" moves. Without samples the gradient is zero.
    """
    slope = lanes.gradient(model, loss, at, samples)["w"]
    w = params["w"] - eta * jnp.where(samples.n > 0, slope, 0.0)
    norms = jnp.linalg.norm(w, axis=-1)
    return {**params, "w": to_unit_sphere(w, norms) if project else w}, norms


def with_bias(params: Parameters, bias: jax.Array) -> Parameters:
    """The parameters with the bias set to `bias`."""
    return {**params, "b": jnp.full_like(params["b"], bias)}


@partial(jax.jit, static_argnames=("model", "k", "d"))
def unit_start(model: Model, key: jax.Array, k: int, d: int) -> Parameters:
    """Initial parameters with weights of variance 1 and bias 0, with a leading axis of one lane."""
    return jax.tree.map(lambda leaf: leaf[None], model.init(key, k, d, std=1.0, bias=0.0))


@partial(jax.jit, static_argnames=("model", "loss", "project", "fresh"))
def steps(
    model: Model,
    unit: Parameters,
    train: Samples,
    constants: dict[str, jax.Array],
    *,
    loss: str,
    project: bool,
    fresh: bool,
) -> Steps:
    """Both steps on `train` from `unit_start`, whose weights are first scaled to the initial variance.

    constants: float32 scalars eta_1, eta_2, bias_1, bias_2 and init_std. See `TwoStep` for the algorithm.
    """
    first_samples, second_samples = halves(train) if fresh else (train, train)
    std = constants["init_std"]
    start = {**unit, "w": std * unit["w"]}
    beside = {**unit, "w": jnp.maximum(std, SMALLEST_STD) * unit["w"]}
    first, first_norms = take_step(model, loss, project, start, beside, constants["eta_1"], first_samples)
    first = with_bias(first, constants["bias_1"])
    second, second_norms = take_step(model, loss, project, first, first, constants["eta_2"], second_samples)
    return Steps(start, first, with_bias(second, constants["bias_2"]), first_norms, second_norms)


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class TwoStep(Checked, Priced):
    """Two steps of full-batch gradient descent, as the proofs of the upper bounds of Lahoti et al. 2024
    (arXiv 2403.15707, appendices "LCN Upper Bound" and "CNN Upper Bound") run it.

        w_0 ~ N(0, init_variance I),   bias 0
        w_1 = P(w_0 - eta_1 dL/dw (w_0)),   bias bias_1
        w_2 = P(w_1 - eta_2 dL/dw (w_1)),   bias bias_2: the net that is returned

    L is the mean loss over the samples of the step and P scales every filter to norm 1. The biases are
    prescribed, not trained, whatever the model says of its bias; of its other parameters only the weights "w"
    move. Nothing is selected: the monitor set only measures the risk.

    Parameters
    ----------
    eta_1, eta_2, bias_1, bias_2, init_variance: None for the published constants of the model's architecture
    at (k, d), which are `theory.two_step.upper_bounds.published_constants`: the CNN's for filters that all
    patches share, the LCN's for every other model, for which the paper has no such algorithm (the FCN among
    them). init_variance is the variance of one entry of w_0. At init_variance = 0 the weights start at 0 and
    the derivatives of step 1 are their limit as the variance goes to 0 (phi_0 has slope 1 everywhere, also at
    0). project: P is the projection to the unit sphere; if not, the identity. A filter that is exactly 0
    stays 0. The paper: the projection simplifies the analysis and can be removed.
    loss: "squared" (the proofs' own), "correlation" (-y f), "logistic" or "hinge". The squared loss is
    (f - y)^2 without a factor 1/2: at f = 0 its slope is -2y, the logistic one's is -y/2, those of the other
    two are -y.
    samples: "fresh", as in the proofs: samples 0, 2, 4, ... make step 1 and samples 1, 3, 5, ... step 2, and
    n counts both; with n = 1 the second step has no samples and leaves the weights where they are. "shared":
    all n samples make both steps.

    >>> TwoStep(loss="correlation", bias_1=0.3).samples
    'fresh'
    """

    eta_1: Annotated[float | None, Number(above=0)] = None
    eta_2: Annotated[float | None, Number(above=0)] = None
    bias_1: Annotated[float | None, Number(least=0)] = None
    bias_2: Annotated[float | None, Number(least=0)] = None
    init_variance: Annotated[float | None, Number(least=0)] = None
    project: bool = True
    loss: Annotated[str, OneOf(LOSSES)] = "squared"
    samples: Annotated[str, OneOf(SAMPLES)] = "fresh"
    name: ClassVar[str] = "two_step"
    version: ClassVar[int] = 2
    selects: ClassVar[bool] = False

    def constants(self, model: Model, k: int, d: int) -> Constants:
        """The constants of `model` at (k, d): the published ones, but for those that are given."""
        names = ("eta_1", "eta_2", "bias_1", "bias_2", "init_variance")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        architecture = "cnn" if model.group == SHARED_FILTERS else "lcn"
        return dataclasses.replace(published_constants(architecture, k, d), **given)

    def traced_constants(self, model: Model, k: int, d: int) -> dict[str, np.float32]:
        """The constants of `model` at (k, d) as `steps` takes them."""
        values = dataclasses.asdict(self.constants(model, k, d))
        values["init_std"] = math.sqrt(values.pop("init_variance"))
        return {name: np.float32(value) for name, value in values.items()}

    def steps(self, model: Model, key: jax.Array, train: Samples) -> Steps:
        """The net after each of the two steps on `train`; `key` draws the initial weights."""
        return steps(
            model,
            unit_start(model, key, *train.patches),
            train,
            self.traced_constants(model, *train.patches),
            loss=self.loss,
            project=self.project,
            fresh=self.samples == "fresh",
        )

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """See `sims.learners.prices.training.Priced`."""
        passes = 1 if self.samples == "fresh" else 2
        seen = outputs_flops(model, 1, monitor) + outputs_flops(model, 1, test)
        return passes * gradient_flops(model, 1, train) + seen

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """See `sims.learners.prices.training.Priced`."""
        del monitor
        # The weights before, between and after, two gradients and two norms; and both halves of the samples.
        lane = FLOAT * 6 * parameter_count(model, train.k, train.d) + block_bytes(model, train)
        return Workspace(2 * train.bytes, lane)

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """Take the two steps on `train`; `stop_below` changes nothing, there is no path to stop on."""
        del stop_below
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        require(int(monitor.n) >= 1, "n", int(monitor.n), "enough samples for the monitor set to hold one")
        params = self.steps(model, key, train).second
        constants = self.constants(model, *train.patches)
        return Trained(
            risk=float(lanes.squared_error(model, params, monitor)[0]),
            squared_error=lambda samples: float(lanes.squared_error(model, params, samples)[0]),
            trainings=1,
            steps=2,
            selected={"bias": constants.bias_2, "bias_1": constants.bias_1, "step": 2},
            outputs=lambda samples: lanes.outputs(model, params, samples),
            params=params,
        )
