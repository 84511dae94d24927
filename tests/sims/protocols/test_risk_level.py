"""RiskLevel: its metrics, floors and splits; floors of DSD; outputs of nets on packed samples."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binom

import theory.dsd.risks
from sims.learners import lanes
from sims.learners.base import Trained
from sims.models import CNN, FCN, LCN
from sims.pieces.errors import InputError
from sims.protocols import protocol
from sims.protocols.criteria import METRICS, RiskLevel
from sims.samples import pack
from sims.samples.datasets import Datasets
from sims.samples.layout import BLOCK, UNROLLED
from sims.tasks import DSD, Textures

TASK = DSD(k=3, d=4, sigma=0.4)


def trained(outputs) -> Trained:
    """A predictor with these outputs and nothing else."""
    return Trained(
        risk=math.nan,
        squared_error=lambda samples: math.nan,
        trainings=1,
        steps=0,
        selected={},
        outputs=outputs,
    )


# Metrics


def test_an_output_of_zero_is_half_wrong():
    y = np.array([1.0, -1.0, 1.0, -1.0])
    for f, expected in (
        ([0, 0, 0, 0], 0.5),
        ([3, -2, 0.1, -0.1], 0.0),
        ([-3, 2, -0.1, 0.1], 1.0),
        ([0, -1, 1, 1], 0.375),
        ([-0.0, -1, 1, -1], 0.125),
    ):
        assert METRICS["zero_one"](np.array(f, np.float32), y) == expected


def test_an_output_that_is_no_number_is_never_right():
    y = np.array([1.0, -1.0])
    for name, metric in METRICS.items():
        shape = (1, 2) if name == "top_one" else (2,)
        labels = np.array([1.0, 0.0]) if name == "top_one" else y
        f = np.array([math.nan, -1.0], np.float32)
        assert math.isnan(metric(f.reshape(shape), labels.reshape(shape)))
    assert METRICS["zero_one"](np.array([math.inf, -math.inf], np.float32), y) == 0.0
    assert METRICS["zero_one"](np.array([-math.inf, -math.inf], np.float32), y) == 0.5


def test_the_squared_risk_is_summed_in_float64():
    f, y = np.full(100_000, 0.1, np.float32), np.ones(100_000, np.float32)
    assert METRICS["squared"](f, y) == pytest.approx((1 - float(np.float32(0.1))) ** 2, rel=1e-9)


def test_judgement_is_on_the_test_set_in_the_criterions_metric(getkey):
    data = Datasets(TASK, getkey(), capacity=40)
    test = data.test(500)
    seen = []

    def outputs(samples):
        seen.append(samples)
        return 2 * samples.labels() * (np.arange(500) % 5 > 0)  # every fifth output is 0

    for metric, expected in (("zero_one", 0.1), ("squared", 1.0)):
        criterion = RiskLevel(metric=metric, test_size=500)
        assert criterion.judge(data, trained(outputs)) == pytest.approx(expected)
    assert all(samples is test for samples in seen)


# Sets


def test_without_validation_all_samples_train_and_select(getkey):
    data = Datasets(TASK, getkey(), capacity=40)
    train, monitor = RiskLevel().sets(data, 20)
    assert train is monitor
    assert int(train.n) == 20
    longer, _ = RiskLevel().sets(data, 40)
    np.testing.assert_array_equal(longer.images()[:20], train.images())


def test_every_so_many_samples_are_held_out(getkey):
    data = Datasets(TASK, getkey(), capacity=40)
    whole, _ = RiskLevel().sets(data, 23)
    train, held = RiskLevel(validation_every=4).sets(data, 23)
    out = np.arange(23) % 4 == 3
    assert (int(train.n), int(held.n)) == (18, 5)
    np.testing.assert_array_equal(train.images(), whole.images()[~out])
    np.testing.assert_array_equal(held.images(), whole.images()[out])
    np.testing.assert_array_equal(held.labels(), whole.labels()[out])


def test_reaching_the_target_while_training_decides_nothing():
    assert RiskLevel.stops_at_target is False


# Targets


def test_the_target_is_the_floor_of_the_task_plus_the_tolerance():
    for metric in ("squared", "zero_one"):
        for floor in ("oracle", "linear", "ground_truth", "bayes", "zero"):
            criterion = RiskLevel(metric=metric, floor=floor, tolerance=0.05)
            assert criterion.reference(TASK) == TASK.floor(floor, metric)
            assert criterion.target(TASK) == TASK.floor(floor, metric) + 0.05


def test_a_floor_that_the_task_does_not_have_is_refused():
    for criterion, task in ((RiskLevel(floor="ceiling"), TASK), (RiskLevel(floor="oracle"), Textures(k=8))):
        with pytest.raises(InputError) as caught:
            criterion.target(task)
        assert caught.value.option == "floor"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("metric", "absolute"),
        ("tolerance", 0.0),
        ("tolerance", -0.1),
        ("tolerance", math.inf),
        ("tolerance", math.nan),
        ("validation_every", 1),
        ("validation_every", 0),
        ("test_size", 0),
    ],
)
def test_bad_input_is_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        RiskLevel(**{option: value})
    assert caught.value.option == option


def test_the_direct_protocol_selects_nothing_and_judges_signs():
    learner, criterion, search = protocol("direct", LCN(), TASK)
    assert type(learner).name == "two_step"
    assert criterion == RiskLevel(metric="zero_one", floor="ground_truth", tolerance=0.03)
    assert (search.n_min, search.n_max, search.confirm) == (1, 10_000, 1)
    assert protocol("direct", LCN(), TASK, n_max=50)[2].n_max == 50


# Floors of DSD


def test_floors_of_dsd_are_theorys():
    k, sigma = TASK.k, TASK.sigma
    oracle = theory.dsd.risks.oracle_risk(k, sigma)
    expected = {
        "oracle": theory.dsd.risks.lsa_risk(k, sigma, 1.0, oracle.bias),
        "ground_truth": theory.dsd.risks.lsa_risk(k, sigma, 1.0, 0.0),
        "linear": theory.dsd.risks.linear_risk(k, sigma),
        "bayes": theory.dsd.risks.bayes_risk(k, sigma),
    }
    for kind, risks in expected.items():
        assert TASK.floor(kind) == pytest.approx(risks.squared, rel=1e-9)
        assert TASK.floor(kind, "zero_one") == pytest.approx(risks.zero_one, rel=1e-9)
    assert TASK.floor("zero") == TASK.floor("zero", "zero_one") == 0.0
    squared = [TASK.floor(kind) for kind in ("bayes", "oracle", "ground_truth")]
    assert squared == sorted(squared)


@pytest.mark.parametrize(("kind", "metric"), [("ceiling", "squared"), ("oracle", "absolute")])
def test_a_floor_or_metric_that_dsd_does_not_have_is_refused(kind, metric):
    with pytest.raises(InputError) as caught:
        TASK.floor(kind, metric)
    assert caught.value.option == ("floor" if kind == "ceiling" else "metric")


def ground_truth_net(key, bias=0.0) -> dict[str, jax.Array]:
    return {"w": TASK.signal_vector(key)[None, None, :], "b": jnp.asarray([bias], jnp.float32)}


@pytest.mark.parametrize("metric", ["squared", "zero_one"])
@pytest.mark.parametrize("kind", ["ground_truth", "oracle"])
def test_the_net_that_a_floor_speaks_of_has_that_risk(getkey, kind, metric):
    """The CNN whose filter is w*, on 10 000 samples. 0-1 error: a binomial count, held in a band of error
    probability 1e-6. Squared risk: within 5 standard errors, estimated from the losses themselves."""
    key = getkey()
    data = Datasets(TASK, key, capacity=4)
    bias = theory.dsd.risks.oracle_risk(TASK.k, TASK.sigma).bias if kind == "oracle" else 0.0
    params = ground_truth_net(key, bias)
    judged = RiskLevel(metric=metric, floor=kind).judge(
        data, trained(lambda samples: lanes.outputs(CNN(), params, samples))
    )
    floor, size = TASK.floor(kind, metric), 10_000
    if metric == "zero_one":
        assert binom.ppf(5e-7, size, floor) - 1 <= judged * size <= binom.isf(5e-7, size, floor) + 1
    else:
        test = data.test(size)
        losses = (lanes.outputs(CNN(), params, test) - test.labels()) ** 2
        assert abs(judged - floor) < 5 * losses.std() / math.sqrt(size)


# Signals


@pytest.mark.parametrize("signal", ["random", "ones"])
def test_signals_are_the_means_of_the_image_one_a_patch(getkey, signal):
    task, key = DSD(k=3, d=4, sigma=0.01, signal=signal), getkey()
    signals = np.asarray(task.signals(key))
    assert signals.shape == (3, 3, 4)
    batch = task.sample(key, 60)
    means = signals[np.asarray(batch.latents["patch"])] * np.asarray(batch.y)[:, None, None]
    # 720 coordinates of noise 0.01: all below 7 of it with error probability 2e-9
    assert np.abs(np.asarray(batch.x) - means).max() < 0.07
    assert set(np.asarray(batch.latents["patch"]).tolist()) == {0, 1, 2}


# Outputs on packed samples


@pytest.mark.parametrize(
    ("n", "capacity"),
    [(1, 20), (32, 40), (33, 40), (BLOCK, 2 * BLOCK), (BLOCK + 1, 3 * BLOCK), (50, (UNROLLED + 1) * BLOCK)],
)
@pytest.mark.parametrize("model", [FCN(), LCN(), CNN()], ids=lambda model: model.name)
def test_outputs_are_the_models_on_each_sample_in_order_and_padding_is_dropped(
    getkey, model, n, capacity, unrolled_blocks
):
    batch = TASK.sample(getkey(), n)
    samples = pack(batch, capacity=capacity)
    assert isinstance(samples.x, tuple) == (capacity <= UNROLLED * BLOCK)
    one = model.init(getkey(), TASK.k, TASK.d, std=1.0, bias=0.3)
    params = jax.tree.map(lambda leaf: leaf[None], one)
    found = lanes.outputs(model, params, samples)
    expected = model.outputs(params, jnp.moveaxis(jnp.asarray(batch.x), 0, -1))[0]
    assert found.shape == (n,)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_outputs_are_the_first_lanes(getkey):
    batch = TASK.sample(getkey(), 10)
    starts = [CNN().init(getkey(), TASK.k, TASK.d, std=1.0, bias=0.1) for _ in range(2)]
    both = jax.tree.map(lambda *leaves: jnp.stack(leaves), *starts)
    first = jax.tree.map(lambda leaf: leaf[None], starts[0])
    samples = pack(batch, capacity=10)
    np.testing.assert_allclose(
        lanes.outputs(CNN(), both, samples), lanes.outputs(CNN(), first, samples), rtol=1e-5
    )
