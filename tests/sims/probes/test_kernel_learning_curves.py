"""Probes of kernels on DSD: predictions hold, targets are the search's, and what they refuse."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

import theory.dsd.risks
from sims.experiments import EXPERIMENTS
from sims.experiments.kernels.kernels import SIZES
from sims.pieces.errors import InputError
from sims.probes.kernels.kernel_learning_curves import KernelLearningCurves, KernelSampleComplexity, draw_dsd
from theory.kernels import ntk

ENTROPY = 2**100 + 4711
SMALL: dict[str, Any] = {
    "k": 2,
    "d": 5,
    "least": 25,
    "most": 100,
    "inputs": 200,
    "test_size": 200,
    "repetitions": 5,
}


def test_draws_are_the_tasks():
    """(sum_i <w*, x_i> - y)^2 has the mean k sigma^2; 20,000 draws, 5 standard errors of a chi square."""
    x, y = draw_dsd(np.random.default_rng(0), 20_000, 4, 3, 0.3)
    error = (x[:, :, 0].sum(axis=1) - y) ** 2
    assert np.mean(error) == pytest.approx(4 * 0.09, rel=5 * math.sqrt(2 / 20_000))
    assert abs(np.mean(x[:, :, 1])) < 5 * 0.3 / math.sqrt(80_000)
    assert set(y) == {-1.0, 1.0}


@pytest.mark.parametrize("task", ["dsd", "own_process", "patch_process"])
@pytest.mark.parametrize("arch", ["fcn", "cnn"])
def test_predicted_and_measured_errors_agree(task, arch):
    """Within 10 %, the claim, and 3 standard errors of both, the spectrum seen through enough inputs."""
    sigma = 0.4 if task == "dsd" else None
    probe = KernelLearningCurves(task=task, arch=arch, sigma=sigma, ridge=0.1, **{**SMALL, "inputs": 800})
    found = probe.measure(ENTROPY)
    errors = [quantity for quantity in found if quantity.name.startswith("test_mse")]
    assert [quantity.at for quantity in errors] == [25, 50, 100]
    for quantity in errors:
        assert quantity.predicted is not None
        assert quantity.error is not None
        assert abs(quantity.value - quantity.predicted) < 3 * quantity.error + 0.1 * quantity.predicted
        assert quantity.error < 0.2 * quantity.value
    learnt = {quantity.at: quantity.value for quantity in found if quantity.name == "learnt"}
    assert all((q.name == "test_mse") == (learnt[q.at] >= 20) for q in errors)


def test_a_wrong_noise_would_be_seen():
    """The prediction is made from labels: those of a noisier task give another curve."""
    quiet, loud = (
        KernelLearningCurves(task="dsd", arch="cnn", sigma=sigma, ridge=0.1, **SMALL).measure(ENTROPY)
        for sigma in (0.3, 0.6)
    )
    assert quiet != loud
    assert loud[0].predicted is not None
    assert quiet[0].predicted is not None
    assert loud[0].predicted > 1.5 * quiet[0].predicted


@pytest.mark.parametrize("floor", ["oracle", "linear"])
def test_the_target_is_the_searchs(floor):
    probe = KernelSampleComplexity(arch="cnn", k=6, d=3, sigma=0.15, floor=floor, inputs=50)
    cell = next(
        cell for cell in EXPERIMENTS["kernels"].cells("quick") if (cell.task.k, cell.model.name) == (6, "cnn")
    )
    criterion = dataclasses.replace(cell.criterion, floor=floor)
    assert probe.target() == pytest.approx(criterion.target(cell.task))


def test_predicted_n_star_counts_the_samples_held_out_and_grows_with_the_demand():
    loose, tight = (
        KernelSampleComplexity(arch="cnn", k=2, d=3, sigma=0.3, tolerance=t, inputs=200).measure(ENTROPY)[0]
        for t in (0.3, 0.1)
    )
    assert loose.name == tight.name == "n_star_predicted"
    assert 2 <= loose.value < tight.value < 250
    assert loose.value * 4 / 5 * 2 == pytest.approx(
        round(loose.value * 4 / 5 * 2)
    )  # mean of two whole numbers
    (above,) = KernelSampleComplexity(
        arch="fcn", k=4, d=6, sigma=0.3, floor="oracle", tolerance=1e-3, inputs=60
    ).measure(ENTROPY)
    assert (above.name, above.value) == ("n_star_above", 54 * 5 / 4)


@pytest.mark.parametrize("arch", ["fcn", "lcn", "cnn"])
@pytest.mark.parametrize("kind", ["ntk", "nngp"])
def test_the_odd_part_of_the_relu_kernel_of_one_layer_is_linear(arch, kind):
    """(K(x, x') - K(-x, x')) / 2 is half (a quarter for the NNGP) of the linear kernel: derived in the docs.
    The label's mean is odd in x on DSD, so this kernel ends at the best linear risk.
    """
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6, 4, 3)), rng.normal(size=(5, 4, 3))
    odd = (ntk(arch, x, y, kind=kind) - ntk(arch, -x, y, kind=kind)) / 2
    pooled = x.mean(axis=1) @ y.mean(axis=1).T / 3
    linear = pooled if arch == "cnn" else np.einsum("nkd,mkd->nm", x, y) / 12
    np.testing.assert_allclose(odd, linear * (0.5 if kind == "ntk" else 0.25), atol=1e-12)
    deeper = (ntk(arch, x, y, kind=kind, depth=2) - ntk(arch, -x, y, kind=kind, depth=2)) / 2
    scale = np.sum(deeper * linear) / np.sum(linear**2)
    assert np.max(np.abs(deeper - scale * linear)) > 1e-4


def test_plateaus_lie_where_the_best_linear_risk_is_above_the_target():
    for preset, size in SIZES.items():
        cells = EXPERIMENTS["kernels"].cells(preset)
        plateau = [
            cell
            for cell in cells
            if cell.learner.name == "kernel_regression" and cell.learner.activation == "relu"
        ]
        assert len(plateau) == 3
        for cell in plateau:
            assert cell.search.n_max == size["plateau_n_max"]
            best = theory.dsd.risks.linear_risk(cell.task.k, cell.task.sigma).squared
            assert best > cell.criterion.target(cell.task)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("arch", "rnn"),
        ("task", "mnist"),
        ("k", 0),
        ("inputs", 100),
        ("sigma", None),
        ("sigma", -1.0),
        ("ridge", -0.1),
        ("least", 200),
        ("repetitions", 1),
        ("spectra", 1),
        ("test_size", 0),
        ("activation", "tanh"),
        ("depth", 0),
    ],
)
def test_bad_options_are_named(option, value):
    fields = {"task": "dsd", "arch": "fcn", "sigma": 0.2, **SMALL}
    with pytest.raises(InputError) as caught:
        KernelLearningCurves(**{**fields, option: value})
    assert caught.value.option == ("most" if option == "inputs" else option)


@pytest.mark.parametrize(
    ("option", "value"),
    [("floor", "bayes"), ("tolerance", 0.0), ("sigma", math.nan), ("repetitions", 1), ("kind", "gp")],
)
def test_bad_options_of_the_prediction_are_named(option, value):
    with pytest.raises(InputError) as caught:
        KernelSampleComplexity(**{"arch": "fcn", "k": 2, "d": 2, "sigma": 0.2, option: value})
    assert caught.value.option == option
