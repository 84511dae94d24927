"""The probe of the two steps: each run is the slow twin's, and its means are theory's within their errors."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from sims.pieces import build, describe
from sims.pieces.cell import ProbeCell
from sims.pieces.errors import InputError
from sims.probes.two_step import two_step_runs
from sims.probes.two_step.two_step_alignment import TwoStepAlignment
from sims.probes.two_step.two_step_runs import NETS
from tests.twins import plain_two_step as twin

K, D, N = 3, 4, 25
STANDARD_ERRORS = 5
"""Standard errors allowed between a mean and its prediction: a chance of 6e-7 a comparison."""


def measured(probe, entropy=None):
    """The probe's quantities by name."""
    entropy = ProbeCell(probe=probe).entropy if entropy is None else entropy
    return {quantity.name: quantity for quantity in probe.measure(entropy)}


@pytest.mark.parametrize("model", NETS)
@pytest.mark.parametrize(("samples", "loss"), [("fresh", "squared"), ("shared", "correlation")])
def test_every_repetition_is_the_slow_twins(model, samples, loss):
    """Cosines, norms, activity and risks of three repetitions, each of its own start, samples and signal."""
    probe = TwoStepAlignment(
        model=model,
        k=K,
        d=D,
        sigma=0.3,
        n=N,
        bias_1=0.35,
        bias_2=0.1,
        init_variance=0.01,
        loss=loss,
        samples=samples,
    )
    net, learner = NETS[model], probe.learner
    data = two_step_runs._draw(np.random.default_rng(7), net, 3, K, D, 0.3, N, 40)
    constants = {name: jnp.asarray(value) for name, value in learner.traced_constants(net, K, D).items()}
    options = {"loss": loss, "project": True, "fresh": samples == "fresh"}
    found = two_step_runs._repetitions(net, data, constants, **options)
    theirs = learner.constants(net, K, D)
    steps = {"eta_1": theirs.eta_1, "eta_2": theirs.eta_2, "bias_1": theirs.bias_1}
    for r in range(3):
        x, y = (
            np.moveaxis(np.asarray(data.train.x[0][r], float), -1, 0),
            np.asarray(data.train.y[r, 0], float),
        )
        unit = np.asarray(data.unit[r], float)
        start = math.sqrt(theirs.init_variance) * unit.reshape(-1, unit.shape[-1])
        w_1, w_2 = twin.two_steps(model, x, y, start, **steps, loss=loss, samples=samples)
        signal = np.asarray(data.signal[r], float)
        assert np.linalg.norm(signal) == pytest.approx(1, abs=1e-6)
        target = np.tile(signal, K) / math.sqrt(K) if model == "fcn" else signal
        assert np.asarray(found.first_cosines[r]) == pytest.approx(w_1 @ target, abs=1e-5)
        assert np.asarray(found.second_cosines[r]) == pytest.approx(w_2 @ target, abs=1e-5)
        free, _ = twin.two_steps(model, x, y, start, **steps, loss=loss, samples=samples, project=False)
        assert np.asarray(found.first_norms[r]) == pytest.approx(np.linalg.norm(free, axis=1), rel=1e-5)
        later = range(1, N, 2) if samples == "fresh" else range(N)
        passing = {True: [], False: []}  # does the patch hold the signal? -> does it pass b_1?
        for j in later:
            for unit_index, (neuron, view) in enumerate(twin.looks(model, w_1, x[j])):
                holds = model == "fcn" or unit_index == data.patch[r, j]
                passing[holds].append(abs(w_1[neuron] @ view) > theirs.bias_1)
        assert found.active_signal[r] == pytest.approx(np.mean(passing[True]), abs=1e-6)
        if model != "fcn":
            assert found.active_noise[r] == pytest.approx(np.mean(passing[False]), abs=1e-6)
        tests = np.moveaxis(np.asarray(data.test_x[r], float), -1, 0)
        f = np.array([twin.output(model, w_2, theirs.bias_2, x_j) for x_j in tests])
        test_y = np.asarray(data.test_y[r], float)
        assert found.squared_risk[r] == pytest.approx(np.mean((f - test_y) ** 2), rel=1e-4)
        assert found.zero_one_risk[r] == pytest.approx(np.mean(0.5 * abs(np.sign(f) - test_y)), abs=1e-6)


