"""The residual net: against its slow twin, what normalisation keeps and moves, and training on batches."""

import dataclasses
import math
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2

from sims.learners import GradientDescent, lanes
from sims.models import ResNet
from sims.models.base import Tracking
from sims.models.resnet import _by_windows, _convolve, resnet18
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.samples.layout import BLOCK
from sims.tasks.base import Batch
from tests.twins import plain_resnet

pytestmark = pytest.mark.usefixtures("little_optimisation")

STATISTICS = (".mean", ".variance")
CHANCE = 1e-6


@dataclasses.dataclass(frozen=True)
class Case:
    """A net on images of a side and some colours, and how many lanes of it run."""

    model: ResNet
    side: int
    colours: int
    lanes: int

    @property
    def shape(self) -> dict[str, Any]:
        """What the twin has to know."""
        return {
            "stages": len(self.model.channels),
            "blocks": self.model.blocks,
            "stem": self.model.stem,
        }


CASES = {
    "two_blocks": Case(ResNet(channels=(2,), blocks=2), 5, 3, 1),
    "two_stages": Case(ResNet(channels=(2, 3), blocks=1), 7, 1, 1),
    "imagenet_stem": Case(ResNet(channels=(2,), blocks=1, stem="imagenet"), 14, 2, 3),
}
IMAGES = 5
every_case = pytest.mark.parametrize("name", CASES)


@partial(jax.jit, static_argnums=0)
def everything(model, params, x):
    """Outputs, outputs on a batch, gradient of half their sum of squares, running statistics afterwards."""
    return (
        model.outputs(params, x),
        *model.pull_back(params, x, lambda f: f),
        model.track(params, x),
    )


def patches(images):
    """(k, d, B) of images (B, side, side, d)."""
    return jnp.transpose(images.reshape(len(images), -1, images.shape[-1]), (1, 2, 0))


@cache
def drawn(name):
    """Lanes with every parameter at random and images (B, side, side, colours), float32."""
    case, rng = CASES[name], np.random.default_rng(78)
    like = jax.eval_shape(
        lambda key: case.model.init(key, case.side**2, case.colours, std=1.0, bias=0.0), jax.random.key(0)
    )
    params = {}
    for role, leaf in like.items():
        values = rng.standard_normal((case.lanes, *leaf.shape))
        if role in case.model.convolutions(case.colours):
            values *= math.sqrt(2 / math.prod(leaf.shape[:3]))
        elif role.endswith((".scale", ".variance")):
            values = 0.5 + np.abs(values)
        elif role != "fc":
            values *= 0.3
        params[role] = values.astype(np.float32)
    shape = (IMAGES, case.side, case.side, case.colours)
    return params, rng.standard_normal(shape).astype(np.float32)


@cache
def computed(name):
    """What `everything` finds of a case."""
    params, images = drawn(name)
    return everything(CASES[name].model, params, patches(images))


def twin(name, lane, *, by_batch, **changed):
    """(f, statistics) of one lane by the twin, some of its parameters replaced."""
    params, images = drawn(name)
    own = {role: leaf[lane] for role, leaf in params.items()} | changed
    return plain_resnet.forward(own, images, by_batch=by_batch, **CASES[name].shape)


@every_case
def test_outputs_are_those_of_the_twin_by_running_statistics(name):
    found = computed(name)[0]
    assert found.shape == (CASES[name].lanes, IMAGES)
    for lane, own in enumerate(found):
        expected = twin(name, lane, by_batch=False)[0]
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-4)
        assert np.min(np.diff(np.sort(expected))) > 1e-3


@every_case
def test_a_training_step_normalises_by_its_batch_as_the_twin_does(name):
    for lane, own in enumerate(computed(name)[1]):
        expected = twin(name, lane, by_batch=True)[0]
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-4)
        assert np.min(np.abs(expected - twin(name, lane, by_batch=False)[0])) > 1e-2


