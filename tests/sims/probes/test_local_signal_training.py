"""Online training of the LSA net: the reduced law against full sampling, exact errors, what the run shows.

Bands are five standard errors: an error probability below 1e-6 a comparison.
"""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
from scipy.special import expit, ndtr

import theory.related.local_signal
from sims.pieces.errors import InputError
from sims.probes.related.local_signal_training import LocalSignalTraining, Net, active_sums, batch_gradient


@pytest.mark.parametrize("threshold", [0.0, 0.7, 1.5, 2.5])
def test_sums_over_active_patches_have_the_moments_of_their_law(threshold):
    """On either side of the switch between drawing all patches and drawing only the active ones."""
    n, patches = 20_000, 40
    count, total, signs = active_sums(np.random.default_rng(1), n, patches, threshold)
    density = np.exp(-(threshold**2) / 2) / np.sqrt(2 * np.pi)
    share = 2 * ndtr(-threshold)
    expected = {
        "count": (count, patches * share),
        "total": (total, 0.0),
        "signs": (signs, 0.0),
        "total squared": (total**2, patches * (2 * threshold * density + share)),
        "signs squared": (signs**2, patches * share),
        "total times signs": (total * signs, patches * 2 * density),
        "count squared": (count**2, patches * share * (1 - share) + (patches * share) ** 2),
    }
    for name, (values, mean) in expected.items():
        assert abs(values.mean() - mean) <= 5 * values.std() / np.sqrt(n) + 1e-9, name


def full_gradients(rng, net, signal, sigma, batch, k, repetitions):
    """Gradients (repetitions, d + 1) with every patch drawn, by the definition of net and loss."""
    d = len(signal)
    x = sigma * rng.standard_normal((repetitions, batch, k, d))
    y = rng.choice([-1.0, 1.0], (repetitions, batch))
    patch = rng.integers(0, k, (repetitions, batch))
    x = np.where((np.arange(k) == patch[..., None])[..., None], y[..., None, None] * signal, x)
    z = x @ net.w
    f = (np.sign(z) * np.maximum(np.abs(z) - net.b, 0)).sum(-1)
    slope = -y * expit(-y * f) / batch
    active = np.abs(z) > net.b
    grad_w = np.einsum("rn,rnk,rnkd->rd", slope, active, x)
    grad_b = -np.einsum("rn,rnk->r", slope, active * np.sign(z))
    return np.column_stack([grad_w, grad_b])


@pytest.mark.parametrize("bias", [0.0, 0.25, 0.7, 1.5])
def test_a_reduced_batch_has_the_law_of_a_full_one(bias):
    """First and second moments of the gradient in w and b; at b = 1.5 the signal is silent as well."""
    k, batch, sigma, repetitions = 6, 3, 0.5, 20_000
    signal = np.full(3, 1 / np.sqrt(3))
    net = Net(np.array([0.9, 0.5, 0.1]), bias)
    rng = np.random.default_rng(2)
    full = full_gradients(rng, net, signal, sigma, batch, k, repetitions)
    pairs = [batch_gradient(rng, net, signal, sigma, batch, k) for _ in range(repetitions)]
    reduced = np.array([[*grad_w, grad_b] for grad_w, grad_b in pairs])
    for power in (full, reduced):
        assert power.shape == (repetitions, 4)

    def moments(gradients):
        products = gradients[:, :, None] * gradients[:, None, :]
        return np.column_stack([gradients, products.reshape(repetitions, -1)])

    one, two = moments(full), moments(reduced)
    error = np.sqrt((one.var(0) + two.var(0)) / repetitions)
    assert np.all(np.abs(one.mean(0) - two.mean(0)) <= 5 * error + 1e-12)


def series(found, name):
    return {quantity.at: quantity for quantity in found if quantity.name == name}


RUN = LocalSignalTraining(
    k=60, d=5, sigma=0.25, batch=200, steps=2000, lr_w=0.3, test_size=4000, record_every=500, repetitions=3
)


@pytest.fixture(scope="module")
def found():
    return RUN.measure(2**100 + 17)


def test_the_net_aligns_and_raises_its_threshold_above_the_noise(found):
    last = RUN.steps
    assert series(found, "alignment")[0].value == pytest.approx(0, abs=1e-5)
    assert series(found, "cosine")[last].value > 0.95
    assert series(found, "bias")[0].value == 0.0
    assert series(found, "threshold")[last].value > 1.0
    single = {quantity.name: quantity.value for quantity in found if quantity.at is None}
    assert single["error_linear"] == theory.related.local_signal.linear_risk(60, 0.25).zero_one
    assert series(found, "error")[last].predicted < 0.5 * single["error_linear"]
    assert single["error_best_bias"] < series(found, "error")[last].predicted
    assert abs(single["error_start_bias"] - single["error_linear"]) < 0.02


