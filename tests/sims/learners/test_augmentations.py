"""Augmentations: what training sees, at every step anew; what monitors and tests see, as it is."""

import dataclasses
import itertools
from collections import Counter
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.learners import GradientDescent, ScaledDescent, lanes
from sims.learners.augmentations.permute_patches import PermutePatches
from sims.models import CNN, LCN
from sims.pieces import build, describe, registered
from sims.pieces.cell import config_id
from sims.pieces.errors import InputError
from sims.samples import Layout, pack
from sims.samples.layout import BLOCK
from sims.tasks import DSD
from tests.twins import plain_loop as twin

K, D, N = 3, 4, BLOCK + 30
TASK = DSD(k=K, d=D, sigma=0.3)
SHORT = {"steps": 40, "lr_w": (0.1,), "lr_b": (0.05,), "init_std": 0.3, "init_bias": (0.1,)}
LEARNERS = [GradientDescent(**SHORT), ScaledDescent(**SHORT, scale=2.0), GradientDescent(**SHORT, batch=16)]
every_learner = pytest.mark.parametrize("learner", LEARNERS, ids=["plain", "scaled", "batches"])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Times:
    """Images times a factor, as any user may write it."""

    factor: float = 1.0
    name: ClassVar[str] = "times"
    version: ClassVar[int] = 1

    def __call__(self, key, x, y):
        return self.factor * x, y


@dataclasses.dataclass(frozen=True, kw_only=True)
class Halved(Times):
    """What no augmentation may do: half of the samples."""

    def __call__(self, key, x, y):
        return x[..., ::2], y[::2]


@pytest.fixture(scope="module")
def sets():
    key = jax.random.key(3)
    return [pack(TASK.sample(key, n, stream=stream), capacity=n) for stream, n in enumerate((N, 100))]


def trained(learner, sets, augment, *, model=None, key=1):
    learner = dataclasses.replace(learner, augment=augment)
    return learner.train(model or LCN(), jax.random.key(key), *sets, stop_below=None)


def test_patches_are_permuted_in_every_sample_by_itself_and_uniformly():
    x = jnp.broadcast_to(jnp.arange(3.0)[:, None, None], (3, 2, 6000))
    y = jnp.ones(6000)
    seen, labels = PermutePatches()(jax.random.key(0), x, y)
    assert np.array_equal(seen[:, 0], seen[:, 1])  # patches stay whole
    assert np.array_equal(labels, y)
    counts = Counter(map(tuple, np.asarray(seen[:, 0], int).T))
    assert set(counts) == set(itertools.permutations(range(3)))
    # 1000 expected, a standard deviation of 29.
    assert max(abs(count - 1000) for count in counts.values()) < 130
    assert np.array_equal(seen, PermutePatches()(jax.random.key(0), x, y)[0])
    assert not np.array_equal(seen, PermutePatches()(jax.random.key(1), x, y)[0])


@every_learner
def test_training_is_another_and_the_risk_is_still_that_on_the_monitor_set(learner, sets):
    plain, other = (trained(learner, sets, augment) for augment in (None, PermutePatches()))
    assert not np.allclose(plain.params["w"], other.params["w"], atol=1e-3)
    if not isinstance(learner, ScaledDescent):
        f = lanes.outputs(LCN(), other.params, sets[1])
        assert other.risk == pytest.approx(np.mean((f - sets[1].labels()) ** 2), rel=1e-5)
    assert other.squared_error(sets[1]) == pytest.approx(other.risk, rel=1e-5)


@every_learner
def test_what_an_augmentation_takes_away_is_not_learnt_and_the_monitor_keeps_it(learner, sets):
    blank = trained(learner, sets, Times(factor=0.0))
    start = trained(dataclasses.replace(learner, lr_w=(1e-20,)), sets, Times(factor=0.0))
    np.testing.assert_array_equal(blank.params["w"], start.params["w"])
    same, plain = (trained(learner, sets, augment) for augment in (Times(factor=1.0), None))
    np.testing.assert_allclose(same.params["w"], plain.params["w"], atol=1e-6)


@every_learner
def test_a_net_that_sees_no_order_of_patches_is_trained_as_without(learner, sets):
    plain, other = (trained(learner, sets, augment, model=CNN()) for augment in (None, PermutePatches()))
    np.testing.assert_allclose(plain.params["w"], other.params["w"], atol=1e-4)
    assert other.risk == pytest.approx(plain.risk, rel=1e-3)


