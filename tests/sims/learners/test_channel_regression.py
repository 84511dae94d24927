"""Tangent features of a wide CNN: derivatives by hand, the infinite-width kernel in the mean, what they can
learn."""

import dataclasses

import jax
import numpy as np
import pytest

from sims.experiments import EXPERIMENTS
from sims.learners import ChannelRegression
from sims.models import CNN, LCN
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.tasks import LocalSignal
from sims.tasks.base import Batch
from theory.kernels import LSA, ntk

RANDOM = np.random.default_rng(20211206)
KEY = jax.random.key(0)


def images(n, k=5, d=3, scale=1.0):
    return scale * RANDOM.standard_normal((n, k, d))


@pytest.mark.parametrize(("activation", "threshold"), [("lsa", 0.3), ("lsa", 0.0), ("relu", 0.0)])
def test_features_are_the_derivatives_of_the_net(activation, threshold):
    """Difference quotients of f, at points where no pre-activation is near a kink."""
    learner = ChannelRegression(activation=activation, threshold=threshold, channels=4)
    x, weights, signs = images(6), RANDOM.standard_normal((4, 3)), np.array([1.0, -1.0, 1.0, 1.0])

    def net(a, w):
        z = np.einsum("nid,cd->nic", x, w) / np.sqrt(3)
        soft = np.sign(z) * np.maximum(np.abs(z) - threshold, 0)
        return (np.maximum(z, 0) if activation == "relu" else soft).mean(1) @ a

    step = 1e-5
    found = learner.features(x, weights.astype(np.float32))
    for c in range(4):
        np.testing.assert_allclose(found[:, c], net(np.eye(4)[c], weights), atol=1e-5)
        for j in range(3):
            moved = [weights + side * step * np.outer(np.eye(4)[c], np.eye(3)[j]) for side in (1, -1)]
            slope = (net(signs, moved[0]) - net(signs, moved[1])) / (2 * step)
            np.testing.assert_allclose(signs[c] * found[:, 4 + 3 * c + j], slope, atol=1e-4)


@pytest.mark.parametrize(("activation", "threshold"), [("lsa", 0.4), ("relu", 0.0)])
def test_the_kernel_is_the_infinitely_wide_nets_in_the_mean(activation, threshold):
    """40 draws of 64 channels: every entry within five standard errors, and 1e-6 for float32."""
    x, y = images(4), images(3)
    learner = ChannelRegression(activation=activation, threshold=threshold, channels=64)
    draws = np.stack([dataclasses.replace(learner, draw=i).gram(CNN(), x, y) for i in range(40)])
    exact = ntk("cnn", x, y, activation=LSA(threshold) if activation == "lsa" else "relu")
    error = draws.std(0, ddof=1) / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(0) - exact) < 5 * error + 1e-6)
    assert np.max(error / np.abs(exact).max()) < 0.05


def test_a_trained_threshold_adds_its_derivative():
    """Difference quotients in a threshold of each channel, and in one that all share."""
    b, step, channels, d = 0.3, 1e-6, 5, 3
    x = images(6, d=d)
    learner = ChannelRegression(threshold=b, channels=channels, draw=11)
    rng = np.random.default_rng(11)
    weights = rng.standard_normal((channels, d)).astype(np.float32)
    signs = rng.choice(np.array([-1.0, 1.0]), size=channels)
    assert len(set(signs)) == 2
    z = np.einsum("nid,cd->nic", x, weights) / np.sqrt(d)

    def net(thresholds):
        return (np.sign(z) * np.maximum(np.abs(z) - thresholds, 0)).mean(1) @ signs / np.sqrt(channels)

    def slope(direction):
        return (net(b + step * direction) - net(b - step * direction)) / (2 * step)

    each = np.stack([slope(row) for row in np.eye(channels)])
    shared = slope(np.ones(channels))
    plain = learner.gram(CNN(), x)
    for gradient, added in (("per_channel", each.T @ each), ("shared", np.outer(shared, shared))):
        found = dataclasses.replace(learner, threshold_gradient=gradient).gram(CNN(), x)
        np.testing.assert_allclose(found - plain, added, atol=1e-6)


@pytest.mark.parametrize("gradient", ["shared", "per_channel"])
def test_at_no_threshold_its_derivative_has_the_arcsine_kernel_in_the_mean(gradient):
    """E sign(z) sign(z') = (2/pi) arcsin cos, in the mean over pairs of patches; five standard errors of the
    draws, 400 where all channels share one feature.
    """
    x = images(3, k=2)
    learner = ChannelRegression(channels=16, draw=0)
    draws = []
    for draw in range(400 if gradient == "shared" else 40):
        plain, whole = (
            dataclasses.replace(learner, draw=draw, threshold_gradient=option).gram(CNN(), x)
            for option in ("none", gradient)
        )
        draws.append(whole - plain)
    lengths = np.linalg.norm(x, axis=2)
    cosines = np.einsum("nid,mjd->nmij", x, x) / np.einsum("ni,mj->nmij", lengths, lengths)
    exact = (2 / np.pi * np.arcsin(np.clip(cosines, -1, 1))).mean((2, 3))
    error = np.std(draws, axis=0, ddof=1) / np.sqrt(len(draws))
    assert np.all(np.abs(np.mean(draws, axis=0) - exact) < 5 * error + 1e-6)
    assert np.max(error) < 0.1


