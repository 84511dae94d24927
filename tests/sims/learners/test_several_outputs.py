"""Labels of several numbers: their layout, and descent on them against loops in float64."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from sims.learners import GradientDescent, ScaledDescent, lanes
from sims.learners.estimator import Estimator
from sims.learners.scaled import Scaled
from sims.models import DenseCNN, DenseLCN
from sims.pieces import build
from sims.pieces.errors import InputError, NotComputed
from sims.protocols.criteria import METRICS
from sims.samples import Layout, pack
from sims.samples.datasets import Datasets
from sims.samples.layout import BLOCK
from sims.tasks import SignalLocation
from sims.tasks.base import Batch

K, D, N = 3, 4, BLOCK + 30
TASK = SignalLocation(k=K, d=D, sigma=0.3)
SHORT = {"steps": 40, "lr_w": (0.3,), "lr_b": (0.15,), "init_std": 0.3, "init_bias": (0.1,)}


@pytest.fixture(scope="module")
def sets():
    key = jax.random.key(3)
    return [pack(TASK.sample(key, n, stream=stream), capacity=n) for stream, n in enumerate((N, 100))]


def images_and_labels(samples):
    return samples.images().astype(float), samples.labels().astype(float)


def naive(x, y, w, b):
    """Outputs (n, k) of an LSA LCN with filters w (k, d), the mean squared error and its derivatives."""
    z = np.einsum("nkd,kd->nk", x, w)
    f = np.maximum(z - b, 0) - np.maximum(-z - b, 0)
    slope = 2 * (f - y) / y.size
    active = np.abs(z) > b
    return f, np.mean((f - y) ** 2), np.einsum("nk,nkd->kd", slope * active, x), -np.sum(slope * np.sign(f))


@pytest.mark.parametrize("unrolled", [False, True])
def test_labels_come_back_as_they_were_packed_with_samples_last_in_blocks(unrolled, request):
    if unrolled:
        request.getfixturevalue("unrolled_blocks")
    batch = TASK.sample(jax.random.key(0), N)
    samples = pack(batch, capacity=3 * BLOCK)
    assert samples.y.shape == (3, K, BLOCK)
    assert samples.block == BLOCK
    np.testing.assert_array_equal(samples.labels(), batch.y)
    np.testing.assert_array_equal(samples.images(), batch.x)

    def body(index, x, y, total):
        weights = samples.weights(index) * samples.n
        return total + jnp.einsum("kdb,kb,b->kd", x, y, weights)

    found = samples.fold(body, jnp.zeros((K, D)))
    np.testing.assert_allclose(found, np.einsum("nkd,nk->kd", batch.x, batch.y), rtol=1e-4)


def test_training_sets_are_nested_and_divided_along_samples():
    data = Datasets(TASK, jax.random.key(1), capacity=60)
    whole = data.training(60, fresh=False).labels()
    np.testing.assert_array_equal(data.training(20, fresh=False).labels(), whole[:20])
    train, held = data.split(20, every=5)
    np.testing.assert_array_equal(held.labels(), whole[4:20:5])
    assert train.labels().shape == (16, K)
    assert data.training(20, fresh=True).labels().shape == data.test(20).labels().shape == (20, K)


def test_outputs_risk_and_gradient_are_those_of_loops(sets):
    train = sets[0]
    rng = np.random.default_rng(0)
    w, b = rng.standard_normal((2, 1, K, D)), np.array([0.1, 0.3])
    params = {"w": jnp.asarray(w, jnp.float32), "b": jnp.asarray(b, jnp.float32)}
    x, y = images_and_labels(train)
    risks = lanes.squared_error(DenseLCN(), params, train)
    gradient = lanes.gradient(DenseLCN(), "squared", params, train)
    assert risks.shape == (2,)
    for lane in (0, 1):
        f, risk, grad_w, grad_b = naive(x, y, w[lane, 0], b[lane])
        assert float(risks[lane]) == pytest.approx(risk, rel=1e-5)
        np.testing.assert_allclose(gradient["w"][lane, 0], grad_w, atol=1e-5)
        np.testing.assert_allclose(gradient["b"][lane], grad_b, atol=1e-5)
        if lane == 0:
            np.testing.assert_allclose(lanes.outputs(DenseLCN(), params, train), f, atol=1e-4)


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_the_gradient_of_another_loss_is_that_of_its_mean(sets, loss):
    train = sets[0]
    params = {"w": jax.random.normal(jax.random.key(0), (1, 1, K, D)), "b": jnp.full(1, 0.1)}
    x = jnp.asarray(train.images()).transpose(1, 2, 0)
    y = jnp.asarray(train.labels()).T[None]

    def mean(params):
        return lanes.LOSSES[loss].value(DenseLCN().outputs(params, x), y).mean()

    wanted, found = jax.grad(mean)(params), lanes.gradient(DenseLCN(), loss, params, train)
    for role in params:
        np.testing.assert_allclose(found[role], wanted[role], atol=1e-6)


def stepped(samples_of_step, start, steps):
    w, b = np.asarray(start["w"], float)[0, 0], float(start["b"][0])
    for step in range(steps):
        _, _, grad_w, grad_b = naive(*samples_of_step(step), w, b)
        w, b = w - 0.3 * grad_w, max(b - 0.15 * grad_b, 0.0)
    return w, b


@pytest.mark.parametrize("batch", [None, 16])
def test_steps_are_those_of_a_loop_with_the_whole_set_and_with_batches(sets, batch):
    train, steps = sets[0], 6
    learner = GradientDescent(**(SHORT | {"steps": steps}), eval_every=steps, batch=batch)
    start, key = lanes.begin(DenseLCN(), jax.random.key(1), K, D, 0.3, np.full(1, 0.1, np.float32))
    rates = np.full(1, 0.3, np.float32), np.full(1, 0.15, np.float32)
    path = lanes.run(DenseLCN(), learner.settings, start, *rates, *sets, np.float32(-np.inf), key)
    x, y = images_and_labels(train)

    def samples_of_step(step):
        if batch is None:
            return x, y
        index = np.asarray(jax.random.randint(jax.random.fold_in(key, step), (batch,), 0, N))
        return x[index], y[index]

    w, b = stepped(samples_of_step, start, steps)
    np.testing.assert_allclose(np.asarray(path.params["w"])[0, 0], w, atol=1e-5)
    np.testing.assert_allclose(np.asarray(path.params["b"])[0], b, atol=1e-5)


def test_scaled_descent_at_scale_one_is_descent_less_the_start(sets):
    """At the start the scaled outputs are 0; from there its steps are those of the net less its start."""
    scaled = Scaled(model=DenseLCN(), scale=2.0)
    params = scaled.init(jax.random.key(0), K, D, std=0.3, bias=0.1)
    lane = jax.tree.map(lambda leaf: leaf[None], params)
    assert float(lanes.squared_error(scaled, lane, sets[1])[0]) == pytest.approx(
        np.mean(sets[1].labels() ** 2), rel=1e-5
    )
    learner = ScaledDescent(**SHORT, scale=2.0)
    trained = learner.train(DenseLCN(), jax.random.key(1), *sets, stop_below=None)
    assert trained.risk < 0.8 * np.mean(sets[1].labels() ** 2)
    f = trained.outputs(sets[1])
    assert f.shape == (100, K)
    assert trained.risk == pytest.approx(np.mean((f - sets[1].labels()) ** 2), rel=1e-4)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PermutedWithLabels:
    """Patches in a new order, and the labels with them."""

    name: ClassVar[str] = "permuted_with_labels"
    version: ClassVar[int] = 1
    several_outputs: ClassVar[bool] = True

    def __call__(self, key, x, y):
        order = jnp.argsort(jax.random.uniform(key, (x.shape[0], x.shape[2])), axis=0)
        return jnp.take_along_axis(x, order[:, None, :], axis=0), jnp.take_along_axis(y, order, axis=0)


@pytest.mark.parametrize("batch", [None, 16])
def test_an_augmentation_that_moves_labels_with_their_patches_changes_nothing_for_shared_filters(sets, batch):
    plain = GradientDescent(**SHORT, batch=batch)
    other = dataclasses.replace(plain, augment=PermutedWithLabels())
    for model, same in ((DenseCNN(), True), (DenseLCN(), False)):
        found = [one.train(model, jax.random.key(1), *sets, stop_below=None) for one in (plain, other)]
        assert np.allclose(found[0].params["w"], found[1].params["w"], atol=1e-4) == same


def test_an_augmentation_is_priced_with_the_labels_that_it_sees():
    learner = GradientDescent(**SHORT, augment=PermutedWithLabels())
    layout = Layout.of(200, 200, K, D, (K,))
    plain = dataclasses.replace(learner, augment=None)
    assert learner.flops(DenseCNN(), layout, layout, layout) > plain.flops(DenseCNN(), *[layout] * 3)
    assert layout.bytes == Layout.of(200, 200, K, D).bytes * (D + 1) // D


@dataclasses.dataclass(frozen=True, kw_only=True)
class LeastSquares(Estimator):
    name: ClassVar[str] = "least_squares"
    version: ClassVar[int] = 1

    def make(self, seed):
        return LinearRegression()


def estimated(estimator, batch):
    samples = pack(batch, capacity=len(batch.y))
    model = build("model", {"name": "none"})
    return estimator.train(model, jax.random.key(0), samples, samples, stop_below=None), samples


@pytest.mark.parametrize("numbers", [1, 3])
def test_an_estimator_takes_labels_of_several_numbers(numbers):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 2, 3)).astype(np.float32)
    y = (x.reshape(50, 6) @ rng.standard_normal((6, numbers))).astype(np.float32)
    trained, samples = estimated(LeastSquares(), Batch(x, y, {}))
    np.testing.assert_allclose(trained.outputs(samples), y, atol=1e-4)
    assert trained.squared_error(samples) < 1e-8


def test_one_label_of_several_numbers_alone_is_that_label():
    x, y = np.ones((4, 2, 3), np.float32), np.tile(np.float32([0, 1, 0]), (4, 1))
    trained, samples = estimated(LeastSquares(), Batch(x, y, {}))
    np.testing.assert_array_equal(trained.outputs(samples), y)


def test_an_estimator_with_outputs_of_another_shape_says_so():
    class Flat(LeastSquares):
        def make(self, seed):
            found = super().make(seed)
            found.predict = lambda x: np.zeros((3, len(x)))
            return found

    x = np.random.default_rng(0).standard_normal((5, 2, 3)).astype(np.float32)
    trained, samples = estimated(Flat(), Batch(x, x[:, 0], {}))
    with pytest.raises(
        NotComputed, match=r"at n = 5: .*shape \(3, 5\); allowed: \(5, 3\), 3 numbers an image"
    ):
        trained.outputs(samples)


def test_the_squared_and_the_zero_one_metric_are_means_over_all_numbers():
    f, y = np.array([[0.5, -1.0], [0.0, 2.0]]), np.array([[1.0, 1.0], [-1.0, 1.0]])
    assert METRICS["squared"](f, y) == pytest.approx((0.25 + 4 + 1 + 1) / 4)
    assert METRICS["zero_one"](f, y) == pytest.approx((0 + 1 + 0.5 + 0) / 4)


@pytest.mark.parametrize(
    ("f", "error"),
    [
        ([0.1, -0.9, 0.3], 0.0),
        ([0.1, 0.9, 0.3], 0.0),
        ([1.0, -0.9, 0.3], 1.0),
        ([0.9, -0.9, 0.3], 0.5),
        ([0.0, 0.0, 0.0], 2 / 3),
        ([0.9, 0.5, 0.9], 1.0),
        ([np.nan, 0.5, 0.1], np.nan),
    ],
)
def test_the_top_one_metric_counts_where_the_largest_output_is(f, error):
    y = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
    found = METRICS["top_one"](np.array([f, [0.0, 0.0, 3.0]]), y)
    np.testing.assert_allclose(found, error / 2)


def test_labels_of_one_number_have_no_top_one_error():
    with pytest.raises(
        InputError, match="metric: got 'top_one'; allowed: squared, zero_one for labels of one"
    ):
        METRICS["top_one"](np.ones(3), np.ones(3))


def test_labels_without_a_largest_have_no_top_one_error():
    with pytest.raises(InputError, match="metric: got 'top_one'; allowed: squared, zero_one where"):
        METRICS["top_one"](np.eye(2), np.array([[1.0, -1.0], [1.0, -1.0]]))
