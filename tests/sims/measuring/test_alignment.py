"""Alignment: cosines of filters with signals, and what the evaluator records of a trained net."""

import dataclasses
import math
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest

from sims.learners import GradientDescent, Posterior, TwoStep
from sims.learners.base import Trained
from sims.machine.pool import Pool
from sims.measuring.alignment import alignment_of, cosines
from sims.measuring.evaluate import Evaluator
from sims.models import CNN, FCN, LCN, Linear, PooledCNN
from sims.pieces.cell import Cell
from sims.protocols.criteria import RiskLevel
from sims.search import Grid
from sims.tasks import DSD, LocalSignal, SignOfQuadratics, Textures

NAMES = {"alignment", "alignment_median", "alignment_least", "norm"}
TASK = DSD(k=3, d=4, sigma=0.4)


def net(weights, bias=0.0) -> Trained:
    """A trained net with these weights, in one lane."""
    params = {
        "w": jnp.asarray(weights, jnp.float32)[None],
        "b": jnp.asarray([bias], jnp.float32),
    }
    return Trained(
        risk=0.1,
        squared_error=lambda samples: 0.1,
        trainings=1,
        steps=1,
        selected={},
        outputs=lambda samples: np.zeros(int(samples.n)),
        params=params,
    )


def test_cosines_of_hand_made_rows():
    rows, signals = np.array([[2.0, 0], [1, 1], [0, 0]]), np.array([[3.0, 0], [0, -1]])
    expected = [[1, 0], [math.sqrt(0.5), -math.sqrt(0.5)], [0, 0]]
    np.testing.assert_allclose(cosines(rows, signals), expected, atol=1e-15)


def test_cosines_are_those_of_directions_whatever_the_sizes():
    rng = np.random.default_rng(1)
    rows, signals = rng.standard_normal((5, 7)), rng.standard_normal((4, 7))
    plain = cosines(rows, signals)
    assert plain.shape == (5, 4)
    assert np.abs(plain).max() <= 1
    scaled = cosines((1e-12 * rows).astype(np.float32), 1e3 * signals)
    np.testing.assert_allclose(scaled, plain, atol=1e-6)
    assert not cosines(np.zeros((2, 7)), signals).any()


def test_the_convolutional_net_at_the_signal_is_aligned_in_every_patch(getkey):
    key = getkey()
    signal = TASK.signal_vector(key)
    found = alignment_of(TASK, CNN(), key, net(0.5 * signal[None, :]))
    assert found.keys() == NAMES
    assert found == pytest.approx(
        {"alignment": 1, "alignment_median": 1, "alignment_least": 1, "norm": 0.5}, abs=1e-6
    )
    against = alignment_of(TASK, CNN(), key, net(-signal[None, :]))
    # The filter shifted to another patch is orthogonal to this one's signal: the largest cosine is 0.
    assert against["alignment"] == pytest.approx(0, abs=1e-6)


def test_a_locally_connected_net_is_aligned_patch_by_patch(getkey):
    """One filter at the signal, one at 60 degrees from it, one against it."""
    key = getkey()
    signal = np.asarray(TASK.signal_vector(key), float)
    across = np.linalg.svd(signal[None, :])[2][1]
    filters = [2 * signal, 0.5 * signal + math.sqrt(0.75) * across, -signal]
    found = alignment_of(TASK, LCN(), key, net(np.array(filters)[None]))
    expected = {"alignment": 0.5, "alignment_median": 0.5, "alignment_least": 0.0, "norm": 2.0}
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_fully_connected_net_is_aligned_by_its_best_neuron_for_each_patch(getkey):
    """Neuron 0 sees patches 0 and 1 alike, neuron 1 patch 0 alone; nobody sees patch 2."""
    key = getkey()
    means = np.asarray(TASK.signals(key)).reshape(3, 12)
    weights = np.stack([means[0] + means[1], 3 * means[0], np.zeros(12)])
    params = net(weights[None])
    found = alignment_of(TASK, FCN(), key, params)
    best = [1.0, math.sqrt(0.5), 0.0]
    assert found == pytest.approx(
        {
            "alignment": np.mean(best),
            "alignment_median": math.sqrt(0.5),
            "alignment_least": 0.0,
            "norm": 3.0,
        },
        abs=1e-6,
    )


