"""Two-step gradient descent: against the slow twin, and every option doing what it says."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.learners import GradientDescent, TwoStep
from sims.learners.two_step import halves
from sims.machine.pool import Pool
from sims.measuring.threshold import measure_cell
from sims.models import CNN, FCN, LCN, Linear
from sims.models.base import apply
from sims.pieces import build, describe
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError
from sims.protocols.criteria import RiskLevel
from sims.samples import pack
from sims.samples.layout import BLOCK, UNROLLED
from sims.search import Bisection
from sims.tasks import DSD
from sims.tasks.base import Batch
from tests.twins import plain_two_step as twin

K, D, N = 4, 3, 31
TASK = DSD(k=K, d=D, sigma=0.3)
MODELS = [CNN(), LCN(), FCN()]


def draw(key, n, stream=0):
    batch = TASK.sample(key, n, stream=stream)
    return Batch(np.asarray(batch.x), np.asarray(batch.y), {})


def rows(w):
    """Weights of one lane and channel as float64 rows, one a neuron."""
    return np.asarray(w, float).reshape(-1, w.shape[-1])


def plain_steps(learner, model, start, batch):
    """Weights after both steps by the slow twin, from the same start, on the same samples."""
    constants = learner.constants(model, K, D)
    return twin.two_steps(
        model.name,
        np.asarray(batch.x, float),
        np.asarray(batch.y, float),
        rows(start["w"]),
        eta_1=constants.eta_1,
        eta_2=constants.eta_2,
        bias_1=constants.bias_1,
        project=learner.project,
        loss=learner.loss,
        samples=learner.samples,
    )


# Without projection the second gradient must be small enough for the first step to remain visible. Every
# loss has one pair (projection, samples), so that few programs are compiled.
OPTIONS = {
    "correlation": {},
    "logistic": {"samples": "shared", "eta_2": 3.0, "init_variance": 0.2},
    "squared": {"project": False, "eta_1": 0.7, "eta_2": 3.0, "init_variance": 0.2, "bias_1": 0.05},
    "hinge": {"project": False, "samples": "shared", "eta_2": 2.0, "init_variance": 0.2, "bias_1": 0.2},
}


def assert_as_the_slow_twin(learner, model, key, batch, capacity):
    steps = learner.steps(model, key, pack(batch, capacity=capacity))
    plain = plain_steps(learner, model, steps.start, batch)
    for ours, twins in zip((steps.first, steps.second), plain, strict=True):
        assert rows(ours["w"]) == pytest.approx(twins, abs=5e-6 * np.abs(twins).max())
    constants = learner.constants(model, K, D)
    assert [float(p["b"][0]) for p in steps[:3]] == pytest.approx([0, constants.bias_1, constants.bias_2])


@pytest.mark.parametrize("loss", OPTIONS)
@pytest.mark.parametrize("model", MODELS, ids=["cnn", "lcn", "fcn"])
def test_both_steps_are_the_slow_twins(model, loss, getkey):
    learner = TwoStep(loss=loss, **OPTIONS[loss])
    assert_as_the_slow_twin(learner, model, getkey(), draw(getkey(), N), N)
    if loss == "correlation":
        changed = TwoStep(eta_1=0.3, eta_2=0.5, bias_1=0.4, init_variance=0.1)
        assert_as_the_slow_twin(changed, model, getkey(), draw(getkey(), N), N)


@pytest.mark.parametrize(("n", "capacity"), [(1, N), (2, N), (BLOCK + 7, 300), (300, (UNROLLED + 1) * BLOCK)])
def test_the_layout_of_the_samples_changes_nothing(n, capacity, getkey, unrolled_blocks):
    """One sample, two blocks with padding, and one stacked array, against the slow twin."""
    learner = TwoStep(bias_1=0.2, init_variance=0.05)
    assert_as_the_slow_twin(learner, LCN(), getkey(), draw(getkey(), n), capacity)


def test_defaults_are_the_algorithm_of_the_proofs():
    """Lahoti et al. 2024, appendices LCN and CNN Upper Bound, Algorithm Definition: eta_2 is k x 10^3 and
    10^3, b_1 a 32nd and a 100th of the root (the CNN's printed upside down); squared loss, every filter
    divided by its norm, "two equal sized datasets". For the FCN the LCN's constants stand in.
    """
    k, d = 7, 5
    root = math.sqrt((k + d) * math.log(k * d) / (k * d))
    for model, eta_2, share in (
        (LCN(), 7000, 32),
        (CNN(), 1000, 100),
        (FCN(), 7000, 32),
        (Linear(), 7000, 32),
    ):
        constants = TwoStep().constants(model, k, d)
        assert constants.eta_1 == 1
        assert constants.eta_2 == eta_2
        assert constants.bias_1 == pytest.approx(root / share, rel=1e-12)
        assert constants.bias_2 == 1e-4
        assert constants.init_variance == pytest.approx(1 / (100 * k**2 * d**2), rel=1e-12)
    learner = TwoStep()
    assert learner.project
    assert learner.loss == "squared"
    assert learner.samples == "fresh"


def test_initial_weights_have_the_stated_variance(getkey):
    """5 standard errors of a sample variance of 40,000 normals: a chance below 1e-6 of failing."""
    model, variance = FCN(width=40), 0.04
    train = pack(Batch(np.zeros((1, 20, 50), np.float32), np.ones(1, np.float32), {}), capacity=1)  # type: ignore
    w = rows(TwoStep(init_variance=variance).steps(model, getkey(), train).start["w"])
    assert w.size == 40_000
    assert abs(w.var() / variance - 1) < 5 * math.sqrt(2 / w.size)


@pytest.mark.parametrize("loss", OPTIONS)
@pytest.mark.parametrize("model", MODELS, ids=["cnn", "lcn", "fcn"])
def test_step_one_from_zero_is_the_mean_of_y_x(model, loss, getkey):
    """For every loss, times the slope of the loss at f = 0; over samples 0, 2, 4, ... if they are fresh."""
    options = {name: value for name, value in OPTIONS[loss].items() if name in ("project", "samples")}
    learner = TwoStep(loss=loss, init_variance=0.0, **options)
    batch = draw(getkey(), N)
    every = 2 if learner.samples == "fresh" else 1
    yx = np.asarray(batch.y, float)[::every, None, None] * np.asarray(batch.x, float)[::every]
    mean = {
        "cnn": yx.mean(0).sum(0)[None],
        "lcn": yx.mean(0),
        "fcn": np.tile(yx.mean(0).reshape(-1), (K, 1)),
    }[model.name]
    steps = learner.steps(model, getkey(), pack(batch, capacity=N))
    assert not np.any(rows(steps.start["w"]))
    slope = {"correlation": 1.0, "hinge": 1.0, "logistic": 0.5, "squared": 2.0}[loss]
    norms = slope * np.linalg.norm(mean, axis=1)
    assert np.ravel(steps.first_norms) == pytest.approx(norms, rel=1e-5)
    expected = slope * mean / norms[:, None] if learner.project else slope * mean
    assert rows(steps.first["w"]) == pytest.approx(expected, abs=2e-6)


def test_a_start_at_zero_is_the_limit_of_small_starts(getkey):
    """Also for activations that are not linear at b = 0, whose derivatives at 0 depend on the direction."""
    key, train = getkey(), pack(draw(getkey(), N), capacity=N)
    for model in (LCN(activation="relu_pair"), LCN()):
        at_zero = TwoStep(init_variance=0.0, bias_1=0.1).steps(model, key, train)
        near = TwoStep(init_variance=1e-16, bias_1=0.1).steps(model, key, train)
        assert rows(at_zero.second["w"]) == pytest.approx(rows(near.second["w"]), abs=1e-6)
        assert np.any(rows(at_zero.second["w"]))


def test_projection_puts_every_filter_on_the_unit_sphere_or_leaves_it(getkey):
    key, train = getkey(), pack(draw(getkey(), N), capacity=N)
    for model in (LCN(), FCN()):
        steps = TwoStep(init_variance=0.1).steps(model, key, train)
        for params in (steps.first, steps.second):
            assert np.linalg.norm(rows(params["w"]), axis=1) == pytest.approx(1.0, abs=1e-6)
        free = TwoStep(init_variance=0.1, project=False).steps(model, key, train)
        assert np.linalg.norm(rows(free.first["w"]), axis=1) == pytest.approx(np.ravel(free.first_norms))
        assert np.linalg.norm(rows(free.second["w"]), axis=1) == pytest.approx(np.ravel(free.second_norms))
        assert np.all(np.ravel(free.second_norms) > 5)


def test_a_filter_without_gradient_and_start_stays_zero_and_finite(getkey):
    """All images empty: no direction to normalise."""
    train = pack(Batch(np.zeros((6, K, D), np.float32), np.ones(6, np.float32), {}), capacity=6)  # type: ignore
    steps = TwoStep(init_variance=0.0).steps(LCN(), getkey(), train)
    assert not np.any(rows(steps.second["w"]))


def test_halves_are_every_other_sample_and_nested(getkey, unrolled_blocks):
    batch = draw(getkey(), 300)
    for n in (1, 2, 31, 32, 129, 300):
        for capacity in (300, (UNROLLED + 1) * BLOCK):
            samples = pack(Batch(batch.x[:n], batch.y[:n], {}), capacity=capacity)
            for half, parity in zip(halves(samples), (0, 1), strict=True):
                assert np.array_equal(half.images(), batch.x[parity:n:2])
                assert np.array_equal(half.labels(), batch.y[parity:n:2])
    odd = pack(Batch(batch.x[:20], batch.y[:20], {}), capacity=20, block=5)
    with pytest.raises(ValueError, match=r"^samples:"):
        halves(odd)


def test_with_one_sample_the_second_step_leaves_the_weights(getkey):
    key, train = getkey(), pack(draw(getkey(), 1), capacity=N)
    steps = TwoStep().steps(LCN(), key, train)
    assert rows(steps.second["w"]) == pytest.approx(rows(steps.first["w"]), abs=1e-6)
    shared = TwoStep(samples="shared", bias_1=0.3).steps(LCN(), key, train)
    assert np.all(np.isfinite(rows(shared.second["w"])))


CHANGES = {
    "eta_1": 1e-2,
    "eta_2": 0.3,
    "bias_1": 0.4,
    "bias_2": 0.2,
    "init_variance": 0.3,
    "project": False,
    "loss": "correlation",
    "samples": "shared",
}


def test_every_option_changes_the_predictor_and_nothing_else_is_an_option(getkey):
    key, data = getkey(), getkey()
    train, test = pack(draw(data, N), capacity=N), pack(draw(data, 200, stream=1), capacity=200)
    plain = TwoStep().train(LCN(), key, train, test, stop_below=None).outputs(test)
    assert set(CHANGES) == {field.name for field in dataclasses.fields(TwoStep)}
    for option, value in CHANGES.items():
        learner = dataclasses.replace(TwoStep(), **{option: value})
        changed = learner.train(LCN(), key, train, test, stop_below=None).outputs(test)
        # Far beyond the rounding of outputs of order 1.
        assert np.abs(changed - plain).max() > 1e-4, option
        assert build("learner", describe(learner)) == learner


@pytest.mark.parametrize(
    "model", [FCN(width=3, activation="relu"), Linear()], ids=["fcn of width 3, relu", "linear"]
)
def test_what_is_trained_is_judged_as_the_returned_net(model, getkey):
    """Risk, outputs and parameters agree; the prescribed biases are recorded; only "w" has moved."""
    key, data = getkey(), getkey()
    train, test = draw(data, N), draw(data, 150, stream=1)
    packed = pack(test, capacity=150)
    learner = TwoStep(bias_1=0.1, bias_2=0.05)
    trained = learner.train(model, key, pack(train, capacity=N), packed, stop_below=None)
    params = {role: jnp.asarray(leaf)[0] for role, leaf in trained.params.items()}
    f = np.asarray(apply(model, params, jnp.asarray(test.x)))
    assert trained.outputs(packed) == pytest.approx(f, abs=1e-5)
    assert trained.risk == pytest.approx(np.mean((f - test.y) ** 2), rel=1e-4)
    assert trained.squared_error(packed) == pytest.approx(trained.risk, rel=1e-6)
    assert (trained.trainings, trained.steps) == (1, 2)
    assert trained.selected == {"bias": 0.05, "bias_1": 0.1, "step": 2}
    start = model.init(key, K, D, std=1.0, bias=0.0)
    assert start.keys() == params.keys()
    for role in start.keys() - {"w", "b"}:
        assert np.array_equal(start[role], params[role])


def test_the_result_depends_on_its_key_through_the_start_alone(getkey):
    first, second, train = getkey(), getkey(), pack(draw(getkey(), N), capacity=N)
    for variance, same in ((0.0, True), (0.5, False)):
        learner = TwoStep(init_variance=variance)
        a, b = (rows(learner.steps(LCN(), key, train).second["w"]) for key in (first, second))
        assert np.array_equal(a, b) == same


def test_a_large_bias_freezes_the_second_step_and_a_threshold_cleans_it():
    """No sample passes b_1 = 100. b_1 = 3 sigma passes the signal and hardly any noise.

    Each step has 50 samples a patch, with noise 0.15 in 20 coordinates: step 1 has a cos^2 near
    1 / (1 + k .15^2 20 / 50) = .93; step 2, from the 50 signals alone, near 1 / (1 + .15^2 20 / 50) = .991.
    """
    task = DSD(k=8, d=20, sigma=0.15)
    key = jax.random.key(3)
    batch = task.sample(key, 800)
    signal = np.asarray(batch.latents["signal"])
    train = pack(Batch(np.asarray(batch.x), np.asarray(batch.y), {}), capacity=800, block=800)
    frozen = TwoStep(bias_1=100.0).steps(LCN(), key, train)
    assert rows(frozen.second["w"]) == pytest.approx(rows(frozen.first["w"]), abs=1e-6)
    cleaned = TwoStep(bias_1=0.45).steps(LCN(), key, train)
    before, after = ((rows(params["w"]) @ signal).mean() for params in (cleaned.first, cleaned.second))
    assert before < 0.975
    assert after > 0.99


def test_it_runs_through_the_search():
    """Fewer samples than patches cannot do. 100 do: 8 a patch in each step, whose mean has a cosine of .98,
    where the target needs .8.
    """
    cell = Cell(
        task=DSD(k=6, d=8, sigma=0.2),
        model=LCN(),
        learner=TwoStep(bias_1=0.5),
        criterion=RiskLevel(metric="zero_one", floor="ground_truth", tolerance=0.03, test_size=1000),
        search=Bisection(n_min=1, n_max=100),
        seeds=(0,),
    )
    with Pool(1) as pool:
        result = measure_cell(cell, pool)
    assert result.n_star.best is not None
    assert 6 < result.n_star.best < 100
    assert {outcome.steps for seed in result.per_seed for outcome in seed.outcomes} == {2}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("eta_1", 0.0),
        ("eta_2", -1.0),
        ("eta_2", math.inf),
        ("bias_1", -0.1),
        ("bias_2", math.nan),
        ("init_variance", -1.0),
        ("project", 1),
        ("loss", "cross_entropy"),
        ("samples", "half"),
    ],
)
def test_bad_options_are_refused_by_name(option, value):
    with pytest.raises(InputError, match=f"^{option}:"):
        TwoStep(**{option: value})


def test_descent_without_end_refuses_the_loss_without_a_minimum():
    with pytest.raises(InputError, match=r"^loss:.*squared, logistic, hinge$"):
        GradientDescent(loss="correlation")