@pytest.mark.parametrize("gradient", ["none", "shared", "per_channel"])
def test_groups_of_channels_and_rows_change_nothing(monkeypatch, gradient):
    learner = ChannelRegression(threshold=0.3, threshold_gradient=gradient, channels=50, draw=3)
    x, y = images(9), images(4)
    whole = learner.gram(CNN(), x), learner.gram(CNN(), x, y)
    monkeypatch.setattr("sims.learners.channel_regression.NUMBERS", 300)
    np.testing.assert_allclose(learner.gram(CNN(), x), whole[0], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(learner.gram(CNN(), x, y), whole[1], rtol=1e-5, atol=1e-7)


def samples(x, y):
    return pack(Batch(x.astype(np.float32), y.astype(np.float32), {}), capacity=len(x))


def test_every_training_draws_its_own_channels_unless_they_are_named():
    train, monitor = samples(images(20), RANDOM.choice([-1.0, 1.0], 20)), samples(images(9), np.ones(9))
    learner = ChannelRegression(threshold=0.3, channels=20, ridge=(0.1,))

    def outputs(learner, seed):
        key = jax.random.key(seed)
        return learner.train(CNN(), key, train, monitor, stop_below=None).outputs(monitor)

    assert np.array_equal(outputs(learner, 1), outputs(learner, 1))
    assert np.max(np.abs(outputs(learner, 1) - outputs(learner, 2))) > 1e-3
    named = dataclasses.replace(learner, draw=5)
    assert np.array_equal(outputs(named, 1), outputs(named, 2))


def error_on_the_task(learner, n, **task):
    """0-1 error on 1000 new samples, the ridge selected on 200 others."""
    task = LocalSignal(**{"k": 50, "d": 10, "sigma": 0.2, **task})
    sets = [task.sample(KEY, size, stream=i) for i, size in enumerate((n, 200, 1000))]
    train, monitor, test = (samples(np.asarray(batch.x), np.asarray(batch.y)) for batch in sets)
    f = learner.train(CNN(), KEY, train, monitor, stop_below=None).outputs(test)
    return float(np.mean(f * test.labels() <= 0))


@pytest.mark.parametrize("options", [{"activation": "relu"}, {"threshold": 0.0}])
def test_relu_and_no_threshold_never_pass_the_best_linear_predictor(options):
    """0.2375 with 300 samples; five standard errors of 1000 test samples are 0.067, and 0.03 for learning."""
    error = error_on_the_task(ChannelRegression(channels=16, **options), 300)
    assert abs(error - LocalSignal(k=50, d=10, sigma=0.2).floor("linear", "zero_one")) < 0.1


def test_a_threshold_above_the_noise_sees_the_signal_where_it_is_longer_than_the_noise():
    """sigma^2 d = 0.4 at d = 10, 4.8 at d = 120: there the same threshold hears mostly noise."""
    learner = ChannelRegression(threshold=0.6, channels=64)
    assert error_on_the_task(learner, 60) < 0.05
    assert error_on_the_task(learner, 60, d=120) > 0.3


@pytest.mark.parametrize("preset", ["quick", "paper", "full"])
def test_the_experiment_measures_the_trained_net_of_the_task_at_its_sizes(preset):
    own, known = EXPERIMENTS["local-signal-kernels"], EXPERIMENTS["local-signal"]
    ids = {cell.id for cell in own.cells(preset)}
    shared = [cell for cell in known.cells(preset) if cell.model.name == "cnn"]
    assert {cell.id for cell in shared} <= ids


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "erf"}, "activation: got 'erf'"),
        ({"threshold": -1.0}, "threshold: got -1"),
        ({"activation": "relu", "threshold": 1.0}, "threshold: got 1"),
        ({"threshold_gradient": "all"}, "threshold_gradient: got 'all'"),
        ({"activation": "relu", "threshold_gradient": "shared"}, "threshold_gradient: got 'shared'"),
        ({"channels": 0}, "channels: got 0"),
        ({"channels": True}, "channels: got True"),
        ({"draw": -1}, "draw: got -1"),
        ({"ridge": (-1.0,)}, "ridge: got"),
    ],
)
def test_bad_settings_are_refused_by_name(options, message):
    with pytest.raises(InputError, match=f"^{message}"):
        ChannelRegression(**options)


def test_another_architecture_is_refused():
    one = samples(images(3), np.ones(3))
    with pytest.raises(InputError, match=r"^model: got 'lcn'"):
        ChannelRegression(channels=2).train(LCN(), KEY, one, one, stop_below=None)