def test_the_signal_is_that_of_the_key(getkey):
    key, other = getkey(), getkey()
    signal = TASK.signal_vector(key)
    cosine = float(signal @ TASK.signal_vector(other))
    found = alignment_of(TASK, CNN(), other, net(signal[None, :]))
    assert found["alignment"] == pytest.approx(max(cosine, 0.0), abs=1e-6)
    assert abs(cosine) < 0.999


@pytest.mark.parametrize("task", [Textures(k=5), SignOfQuadratics(d=3)])
def test_a_task_without_signals_has_no_alignment(getkey, task):
    weights = np.ones((1, task.d))
    assert alignment_of(task, CNN(), getkey(), net(weights)) == {}


def test_a_learner_without_a_net_has_no_alignment(getkey):
    predictor = dataclasses.replace(net(np.ones((1, 4))), params=None)
    assert alignment_of(TASK, CNN(), getkey(), predictor) == {}


def test_a_model_without_filters_has_no_alignment(getkey):
    class Oracle:
        name: ClassVar[str] = "oracle"

    assert alignment_of(TASK, Oracle(), getkey(), net(np.ones((1, 4)))) == {}


def outcome_of(task, model, learner, *, floor="zero", n=60):
    cell = Cell(
        task=task,
        model=model,
        learner=learner,
        criterion=RiskLevel(metric="zero_one", floor=floor, tolerance=0.3, test_size=200),
        search=Grid(ns=(n,)),
        seeds=(0,),
    )
    with Pool(1) as pool:
        return Evaluator(cell, pool).one((0, n))


def test_the_evaluator_records_the_alignment_of_a_trained_net():
    outcome = outcome_of(DSD(k=2, d=3, sigma=0.1), CNN(), TwoStep(loss="correlation"), n=400)
    assert outcome.selected.keys() >= NAMES
    # 200 samples of noise 0.1 for each step: the filter is within a few degrees of the signal.
    assert 0.95 < outcome.selected["alignment_least"] <= outcome.selected["alignment"] <= 1 + 1e-6
    assert outcome.success


def test_the_evaluator_records_the_bias_beside_the_alignment():
    learner = GradientDescent(lr_w=(0.1,), lr_b=(0.01,), init_std=1e-3, steps=20)
    outcome = outcome_of(DSD(k=2, d=3, sigma=0.1), LCN(), learner)
    assert outcome.selected.keys() >= NAMES | {"bias", "lr_w", "step"}


@pytest.mark.parametrize(
    ("task", "model", "learner"),
    [
        (Textures(k=5), PooledCNN(), GradientDescent(lr_w=(0.1,), lr_b=(0.01,), init_std=0.1, steps=20)),
        (DSD(k=2, d=3, sigma=0.4), CNN(), Posterior(sigma=0.4)),
    ],
    ids=["no signals", "no net"],
)
def test_the_evaluator_records_nothing_where_there_is_no_alignment(task, model, learner):
    outcome = outcome_of(task, model, learner)
    assert not NAMES & outcome.selected.keys()
    assert math.isfinite(outcome.risk)


def test_the_local_signal_has_an_alignment_and_a_linear_model_one_filter(getkey):
    task, key = LocalSignal(k=3, d=4, sigma=0.2), getkey()
    signals = np.asarray(task.signals(key)).reshape(3, 12)
    found = alignment_of(task, Linear(), key, net(signals.sum(0).reshape(3, 4)))
    assert found.keys() == NAMES
    expected = cosines(signals.sum(0)[None], signals)[0]
    assert found["alignment"] == pytest.approx(expected.mean(), abs=1e-6)
    assert expected == pytest.approx([math.sqrt(1 / 3)] * 3, abs=1e-6)