@every_learner
def test_the_training_key_decides(learner, sets):
    first, again, other = (trained(learner, sets, PermutePatches(), key=key) for key in (1, 1, 2))
    np.testing.assert_array_equal(first.params["w"], again.params["w"])
    assert not np.array_equal(first.params["w"], other.params["w"])


def test_steps_are_those_of_a_loop_that_augments_block_by_block_with_a_key_for_each(sets):
    train, augment, steps = sets[0], PermutePatches(), 5
    learner = GradientDescent(**(SHORT | {"steps": steps}), eval_every=steps, augment=augment)
    start, key = lanes.begin(LCN(), jax.random.key(1), K, D, 0.3, np.full(1, 0.1, np.float32))
    rates = np.full(1, 0.1, np.float32), np.full(1, 0.05, np.float32)
    path = lanes.run(LCN(), learner.settings, start, *rates, *sets, np.float32(-np.inf), key)
    w, b = np.asarray(start["w"], float)[0, 0], 0.1
    for step in range(steps):
        of_step = jax.random.fold_in(jax.random.fold_in(key, lanes.AUGMENTED), step)
        blocks = [
            augment(jax.random.fold_in(of_step, block), train.x[block], train.y[block])
            for block in range(len(train.y))
        ]
        assert len(blocks) == 2
        images = np.concatenate([np.transpose(x, (2, 0, 1)) for x, _ in blocks])[:N].astype(float)
        labels = np.concatenate([y for _, y in blocks])[:N].astype(float)
        grad_w, grad_b = twin.gradient("lcn", images, labels, w, b)
        w, b = w - 0.1 * grad_w, max(b - 0.05 * grad_b, 0.0)
    np.testing.assert_allclose(np.asarray(path.params["w"])[0, 0], w, atol=1e-5)
    np.testing.assert_allclose(np.asarray(path.params["b"])[0], b, atol=1e-5)


def test_a_group_of_lanes_after_another_sees_what_all_at_once_see(sets):
    learner = GradientDescent(**(SHORT | {"lr_w": (0.1, 0.02)}), augment=PermutePatches())
    whole = learner.train(LCN(), jax.random.key(1), *sets, stop_below=None)
    parts = learner.train_in_groups(LCN(), jax.random.key(1), *sets, stop_below=None, lanes=1)
    np.testing.assert_allclose(parts.params["w"], whole.params["w"], atol=1e-5)


def test_operations_and_memory_of_an_augmentation_are_counted():
    layout = Layout.of(N, N, K, D)
    for batch in (None, 16):
        plain = GradientDescent(batch=batch)
        other = dataclasses.replace(plain, augment=PermutePatches())
        sizes = LCN(), layout, layout
        assert other.flops(*sizes, layout) > plain.flops(*sizes, layout) + plain.steps * (batch or N) * K
        images = 4 * K * D * (batch or BLOCK)
        assert other.workspace(*sizes).fixed >= plain.workspace(*sizes).fixed + images
        assert other.workspace(*sizes).lane == plain.workspace(*sizes).lane


def test_an_augmentation_enters_the_id_where_it_is_set():
    plain, other = GradientDescent(), GradientDescent(augment=PermutePatches())
    assert "augment" not in describe(plain)
    assert config_id(describe(plain)) != config_id(describe(other))
    assert build("learner", {**describe(plain), "augment": "permute_patches"}) == other


def test_what_is_no_augmentation_is_refused(sets):
    with pytest.raises(InputError, match=r"^augment: got 'flip'; allowed: permute_patches, or none"):
        GradientDescent(augment="flip")
    with pytest.raises(InputError, match=r"^augment: got 'flip'; allowed: permute_patches"):
        build("learner", {"name": "gradient_descent", "augment": "flip"})
    with pytest.raises(InputError, match=r"^augment: got 'times'; allowed: one that gives shapes"):
        trained(LEARNERS[0], sets, Halved())


def test_what_tasks_say_keeps_their_labels_are_augmentations():
    named = [name for cls in registered("task").values() for name in getattr(cls, "keeps_label", ())]
    assert set(named) <= set(registered("augmentation"))
    assert "permute_patches" in named
