"""Cross-validation against a slow twin of single trainings, and what it does with few samples."""

import dataclasses

import jax
import numpy as np
import pytest

from sims.learners import CrossValidated, GradientDescent
from sims.learners.cross_validated import STEP_RATIO, dealt, on_the_ladder
from sims.models import CNN, LCN
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.samples.layout import Layout
from sims.tasks import DSD
from sims.tasks.base import Batch

TASK = DSD(k=4, d=3, sigma=0.2)
KEY = jax.random.key(3)
GRID = {"lr_w": (0.5, 0.1), "lr_b": (0.1, 0.01), "steps": 60, "eval_every": 10, "patience": 30}


def samples(n, stream=0, task=TASK):
    drawn = task.sample(jax.random.key(0), 64, stream=stream)
    return pack(Batch(np.asarray(drawn.x)[:n], np.asarray(drawn.y)[:n], {}), capacity=64)


def twin(model, learner, train, folds):
    """The same by one training for each part and point: chosen point, steps and held-out risk."""
    x, y, n = train.images(), train.labels(), int(train.n)
    found = []
    for point in learner.grid(model):
        single = GradientDescent(
            **{
                field.name: getattr(learner, field.name)
                for field in dataclasses.fields(GradientDescent)
                if field.name not in ("lr_w", "lr_b", "init_bias")
            },
            lr_w=point[:1],
            lr_b=point[1:2],
            init_bias=point[2:],
        )
        risk = step = 0.0
        for part in range(folds):
            held = [j for j in range(n) if j % folds == part]
            rest = [j for j in range(n) if j % folds != part]
            fit, seen = (pack(Batch(x[index], y[index], {}), capacity=64) for index in (rest, held))
            one = single.train(model, KEY, fit, seen, stop_below=None)
            risk += one.risk * len(held) / n
            step += one.selected["step"] / folds
        found.append((risk, point, step))
    return min(found)


@pytest.mark.parametrize(("model", "n", "folds"), [(CNN(), 23, 5), (LCN(), 40, 3), (CNN(), 4, 4)])
def test_point_steps_and_net_are_those_of_single_trainings(model, n, folds):
    learner, train = CrossValidated(**GRID, folds=5 if n == 4 else folds), samples(n)
    risk, point, step = twin(model, learner, train, folds)
    found = learner.train(model, KEY, train, train, stop_below=None)
    assert (found.selected["lr_w"], found.selected["lr_b"], found.selected["init_bias"]) == point
    assert found.selected["step"] == on_the_ladder(step, 10, 60) > 0
    assert found.risk == pytest.approx(risk, rel=1e-5)
    assert found.trainings == folds * 4 + 1
    plain = dataclasses.asdict(learner) | {"lr_w": point[:1], "lr_b": point[1:2], "patience": None}
    del plain["folds"]
    again = GradientDescent(**plain | {"steps": found.selected["step"], "update": None, "augment": None})
    test = samples(64, stream=1)
    last = again.train(model, KEY, train, test, stop_below=None)
    np.testing.assert_allclose(found.outputs(test), last.final(test), rtol=1e-5, atol=1e-6)
    error = np.mean((found.outputs(test) - test.labels()) ** 2)
    assert found.squared_error(test) == pytest.approx(error, rel=1e-5)


def test_neither_the_monitor_set_nor_the_number_of_lanes_changes_what_is_chosen():
    learner, train = CrossValidated(**GRID), samples(20)
    one = learner.train(CNN(), KEY, train, train, stop_below=None)
    other = learner.train_in_groups(CNN(), KEY, train, samples(30, stream=2), stop_below=1e9, lanes=1)
    assert one.selected == pytest.approx(other.selected, rel=1e-5)


def test_parts_are_disjoint_and_make_up_all_samples():
    train = samples(23)
    parts = dealt(train, 5)
    assert [int(held.n) for _, held in parts] == [5, 5, 5, 4, 4]
    for fit, held in parts:
        both = np.concatenate([fit.images(), held.images()])
        order = [np.lexsort(images.reshape(len(images), -1).T) for images in (both, train.images())]
        np.testing.assert_array_equal(both[order[0]], train.images()[order[1]])
        labels = np.concatenate([fit.labels(), held.labels()])
        np.testing.assert_array_equal(labels[order[0]], train.labels()[order[1]])
    held = np.concatenate([held.images() for _, held in parts])
    assert len(np.unique(held.reshape(len(held), -1), axis=0)) == 23


@pytest.mark.parametrize("every", [1, 10, 50])
def test_the_ladder_is_of_whole_looks_close_together_and_ends_with_the_steps(every):
    most = 100 * every
    taken = [on_the_ladder(step, every, most) for step in range(most + 1)]
    assert taken[0] == 0
    assert taken[-1] == most
    assert all(step <= n and n % every == 0 for step, n in enumerate(taken))
    assert all(n <= max(STEP_RATIO * step, step + every) for step, n in enumerate(taken))
    assert len(set(taken)) < 24


def test_one_sample_or_one_part_are_refused():
    with pytest.raises(InputError, match=r"n: got 1; allowed: at least two samples"):
        CrossValidated(**GRID).train(CNN(), KEY, samples(1), samples(1), stop_below=None)
    with pytest.raises(InputError, match="folds"):
        CrossValidated(**GRID, folds=1)


def test_operations_are_those_of_the_parts_and_of_one_more_run():
    learner = CrossValidated(**GRID)
    train, none = Layout.of(20, 64, 4, 3), Layout.of(0, 0, 4, 3)
    single = GradientDescent(**{**GRID, "lr_w": (0.5,), "lr_b": (0.1,)})
    fit, held = (Layout.of(n, 64, 4, 3) for n in (16, 4))
    expected = 5 * GradientDescent(**GRID).flops(CNN(), fit, held, none)
    expected += single.flops(CNN(), train, train, train)
    assert learner.flops(CNN(), train, train, train) == pytest.approx(expected, rel=0.02)
    least = GradientDescent(**GRID).workspace(CNN(), train, train)
    assert learner.workspace(CNN(), train, train).fixed > least.fixed