@every_case
def test_gradients_are_central_differences_of_the_twin(name):
    """Of f f/2, along one random direction a role, so that a small role is not drowned by a large one."""
    params, _ = drawn(name)
    gradients, rng, step = computed(name)[2], np.random.default_rng(5), 1e-5
    assert gradients.keys() == params.keys()
    for role, values in params.items():
        if role == "b" or role.endswith(STATISTICS):
            assert np.all(np.asarray(gradients[role]) == 0), role
            continue
        for lane in range(CASES[name].lanes):
            along = rng.standard_normal(values[lane].shape)
            ends = [
                np.sum(twin(name, lane, by_batch=True, **{role: values[lane] + turn * along})[0] ** 2) / 2
                for turn in (-step, step)
            ]
            slope = (ends[1] - ends[0]) / (2 * step)
            found = np.sum(np.asarray(gradients[role][lane], float) * along)
            assert found == pytest.approx(slope, rel=1e-3, abs=1e-3 * np.linalg.norm(along)), role
            assert np.any(np.asarray(gradients[role][lane]) != 0), role


@every_case
def test_running_statistics_move_a_tenth_of_the_way_to_those_of_the_batch(name):
    """As PyTorch's: momentum 0.1, the variance unbiased, the parameters of before the step."""
    params, _ = drawn(name)
    moved = computed(name)[3]
    assert moved.keys() == {role for role in params if role.endswith(STATISTICS)}
    for lane in range(CASES[name].lanes):
        _, seen = twin(name, lane, by_batch=True)
        assert seen.keys() == moved.keys()
        for role, value in seen.items():
            expected = 0.9 * params[role][lane] + 0.1 * value
            np.testing.assert_allclose(moved[role][lane], expected, rtol=1e-4, atol=1e-5, err_msg=role)


@every_case
def test_an_output_does_not_depend_on_the_rest_of_the_block_but_a_training_step_does(name):
    params, images = drawn(name)
    others = np.random.default_rng(9).standard_normal(images.shape).astype(np.float32)
    others[0] = images[0]
    found = everything(CASES[name].model, params, patches(others))
    before = computed(name)
    np.testing.assert_allclose(found[0][:, 0], before[0][:, 0], rtol=1e-5, atol=1e-6)
    assert np.min(np.abs(found[0][:, 1:] - before[0][:, 1:])) > 1e-4
    assert np.min(np.abs(found[1][:, 0] - before[1][:, 0])) > 1e-4


def test_descent_follows_a_rotation_of_colours():
    """One rotation of all pixels' colours, in images and stem: the same outputs, the gradient turned."""
    name = "two_blocks"
    params, images = drawn(name)
    matrix = np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0].astype(np.float32)

    def turn(w):
        return np.einsum("ij,...jo->...io", matrix, np.asarray(w))

    turned = images @ matrix.T
    found = everything(CASES[name].model, params | {"w": turn(params["w"])}, patches(turned))
    before = computed(name)
    for index in (0, 1):
        np.testing.assert_allclose(found[index], before[index], rtol=1e-4, atol=1e-4)
    for role, leaf in before[2].items():
        expected = turn(leaf) if role == "w" else leaf
        np.testing.assert_allclose(found[2][role], expected, rtol=1e-3, atol=1e-3, err_msg=role)


@pytest.mark.parametrize("side", [8, 9])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_convolution_is_the_same_by_windows_by_xla_and_in_the_twin(size, stride, side, monkeypatch):
    """`_convolve` leaves it to `jax.lax.conv_general_dilated` where it does not run on a CPU."""
    rng = np.random.default_rng(size)
    x = rng.standard_normal((2, side, side, 3)).astype(np.float32)
    kernel = rng.standard_normal((size, size, 3, 4)).astype(np.float32)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert "conv_general_dilated" in str(jax.make_jaxpr(partial(_convolve, stride=stride))(x, kernel))
    by_windows, by_xla = jax.jit(
        lambda x, kernel: (_by_windows(x, kernel, stride), _convolve(x, kernel, stride))
    )(x, kernel)
    np.testing.assert_allclose(by_windows, by_xla, atol=1e-4)
    np.testing.assert_allclose(by_xla, plain_resnet.convolve(x, kernel, stride), atol=1e-4)