def test_the_measured_error_is_the_exact_one_of_the_nets(found):
    """By concavity of p (1 - p), the variance of a mean over runs is at most that at the mean p."""
    for quantity in series(found, "error").values():
        count = quantity.repetitions * RUN.test_size
        spread = np.sqrt(quantity.predicted * (1 - quantity.predicted) / count)
        assert abs(quantity.value - quantity.predicted) < 5 * spread + 1e-6


def test_the_final_quantities_are_the_last_ones_of_the_series(found):
    last = RUN.steps
    final = {quantity.name: quantity for quantity in found if quantity.at is None}
    for name in ("cosine", "threshold", "error"):
        assert dataclasses.replace(final[f"final_{name}"], name=name, at=last) == series(found, name)[last]
    share, linear = final["error_over_linear"], final["error_linear"].value
    assert share.value == pytest.approx(final["final_error"].value / linear)
    assert share.error == pytest.approx(final["final_error"].error / linear)
    assert share.predicted == pytest.approx(final["final_error"].predicted / linear)


class Recorded(LocalSignalTraining):
    """Keeps the records of every run."""

    kept: ClassVar[list] = []

    def _run(self, rng, sigma):
        records = super()._run(rng, sigma)
        self.kept.append([dict(numbers) for numbers in records])
        return records


def test_values_are_means_over_runs_with_their_standard_errors():
    """Against the runs themselves, which all differ."""
    Recorded.kept.clear()
    probe = Recorded(k=10, d=3, batch=20, steps=20, record_every=10, test_size=50, repetitions=4)
    found = probe.measure(7)
    runs = Recorded.kept
    assert len(runs) == 4
    assert len({run[0]["alignment"] for run in runs}) == 4
    for name in ("alignment", "perpendicular", "cosine", "bias", "threshold", "error"):
        own = series(found, name)
        assert sorted(own) == [0, 10, 20]
        for index, step in enumerate(sorted(own)):
            values = [run[index][name] for run in runs]
            assert own[step].value == pytest.approx(np.mean(values))
            assert own[step].error == pytest.approx(np.sqrt(np.var(values, ddof=1) / 4))
            assert own[step].repetitions == 4
    exact = np.mean([run[-1]["exact"] for run in runs])
    assert series(found, "error")[20].predicted == pytest.approx(exact)
    for run in runs:
        for numbers in run:
            along, across = numbers["alignment"], numbers["perpendicular"]
            assert numbers["cosine"] == pytest.approx(along / np.hypot(along, across), rel=1e-6)


def test_where_the_linear_predictor_never_errs_its_share_is_left_out():
    probe = LocalSignalTraining(k=2, d=2, sigma=0.01, batch=5, steps=1, record_every=1, repetitions=2)
    names = {quantity.name for quantity in probe.measure(1)}
    assert "final_error" in names
    assert "error_over_linear" not in names


def test_one_entropy_gives_one_run():
    short = LocalSignalTraining(k=10, d=2, batch=20, steps=20, record_every=10, test_size=50)
    assert short.measure(5) == short.measure(5)
    assert short.measure(5) != short.measure(6)


def test_defaults_are_the_published_settings():
    """One step from the published start: the rate of the bias is lr_w / k."""
    given = LocalSignalTraining(k=8, d=2, steps=1, record_every=1, lr_b=0.1 / 8, sigma=np.log(8) / np.sqrt(8))
    assert given.measure(3) == LocalSignalTraining(k=8, d=2, steps=1, record_every=1).measure(3)
    default = LocalSignalTraining(k=1000, d=10)
    assert (default.batch, default.steps, default.lr_w) == (500, 10_000, 0.1)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("k", 1),
        ("d", 0),
        ("sigma", 0.0),
        ("batch", 0),
        ("steps", 0),
        ("lr_w", -1.0),
        ("lr_b", float("inf")),
        ("init_norm", 0.0),
        ("test_size", 0),
        ("record_every", 3),
        ("repetitions", 1),
    ],
)
def test_a_value_out_of_range_is_named(option, value):
    with pytest.raises(InputError) as caught:
        LocalSignalTraining(**{"k": 8, "d": 2, "steps": 100, "record_every": 10, option: value})
    assert caught.value.option == option