def test_the_samples_drawn_are_those_of_the_task():
    """Moments of y x: the signal in its patch, noise of the stated deviation elsewhere; patches and labels
    uniform. Bands of 5 standard errors.
    """
    size, n, sigma = 40, 500, 0.3
    signal = np.tile(np.array([0.6, 0.8], np.float32), (size, 1))
    x, y, patch = two_step_runs._samples(np.random.default_rng(3), signal, 4, sigma, n)
    assert x.shape == (size, 4, 2, n)
    here = np.moveaxis(np.take_along_axis(x, patch[:, None, None, :], axis=1)[:, 0], 1, -1) * y[..., None]
    m = size * n
    assert np.abs(here.mean((0, 1)) - [0.6, 0.8]).max() < STANDARD_ERRORS * sigma / math.sqrt(m)
    noise = np.delete(x[0, :, :, 0], patch[0, 0], axis=0)
    assert np.abs(noise).max() < 6 * sigma
    spread = (x.astype(float) ** 2).sum() / m  # 1 + 8 sigma^2, of deviation sqrt(16 sigma^4 + 4 sigma^2)
    assert abs(spread - 1 - 8 * sigma**2) < STANDARD_ERRORS * math.sqrt((16 * sigma**4 + 4 * sigma**2) / m)
    assert abs(y.mean()) < STANDARD_ERRORS / math.sqrt(m)
    assert set(np.unique(y)) == {-1, 1}
    shares = np.bincount(patch.ravel(), minlength=4) / m
    assert np.abs(shares - 0.25).max() < STANDARD_ERRORS * math.sqrt(3 / 16 / m)


@pytest.mark.parametrize(("model", "bias_1"), [("cnn", 0.5), ("lcn", 0.6), ("fcn", 0.1)])
def test_means_are_what_theory_predicts(model, bias_1):
    """Step 1, and the fractions of patches that pass, within 5 standard errors; alignment after step 2 within
    5 %, and the risks of CNN and LCN, which theory takes at the mean alignment, within 10 %.
    """
    sizes = {"k": 5, "d": 8, "sigma": 0.3, "n": 301, "repetitions": 150}
    probe = TwoStepAlignment(model=model, bias_1=bias_1, loss="correlation", **sizes)
    found = measured(probe)
    for name in ("alignment_1", "alignment_1_squared", "norm_1", "active_signal"):
        quantity = found[name]
        assert abs(quantity.value - quantity.predicted) < STANDARD_ERRORS * quantity.error, name
    if model != "fcn":
        noise = found["active_noise"]
        assert abs(noise.value - noise.predicted) < STANDARD_ERRORS * noise.error
        for name in ("squared_risk", "zero_one_risk"):
            assert found[name].value == pytest.approx(found[name].predicted, rel=0.1), name
    assert found["alignment_2"].value == pytest.approx(found["alignment_2"].predicted, rel=0.05)
    assert {quantity.repetitions for quantity in found.values()} == {150}


@pytest.mark.parametrize(("model", "bias_1"), [("cnn", 0.1), ("lcn", 0.5)])
def test_means_of_the_squared_loss_are_what_theory_predicts(model, bias_1):
    """At noise at which step 2 turns the CNN's filter, within 5 standard errors; no risks."""
    probe = TwoStepAlignment(model=model, k=5, d=8, sigma=0.3, n=601, bias_1=bias_1, repetitions=150)
    found = measured(probe)
    for name in ("alignment_1", "alignment_1_squared", "norm_1", "active_signal", "active_noise"):
        quantity = found[name]
        assert abs(quantity.value - quantity.predicted) < STANDARD_ERRORS * quantity.error, name
    after = found["alignment_2"]
    assert abs(after.value - after.predicted) < STANDARD_ERRORS * after.error
    assert (after.predicted < 0) == (model == "cnn")
    assert found["squared_risk"].predicted is None


def test_the_fraction_above_counts_filters_whose_response_exceeds_the_bias():
    probe = TwoStepAlignment(model="lcn", k=8, d=8, sigma=0.4, n=80, bias_1=0.4, repetitions=150)
    above = measured(probe)["fraction_above"]
    assert 0.1 < above.predicted < 0.9
    assert abs(above.value - above.predicted) < STANDARD_ERRORS * above.error