def test_resnet18_has_the_published_number_of_parameters():
    """11,689,512 with 1000 outputs of 512 weights and an offset each; one output leaves one such row."""
    start = jax.eval_shape(lambda key: resnet18().init(key, 224**2, 3, std=1.0, bias=0.0), jax.random.key(0))
    counts = {role: math.prod(leaf.shape) for role, leaf in start.items()}
    trained = sum(count for role, count in counts.items() if role != "b" and not role.endswith(STATISTICS))
    assert trained == 11_689_512 - 1000 * 513 + 513
    # Every normalisation has as many running numbers as trained ones.
    assert sum(count for role, count in counts.items() if role.endswith(STATISTICS)) == sum(
        count for role, count in counts.items() if role.endswith((".scale", ".shift")) and role != "fc.shift"
    )


def test_kernels_start_with_variance_two_over_fan_out_and_the_rest_at_nothing():
    """A variance of m normal numbers is known to sqrt(2/m): five standard errors."""
    model, std = ResNet(channels=(48, 96), blocks=1), 0.5
    drawn_once = jax.jit(partial(model.init, k=16, d=3, std=std, bias=9.0))(jax.random.key(4))
    start = {role: np.asarray(leaf) for role, leaf in drawn_once.items()}
    for name, shape in model.convolutions(3).items():
        assert start[name].shape == shape
        expected = std**2 * 2 / (shape[0] * shape[1] * shape[3])
        assert np.var(start[name]) / expected == pytest.approx(1, abs=5 * math.sqrt(2 / start[name].size)), (
            name
        )
        assert np.all(start[f"{name}.scale"] == 1), name
        assert np.all(start[f"{name}.variance"] == 1), name
        assert not np.any(start[f"{name}.shift"]), name
        assert not np.any(start[f"{name}.mean"]), name
    assert np.var(start["fc"]) * 96 / std**2 == pytest.approx(1, abs=5 * math.sqrt(2 / 96))
    assert start["fc.shift"] == start["b"] == 0
    parts = [start[name].ravel()[:100] for name in model.convolutions(3)]
    off_diagonal = np.corrcoef(parts) - np.eye(len(parts))
    assert np.max(np.abs(off_diagonal)) < 0.6  # six standard errors: kernels are drawn apart


draw = jax.jit(lanes.draw_batch, static_argnums=2)


def labelled(n):
    """Images 2 x 2 of one colour, all four pixels index + 1, with the index + 1 as label."""
    numbers = np.arange(1, n + 1, dtype=np.float32)
    return Batch(np.broadcast_to(numbers[:, None, None], (n, 4, 1)), numbers, {})


def test_a_batch_is_drawn_with_replacement_from_all_samples_alike_and_from_no_padding():
    """3000 draws from 150 samples in two blocks: chi^2 with 149 degrees, in the range of all but 2e-6."""
    n, count = BLOCK + 22, 3000
    samples = pack(labelled(n), capacity=n)
    assert samples.y.size > n
    x, y = draw(samples, samples.stacked(), count, jax.random.key(8))
    assert x.shape == (4, 1, count)
    np.testing.assert_array_equal(x[:, 0], np.broadcast_to(y, (4, count)))
    numbers, counts = np.unique(np.asarray(y), return_counts=True)
    np.testing.assert_array_equal(numbers, np.arange(1, n + 1))
    statistic = np.sum((counts - count / n) ** 2) / (count / n)
    assert chi2.ppf(CHANCE, n - 1) < statistic < chi2.ppf(1 - CHANCE, n - 1)
    again, other = (draw(samples, samples.stacked(), count, jax.random.key(s))[1] for s in (8, 9))
    np.testing.assert_array_equal(again, y)
    assert np.any(np.asarray(other) != y)


SMALL = ResNet(channels=(2,), blocks=1)
LEARNER = GradientDescent(lr_w=(0.05,), lr_b=(1.0,), steps=4, batch=8, eval_every=1, init_std=1.0)


