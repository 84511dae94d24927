"""The two steps of `TwoStep` on many independent DSD data sets at once."""

import math
from functools import partial
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np

from sims.learners.two_step import TwoStep, halves, steps
from sims.models import CNN, FCN, LCN, Model
from sims.samples import Samples

NETS = {"cnn": CNN(), "lcn": LCN(), "fcn": FCN()}

_NUMBERS = 4_000_000
"""Coordinates drawn at a time."""

Net = CNN | LCN | FCN


class Runs(NamedTuple):
    """What was found, by repetition (r,): of the filters (r, m), how often patches pass b_1, test risks.

    Cosines are with w*, for the FCN with (w*, ..., w*) / sqrt k; norms are those before projection.
    """

    first_cosines: np.ndarray
    second_cosines: np.ndarray
    first_norms: np.ndarray
    second_norms: np.ndarray
    active_signal: np.ndarray
    active_noise: np.ndarray
    squared_risk: np.ndarray
    zero_one_risk: np.ndarray


class _Data(NamedTuple):
    """One repetition: initial weights of variance 1, training samples, the patches (n,) of their signals, the
    signal (d,), test samples.
    """

    unit: jax.Array
    train: Samples
    patch: jax.Array
    signal: jax.Array
    test_x: jax.Array
    test_y: jax.Array


@partial(jax.jit, static_argnames=("model", "loss", "project", "fresh"))
def _repetitions(
    model: Net,
    data: _Data,
    constants: dict[str, jax.Array],
    *,
    loss: str,
    project: bool,
    fresh: bool,
) -> Runs:
    """`_one` of every repetition (leading axis of all of `data` but n)."""
    one = partial(_one, model, loss=loss, project=project, fresh=fresh)
    axes = _Data(0, Samples((0,), 0, None), 0, 0, 0, 0)  # type: ignore[arg-type]
    return jax.vmap(one, in_axes=(axes, None))(data, constants)


def _one(model: Net, data: _Data, constants: dict[str, jax.Array], **options) -> Runs:
    taken = steps(model, {"w": data.unit, "b": jnp.zeros(1)}, data.train, constants, **options)
    k = data.train.patches[0]
    target = jnp.tile(data.signal, k) / math.sqrt(k) if isinstance(model, FCN) else data.signal

    def cosines(w: jax.Array) -> jax.Array:
        rows = w.reshape(-1, w.shape[-1])
        return rows @ target / jnp.linalg.norm(rows, axis=-1)

    signal, noise = _passing(model, taken.first["w"], data, constants["bias_1"], options["fresh"])
    f = model.outputs(taken.second, data.test_x)[0]
    wrong = jnp.where(f == 0, 0.5, f * data.test_y < 0)
    found = (
        cosines(taken.first["w"]),
        cosines(taken.second["w"]),
        taken.first_norms.ravel(),
        taken.second_norms.ravel(),
        signal,
        noise,
        jnp.mean((f - data.test_y) ** 2),
        jnp.mean(wrong),
    )
    return Runs(*found)  # type: ignore[arg-type]  # arrays of jax here, of numpy once `run` returns them


def _passing(
    model: Net, w: jax.Array, data: _Data, bias: jax.Array, fresh: bool
) -> tuple[jax.Array, jax.Array]:
    """Fractions of |<w_i, x_i>| > b_1 over the samples of step 2: in signal patches, and in the others.

    For the FCN, whose every neuron sees the signal: over neurons, and 0.
    """
    x = (halves(data.train)[1] if fresh else data.train).x[0]
    active = jnp.abs(model.pre_activations(w, x)[:, 0, 0, :]) > bias
    if isinstance(model, FCN):
        return jnp.mean(active), jnp.zeros(())
    patch = data.patch[1::2] if fresh else data.patch
    here = jnp.arange(x.shape[0])[:, None] == patch[None, :]
    elsewhere = max(x.shape[0] - 1, 1) * x.shape[-1]
    return jnp.sum(active & here) / x.shape[-1], jnp.sum(active & ~here) / elsewhere


def run(
    learner: TwoStep,
    model: Net,
    *,
    k: int,
    d: int,
    sigma: float,
    n: int,
    repetitions: int,
    test_size: int,
    rng: np.random.Generator,
) -> Runs:
    """`repetitions` runs on n DSD samples each, every one with a signal of its own; float64.

    A chunk of them at a time, all of one size: one compiled program serves all.
    """
    size = max(1, min(repetitions, _NUMBERS // ((n + test_size) * k * d)))
    chunks = [
        _repetitions(
            model,
            _draw(rng, model, size, k, d, sigma, n, test_size),
            cast("dict[str, jax.Array]", learner.traced_constants(cast("Model", model), k, d)),
            loss=learner.loss,
            project=learner.project,
            fresh=learner.samples == "fresh",
        )
        for _ in range(math.ceil(repetitions / size))
    ]
    together = [
        np.concatenate([np.asarray(part, float) for part in parts]) for parts in zip(*chunks, strict=True)
    ]
    return Runs(*(part[:repetitions] for part in together))


def _draw(
    rng: np.random.Generator, model: Net, size: int, k: int, d: int, sigma: float, n: int, test_size: int
) -> _Data:
    """`size` repetitions: a start, n training samples in one block, a signal, test samples."""
    signal = rng.standard_normal((size, d), np.float32)
    signal /= np.linalg.norm(signal, axis=1, keepdims=True)
    x, y, patch = _samples(rng, signal, k, sigma, n)
    test_x, test_y, _ = _samples(rng, signal, k, sigma, test_size)
    train = Samples((x,), y[:, None, :], jnp.asarray(n, jnp.int32))  # type: ignore[arg-type]
    unit = rng.standard_normal((size, 1, *model.weight_shape(k, d)), np.float32)
    return _Data(unit, train, patch, signal, test_x, test_y)  # type: ignore[arg-type]


def _samples(
    rng: np.random.Generator, signal: np.ndarray, k: int, sigma: float, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (repetitions, k, d, n), y and patches (repetitions, n), for `signal` (repetitions, d)."""
    size, d = signal.shape
    x = rng.standard_normal((size, k, d, n), np.float32)
    x *= np.float32(sigma)
    y = rng.choice(np.array([-1, 1], np.float32), (size, n))
    patch = rng.integers(k, size=(size, n))
    row, column = np.arange(size)[:, None], np.arange(n)[None, :]
    x[row, patch, :, column] += y[:, :, None] * signal[:, None, :]
    return x, y, patch