def test_a_threshold_of_three_sigma_aligns_what_no_threshold_leaves():
    """Sizes of the mechanism: with b_1 = 0 step 2 is step 1 once more, with b_1 = 3 sigma nearly w*."""
    sizes = {
        "model": "lcn",
        "k": 20,
        "d": 20,
        "sigma": 0.1,
        "n": 300,
        "repetitions": 20,
        "loss": "correlation",
    }
    without = measured(TwoStepAlignment(bias_1=0.0, **sizes))
    gain = without["alignment_2"].value - without["alignment_1"].value
    error = math.hypot(without["alignment_2"].error, without["alignment_1"].error)
    assert abs(gain) < STANDARD_ERRORS * error
    thresholded = measured(TwoStepAlignment(bias_1=0.3, **sizes))
    assert thresholded["alignment_1"].value < 0.8
    assert thresholded["alignment_2"].value > 0.95


def test_the_entropy_alone_decides_and_chunks_are_cut_to_the_repetitions(monkeypatch):
    probe = TwoStepAlignment(model="cnn", k=2, d=3, sigma=0.5, n=20, repetitions=7, test_size=10)
    assert measured(probe, 1) == measured(probe, 1)
    assert measured(probe, 1)["alignment_1"].value != measured(probe, 2)["alignment_1"].value
    monkeypatch.setattr(two_step_runs, "_NUMBERS", 3 * 30 * 6)  # three repetitions a chunk
    rng = np.random.default_rng(0)
    sizes = {"k": 2, "d": 3, "sigma": 0.5, "n": 20, "test_size": 10}
    runs = two_step_runs.run(probe.learner, NETS["cnn"], repetitions=7, rng=rng, **sizes)
    assert {part.shape[0] for part in runs} == {7}
    assert len(np.unique(runs.first_cosines)) == 7


def test_theory_predicts_what_it_covers_and_nothing_else():
    sizes = {"model": "lcn", "k": 3, "d": 4, "sigma": 0.3, "n": 30}
    step_1 = {"alignment_1", "alignment_1_squared", "norm_1", "fraction_above"}
    assert step_1 < TwoStepAlignment(**sizes)._predicted().keys()
    assert TwoStepAlignment(**sizes, samples="shared")._predicted().keys() == step_1
    assert TwoStepAlignment(**sizes, project=False)._predicted().keys() == step_1
    assert TwoStepAlignment(**sizes, loss="hinge")._predicted() == {}
    assert TwoStepAlignment(**{**sizes, "model": "fcn"})._predicted() == {}
    risks = {"squared_risk", "zero_one_risk"}
    assert risks < TwoStepAlignment(**sizes, loss="correlation")._predicted().keys()
    assert risks.isdisjoint(TwoStepAlignment(**sizes)._predicted())
    # All samples make step 1 when they are shared, every other one when they are fresh.
    shared = TwoStepAlignment(**sizes, samples="shared")._predicted()
    fresh = TwoStepAlignment(**{**sizes, "n": 60})._predicted()
    assert all(shared[name] == fresh[name] for name in step_1)


def test_a_net_whose_patches_all_hold_the_signal_reports_no_activity_on_noise():
    sizes = {"d": 4, "sigma": 0.3, "n": 30, "repetitions": 3}
    assert "active_noise" not in measured(TwoStepAlignment(model="fcn", k=3, **sizes))
    assert "active_noise" not in measured(TwoStepAlignment(model="cnn", k=1, **sizes))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "linear"),
        ("k", 0),
        ("d", 1),
        ("n", 1),
        ("sigma", 0.0),
        ("repetitions", 1),
        ("test_size", 0),
        ("bias_1", -1.0),
        ("loss", "cross_entropy"),
    ],
)
def test_bad_fields_are_refused_by_name(field, value):
    fields = {"model": "lcn", "k": 3, "d": 4, "sigma": 0.3, "n": 30}
    with pytest.raises(InputError, match=f"^{field}:"):
        TwoStepAlignment(**{**fields, field: value})


def test_a_probe_is_rebuilt_from_its_description():
    probe = TwoStepAlignment(model="cnn", k=2, d=3, sigma=0.5, n=20, bias_1=0.1, samples="shared")
    assert build("probe", describe(probe)) == probe