def blobs(n, seed):
    """Images 4 x 4 of one colour, brighter where the label is +1."""
    rng = np.random.default_rng(seed)
    y = rng.choice([-1.0, 1.0], n).astype(np.float32)
    x = rng.standard_normal((n, 16, 1)).astype(np.float32) + 2 + y[:, None, None]
    return Batch(x, y, {})


@partial(jax.jit, static_argnums=0)
def slope_and_statistics(model, params, x, y):
    """Gradient of the mean of (f - y)^2 over a batch, and the running statistics after it."""
    _, slope = model.pull_back(params, x, lambda f: 2 * (f - y[None, :]) / len(y))
    return slope, model.track(params, x)


def by_twin(params, samples):
    """f of the first lane on samples, by running statistics."""
    own = {role: leaf[0] for role, leaf in params.items()}
    images = samples.images().reshape(-1, 4, 4, 1)
    return plain_resnet.forward(own, images, stages=1, blocks=1, stem="small", by_batch=False)[0]


def test_training_takes_a_step_on_each_batch_and_then_moves_the_statistics():
    """Weights and running statistics of the last net and of the best one, against a loop over steps."""
    train, monitor, key = pack(blobs(40, 1), capacity=40), pack(blobs(40, 2), capacity=40), jax.random.key(6)

    @partial(jax.jit)
    def run():
        start, batch_key = lanes.begin(SMALL, key, 16, 1, 1.0, jnp.zeros(1))
        rates = jnp.full(1, 0.05), jnp.ones(1)
        return (
            start,
            batch_key,
            lanes.run(SMALL, LEARNER.settings, start, *rates, train, monitor, -math.inf, batch_key),
        )

    params, batch_key, trained = run()
    path, stacked = [params], train.stacked()
    for step in range(LEARNER.steps):
        x, y = draw(train, stacked, 8, jax.random.fold_in(batch_key, step))
        slope, tracked = slope_and_statistics(SMALL, params, x, y)
        params = {role: leaf - 0.05 * slope[role] for role, leaf in params.items()} | tracked
        path.append(params)
    risks = [np.mean((by_twin(one, monitor) - monitor.labels()) ** 2) for one in path]
    best = int(np.argmin(risks))
    assert int(trained.best_step[0]) == best
    assert float(trained.best_risk[0]) == pytest.approx(risks[best], rel=1e-3)
    for found, expected in ((trained.params, path[-1]), (trained.best_params, path[best])):
        for role, leaf in expected.items():
            np.testing.assert_allclose(found[role], leaf, rtol=1e-3, atol=1e-4, err_msg=role)
    for role in ("w.mean", "w.variance", "layer1.0.conv2.mean", "layer1.0.conv2.variance"):
        assert np.max(np.abs(trained.params[role] - path[0][role])) > 0.05, role


def test_training_on_the_whole_set_is_refused_for_want_of_batches():
    assert isinstance(SMALL, Tracking)
    samples = pack(blobs(40, 1), capacity=40)
    with pytest.raises(InputError) as caught:
        dataclasses.replace(LEARNER, batch=None).train(
            SMALL, jax.random.key(0), samples, samples, stop_below=None
        )
    assert caught.value.option == "batch"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("channels", ()),
        ("channels", (0,)),
        ("channels", (4, -1)),
        ("channels", (8.0,)),
        ("channels", (True,)),
        ("channels", [8]),
        ("blocks", 0),
        ("blocks", 1.0),
        ("blocks", True),
        ("stem", "large"),
        ("stem", None),
    ],
)
def test_bad_options_are_named(option, value):
    with pytest.raises(InputError) as caught:
        ResNet(**{option: value})
    assert caught.value.option == option


def test_pixels_that_make_no_square_are_refused():
    with pytest.raises(InputError, match=r"^k: got 15"):
        SMALL.init(jax.random.key(0), 15, 1, std=1.0, bias=0.0)
