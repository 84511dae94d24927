"""The compiled program of gradient descent: all lanes of one training set, from the first step to a decision.

A lane is one point of the grid. Lanes share the samples and the initial weights. The program
works through the samples block by block (a block of pre-activations stays in cache), looks at the monitor
set every few steps, and ends when every lane has stopped or the target is reached.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from sims.learners.augmentations.base import Augmentation
from sims.learners.losses import LOSSES
from sims.learners.updates.base import Rated, Update
from sims.models.base import Model, Parameters, PartlyStill, Tracking
from sims.pieces.errors import require
from sims.samples import Samples

PROGRESS = 1e-3
"""A fall of the monitor risk by this fraction counts as progress for `patience`."""
AUGMENTED = 2**32 - 1
"""Stream of the augmentations' keys, apart from those of mini-batches, which are numbered by the step."""

Seen = Callable[[Any, jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
"""A block by its index, images and labels -> images and labels as training sees them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of `GradientDescent` that shape the program.

    horizon: steps to the end of the schedules of `update`, whatever the number of steps that are taken.
    """

    optimizer: str
    steps: int
    batch: int | None
    loss: str
    project: bool
    momentum: float
    eval_every: int
    patience: int | None
    update: Update | None = None
    horizon: int = 0
    augment: Augmentation | None = None


class Path(NamedTuple):
    """State of a run; every array but `step` has the lanes as its leading axis."""

    step: jax.Array
    params: Parameters
    optimizer: optax.OptState
    best_risk: jax.Array
    best_step: jax.Array
    best_params: Parameters
    mark_risk: jax.Array
    mark_step: jax.Array
    running: jax.Array


def direction(settings: Settings, model: Model) -> optax.GradientTransformation:
    """The optimizer as a direction of descent; each lane multiplies it by its own rates."""
    if settings.update is not None:
        return _of_every_lane(settings.update, settings.horizon, model)
    if settings.optimizer == "momentum":
        return optax.trace(decay=settings.momentum)
    if settings.optimizer == "adam":
        return optax.scale_by_adam()
    return optax.identity()


def moves(model: Model, role: str) -> bool:
    """Whether training moves the parameters of a role."""
    if role == "b" and not model.trained_bias:
        return False
    return not (isinstance(model, PartlyStill) and model.still(role))


def _of_every_lane(update: Update, steps: int, model: Model) -> optax.GradientTransformation:
    """The update of each lane by itself, of the parameters that move, as a direction of descent."""
    inner = update.transformation(steps)
    factor = update.rate_of if isinstance(update, Rated) else lambda role: 1.0

    def moving(tree: Any) -> Parameters:
        return {role: leaf for role, leaf in tree.items() if moves(model, role)}

    def init(params: Any) -> optax.OptState:
        return jax.vmap(inner.init)(moving(params))

    def step(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        moved: Any
        moved, state = jax.vmap(inner.update)(moving(updates), state, moving(params))
        along = {role: -factor(role) * leaf for role, leaf in moved.items()}
        return jax.tree.map(jnp.zeros_like, updates) | along, state

    return optax.GradientTransformation(init, step)


def augmented(
    augment: Augmentation, key: jax.Array, x: jax.Array, y: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """A block as training sees it. Raises `InputError` for an augmentation that gives other shapes."""
    seen_x, seen_y = augment(key, x, y)
    shapes = f"one that gives shapes {x.shape} and {y.shape} back"
    require((seen_x.shape, seen_y.shape) == (x.shape, y.shape), "augment", augment.name, shapes)
    return seen_x, seen_y


def gradient(
    model: Model, loss: str, params: Parameters, samples: Samples, seen: Seen | None = None
) -> Parameters:
    """Gradient of the mean loss of every lane, block by block, of the samples as they are `seen`; of labels
    of several numbers the loss is the mean over these too.
    """
    slope = LOSSES[loss].slope

    def body(index, x, y, total):
        if seen is not None:
            x, y = seen(index, x, y)
        weights = samples.weights(index)[None, :]
        if y.ndim > 1:
            weights = weights[:, None, :] / y.shape[0]
        _, grads = model.pull_back(params, x, lambda f: weights * slope(f, y[None, :]))
        return jax.tree.map(jnp.add, total, grads)

    return samples.fold(body, jax.tree.map(jnp.zeros_like, params))


def draw_batch(samples: Samples, stacked: jax.Array, batch: int, key: jax.Array) -> tuple[jax.Array, ...]:
    """`batch` samples with replacement, the same ones for every lane: x (k, d, batch), y (batch,), or (o,
    batch).

    stacked: `samples.stacked()`, made once outside the loop over steps.
    """
    index = jax.random.randint(key, (batch,), 0, samples.n)
    x = jnp.moveaxis(stacked[index // samples.block, :, :, index % samples.block], 0, -1)
    if samples.y.ndim > 2:
        return x, samples.y[index // samples.block, :, index % samples.block].T
    return x, samples.y[index // samples.block, index % samples.block]


@partial(jax.jit, static_argnames="model")
def squared_error(model: Model, params: Parameters, samples: Samples) -> jax.Array:
    """Mean of (f - y)^2 over the samples, and over the numbers of a label, one value a lane (L,)."""

    def body(index, x, y, total):
        error = (model.outputs(params, x) - y[None, :]) ** 2
        if y.ndim > 1:
            error = jnp.mean(error, 1)
        return total + error @ samples.weights(index)

    return samples.fold(body, jnp.zeros(params["b"].shape[0], jnp.float32))


@partial(jax.jit, static_argnames="model")
def _blocks_of_outputs(model: Model, params: Parameters, samples: Samples) -> jax.Array:
    if isinstance(samples.x, tuple):
        return jnp.stack([model.outputs(params, x)[0] for x in samples.x])
    return jax.lax.map(lambda x: model.outputs(params, x)[0], samples.x)


def outputs(model: Model, params: Parameters, samples: Samples) -> np.ndarray:
    """f (n,), or (n, o), of the first lane on the samples, padding dropped; not for traced code."""
    return samples.unblocked(_blocks_of_outputs(model, params, samples))


def to_unit_ball(w: jax.Array) -> jax.Array:
    """Scale every filter (last axis) of norm above 1 back to norm 1."""
    norm = jnp.linalg.norm(w, axis=-1, keepdims=True)
    return w / jnp.maximum(norm, 1.0)


@partial(jax.jit, static_argnames=("model", "k", "d"))
def begin(
    model: Model, key: jax.Array, k: int, d: int, std: float, biases: ArrayLike
) -> tuple[Parameters, jax.Array]:
    """Initial parameters of the lanes, alike but for their biases (L,), and the key of the mini-batches."""
    init_key, batch_key = jax.random.split(key)
    start = jax.vmap(lambda bias: model.init(init_key, k, d, std=std, bias=bias))(jnp.asarray(biases))
    return start, batch_key


@partial(jax.jit, static_argnames=("model", "settings"))
def run(
    model: Model,
    settings: Settings,
    start: Parameters,
    lr_w: ArrayLike,
    lr_b: ArrayLike,
    train: Samples,
    monitor: Samples,
    target: ArrayLike,
    batch_key: jax.Array,
) -> Path:
    """Train every lane from `start` (leading axis L) at rates lr_w, lr_b (L,).

    Ends after `settings.steps`, when no lane is running any more, or when a lane's squared error on
    `monitor` is at or below `target`. A lane stops when its risk is not finite (it diverged) or by
    `patience`. A lane's path does not depend on the other lanes.
    """
    lr_w, lr_b = jnp.asarray(lr_w), jnp.asarray(lr_b)
    count = lr_w.shape[0]
    optimizer = direction(settings, model)
    stacked = train.stacked() if settings.batch is not None else jnp.zeros(())

    def rate(role: str, leaf: jax.Array) -> jax.Array:
        rates = lr_b if role == "b" else lr_w
        return rates.reshape((count,) + (1,) * (leaf.ndim - 1))

    def seen_at(step) -> Seen | None:
        augment = settings.augment
        if augment is None:
            return None
        key = jax.random.fold_in(jax.random.fold_in(batch_key, AUGMENTED), step)
        return lambda block, x, y: augmented(augment, jax.random.fold_in(key, block), x, y)

    def one_step(index, carry):
        params, state = carry
        tracked: Parameters = {}
        seen = seen_at(index)
        if settings.batch is None:
            grads = gradient(model, settings.loss, params, train, seen)
        else:
            key = jax.random.fold_in(batch_key, index)
            batch = settings.batch
            x, y = draw_batch(train, stacked, batch, key)
            if seen is not None:
                x, y = seen(0, x, y)
            slope = LOSSES[settings.loss].slope
            _, grads = model.pull_back(params, x, lambda f: slope(f, y[None, :]) / y.size)
            if isinstance(model, Tracking):
                tracked = model.track(params, x)
        updates: Any
        updates, state = optimizer.update(grads, state, params)
        params = {role: leaf - rate(role, leaf) * updates[role] for role, leaf in params.items()}
        params["b"] = jnp.maximum(params["b"], 0.0)
        params |= tracked
        if settings.project:
            params["w"] = to_unit_ball(params["w"])
        return params, state

    def look(path: Path) -> Path:
        risk = squared_error(model, path.params, monitor)
        better = path.running & (risk < path.best_risk)

        def keep(new, old):
            return jnp.where(better.reshape((count,) + (1,) * (new.ndim - 1)), new, old)

        running = path.running & jnp.isfinite(risk)
        progress = risk < (1 - PROGRESS) * path.mark_risk
        mark_risk = jnp.where(progress, risk, path.mark_risk)
        mark_step = jnp.where(progress, path.step, path.mark_step)
        if settings.patience is not None:
            running &= path.step - mark_step < settings.patience
        return path._replace(
            best_risk=jnp.where(better, risk, path.best_risk),
            best_step=jnp.where(better, path.step, path.best_step),
            best_params=jax.tree.map(keep, path.params, path.best_params),
            mark_risk=mark_risk,
            mark_step=mark_step,
            running=running,
        )

    def undecided(path: Path) -> jax.Array:
        return (path.step < settings.steps) & jnp.any(path.running) & (jnp.min(path.best_risk) > target)

    def advance(path: Path) -> Path:
        span = (path.step, path.step + settings.eval_every)
        new, state = jax.lax.fori_loop(*span, one_step, (path.params, path.optimizer))
        return look(path._replace(step=path.step + settings.eval_every, params=new, optimizer=state))

    nothing = jnp.full((count,), jnp.inf, jnp.float32)
    zeros = jnp.zeros((count,), jnp.int32)
    first = Path(
        jnp.asarray(0, jnp.int32),
        start,
        optimizer.init(start),
        nothing,
        zeros,
        start,
        nothing,
        zeros,
        jnp.ones((count,), bool),
    )
    return jax.lax.while_loop(undecided, advance, look(first))
