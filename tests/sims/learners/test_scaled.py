"""Scaled outputs: the definition of Chizat et al. 2019 step by step, and the kernel regime at its end."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.learners import GradientDescent, ScaledDescent, lanes
from sims.learners.scaled import Scaled, descend
from sims.measuring.readings.empirical_kernel import empirical_ntk
from sims.models import LCN, WideCNN
from sims.models.base import apply
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.tasks import DSD

K, D, N, RATE, STEPS = 3, 4, 24, 2.0, 30
TASK = DSD(k=K, d=D, sigma=0.3)
MODEL = WideCNN(width=16, activation="erf")


@pytest.fixture(scope="module")
def samples():
    key = jax.random.key(5)
    return [TASK.sample(key, N, stream=stream) for stream in (0, 1)]


def started(model, scale):
    scaled = Scaled(model=model, scale=scale)
    start, _ = lanes.begin(scaled, jax.random.key(1), K, D, 1.0, np.zeros(1, np.float32))
    return scaled, start


def slow_path(model, start, batch, scale):
    """theta <- theta - (rate / scale^2) grad of mean (scale (h - h_0) - y)^2, in float64, by autodiff."""
    with jax.enable_x64(True):
        theta = {role: jnp.asarray(np.asarray(leaf), jnp.float64) for role, leaf in start.items()}
        x, y = jnp.asarray(np.asarray(batch.x), jnp.float64), jnp.asarray(np.asarray(batch.y), jnp.float64)
        before = apply(model, theta, x)
        loss = jax.jit(jax.grad(lambda p: jnp.mean((scale * (apply(model, p, x) - before) - y) ** 2)))
        for _ in range(STEPS):
            slopes = loss(theta)
            theta = {r: theta[r] - RATE / scale**2 * slopes[r] * (r != "b") for r in theta}
        return {role: np.asarray(leaf) for role, leaf in theta.items()}


@pytest.mark.parametrize("scale", [0.5, 8.0])
def test_steps_are_those_of_the_definition(samples, scale):
    train, _ = samples
    scaled, start = started(MODEL, scale)
    end = descend(scaled, start, pack(train, capacity=N), np.float32(RATE), STEPS)
    begun = {role: leaf[0] for role, leaf in scaled.start(start).items()}
    slow = slow_path(MODEL, begun, train, scale)
    for role in ("w", "a"):
        moved = np.asarray(scaled.own(end)[role][0], float) - np.asarray(begun[role], float)
        expected = slow[role] - np.asarray(begun[role], float)
        # float32 keeps 1e-7 of the parameters, which move by 1/8 or more of theirs over the scale.
        assert np.abs(moved - expected).max() < 1e-3 * np.abs(expected).max()
        assert np.array_equal(scaled.start(end)[role], scaled.start(start)[role])


@pytest.mark.parametrize("model", [LCN(), MODEL], ids=["hand-written", "automatic"])
def test_outputs_start_at_zero_and_gradients_are_those_of_the_outputs(samples, model):
    scaled, start = started(model, 4.0)
    x = jnp.transpose(samples[0].x, (1, 2, 0))
    assert np.array_equal(scaled.outputs(start, x), np.zeros((1, N)))
    moved = {role: leaf + (0.1 if role in "wa" else 0.0) for role, leaf in start.items()}
    f, found = jax.jit(lambda p: scaled.pull_back(p, x, lambda f: f + 1))(moved)
    assert np.allclose(f, scaled.outputs(moved, x), atol=1e-5)
    slow = jax.jit(jax.grad(lambda p: jnp.sum(scaled.outputs(p, x) ** 2 / 2 + scaled.outputs(p, x))))(moved)
    for role, leaf in found.items():
        assert np.allclose(leaf, 0 if role.startswith("start") else slow[role], atol=1e-4)


def test_a_large_scale_trains_the_tangent_kernel_of_the_start(samples):
    """Kernel gradient descent from f = 0: f_T = K_t K^{-1} (1 - (1 - 2 rate K / n)^T) y."""
    train, test = samples
    scaled, start = started(MODEL, 100.0)
    end = descend(scaled, start, pack(train, capacity=N), np.float32(RATE), STEPS)
    begun = {role: leaf[0] for role, leaf in scaled.start(start).items()}
    values, vectors = np.linalg.eigh(empirical_ntk(MODEL, begun, train.x))
    learnt = (1 - (1 - 2 * RATE * values / N) ** STEPS) / values
    coefficients = vectors @ (learnt * (vectors.T @ np.asarray(train.y, float)))
    expected = empirical_ntk(MODEL, begun, test.x, train.x) @ coefficients
    found = lanes.outputs(scaled, end, pack(test, capacity=N))
    off = {100.0: np.abs(found - expected).max()}
    assert off[100.0] < 0.02 * np.abs(expected).max()
    near, start = started(MODEL, 10.0)
    end = descend(near, start, pack(train, capacity=N), np.float32(RATE), STEPS)
    off[10.0] = np.abs(lanes.outputs(near, end, pack(test, capacity=N)) - expected).max()
    # The deviation from the kernel regime is of order 1/scale.
    assert 3 < off[10.0] / off[100.0] < 30


def test_the_learner_gives_the_nets_own_parameters_and_scaled_outputs(samples):
    train, test = (pack(batch, capacity=N) for batch in samples)
    learner = ScaledDescent(scale=8.0, lr_w=(0.5, RATE), init_std=1.0, steps=20)
    trained = learner.train(MODEL, jax.random.key(1), train, test, stop_below=None)
    init_key, _ = jax.random.split(jax.random.key(1))
    start = MODEL.init(init_key, K, D, std=1.0, bias=0.0)
    own = {role: leaf[0] for role, leaf in trained.params.items()}
    assert own.keys() == start.keys()
    expected = 8 * (apply(MODEL, own, samples[1].x) - apply(MODEL, start, samples[1].x))
    assert np.allclose(trained.outputs(test), expected, atol=1e-4)
    assert trained.squared_error(test) == pytest.approx(trained.risk, rel=1e-5)
    assert trained.selected["lr_w"] in learner.lr_w


def test_a_bias_is_reported_in_the_nets_own_units(samples):
    train, test = (pack(batch, capacity=N) for batch in samples)
    learner = ScaledDescent(scale=4.0, lr_w=(0.01,), lr_b=(0.01,), init_bias=(0.3,), init_std=0.5, steps=10)
    trained = learner.train(LCN(), jax.random.key(2), train, test, stop_below=None)
    assert trained.selected["bias"] == pytest.approx(float(trained.params["b"][0]))
    assert abs(trained.selected["bias"] - 0.3) < 0.2


def test_scale_one_and_a_start_at_zero_is_gradient_descent(samples):
    """From weights of 1e-3 h_0 is below 0.01, and taking it off changes little."""
    train, test = (pack(batch, capacity=N) for batch in samples)
    options = {"lr_w": (0.1,), "lr_b": (0.01,), "steps": 50}
    risks = [
        learner.train(LCN(), jax.random.key(3), train, test, stop_below=None).risk
        for learner in (ScaledDescent(**options), GradientDescent(**options))
    ]
    assert risks[0] == pytest.approx(risks[1], rel=0.02)


def test_a_scale_is_taken_up_to_the_sizes_that_the_refusal_names():
    for edge, beyond in ((1e-15, 9e-16), (1e15, 1.1e15)):
        assert ScaledDescent(scale=edge, lr_w=(1e-9,), lr_b=(1e-9,)).scale == edge
        with pytest.raises(InputError, match=r"from 1e-15 to 1e\+15"):
            ScaledDescent(scale=beyond, lr_w=(1e-9,), lr_b=(1e-9,))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("scale", 0.0),
        ("scale", -1.0),
        ("scale", math.nan),
        ("scale", math.inf),
        ("optimizer", "adam"),
        ("project", True),
        ("steps", 0),
    ],
)
def test_a_bad_option_is_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        ScaledDescent(**{option: value})
    assert caught.value.option == option
