"""Estimators, classes and functions of a user's own as learners: fresh for every fit, seeded, measured."""

import functools
import time
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

import nstar
from sims.learners.own_estimator import estimator
from sims.measuring.contracts import CONTRACTS
from sims.pieces import build, describe
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.samples.datasets import Datasets
from sims.tasks import DSD, SignalLocation, arrays
from sims.tasks.base import task_key
from theory.dsd.risks import linear_risk

NONE = build("model", {"name": "none"})


class Centroid:
    """Planted: nearest class mean. It remembers what it saw."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, x, y):
        assert not hasattr(self, "direction")
        self.shape = x.shape
        x = x.reshape(len(x), -1)
        high, low = x[y > 0].mean(0), x[y < 0].mean(0)
        self.direction, self.middle = high - low, (high + low) / 2

    def predict(self, x):
        return np.sign((x.reshape(len(x), -1) - self.middle) @ self.direction)


class Shared:
    """Planted: it draws from a state of its whole process, as torch does."""

    state = 0

    def __init__(self, seed=0):
        self.seed = seed

    def fit(self, x, y):
        Shared.state = self.seed
        time.sleep(0.02)
        self.drawn = Shared.state % 1000

    def predict(self, x):
        return np.full(len(x), self.drawn)


class Ridge:
    """Planted: least squares with a ridge, from the normal equations."""

    def __init__(self, ridge=1.0):
        self.ridge = ridge

    def fit(self, x, y):
        self.w = np.linalg.solve(x.T @ x + self.ridge * np.eye(x.shape[1]), x.T @ y)

    def predict(self, x):
        return x @ self.w


def centroid(x, y, test, seed):
    one = Centroid(seed)
    one.fit(x, y)
    return one.predict(test)


FORMS = {
    "object": Centroid(),
    "class": Centroid,
    "partial": functools.partial(Centroid),
    "function": centroid,
}


@pytest.fixture(scope="module")
def sets():
    task = DSD(k=2, d=3, sigma=0.2)
    return [pack(task.sample(jax.random.key(0), n, stream=one), capacity=n) for one, n in ((0, 40), (1, 300))]


def trained(learner, sets, key=1):
    return learner.train(NONE, jax.random.key(key), sets[0], sets[0], stop_below=None)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_predicts_as_it_does_alone(form, sets):
    learner = estimator(FORMS[form])
    alone = Centroid()
    x, y = sets[0].images().reshape(40, -1), sets[0].labels()
    alone.fit(x, y)
    for _ in range(2):  # the second fit is of a fresh one: `fit` refuses one that is fitted
        found = trained(learner, sets).outputs(sets[1])
        np.testing.assert_array_equal(found, alone.predict(sets[1].images().reshape(300, -1)))
    assert CONTRACTS["learner"]["a predictor, the same from the same key"](learner) is None
    assert build("learner", describe(learner)) == learner


def test_a_function_is_called_once_for_a_training_and_the_set_it_is_judged_on(sets):
    calls = []

    def counting(x, y, test, seed):
        calls.append((x.shape, y.shape, test.shape, seed))
        return np.ones(len(test))

    learner = estimator(counting, name="counting")
    for key in (1, 1, 2):
        trained(learner, sets, key).outputs(sets[1])
    assert [call[:3] for call in calls] == [((40, 6), (40,), (300, 6))] * 3
    assert calls[0][3] == calls[1][3] != calls[2][3]


def test_images_come_as_patches_where_they_are_asked_for(sets):
    made = []

    class Seeing(Centroid):
        def fit(self, x, y):
            super().fit(x, y)
            made.append(x.shape)

    for flatten in (True, False):
        learner = estimator(Seeing, flatten=flatten)
        trained(learner, sets).outputs(sets[1])
    assert made == [(40, 6), (40, 2, 3)]
    assert describe(estimator(Seeing)) != describe(estimator(Seeing, flatten=False))


def test_the_seed_draws_what_an_estimator_draws(sets):
    learner = estimator(RandomForestClassifier(3, random_state=5))
    one, again, other = (trained(learner, sets, key).outputs(sets[1]) for key in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert describe(learner) == describe(estimator(RandomForestClassifier(3)))


@pytest.mark.parametrize("thing", [3, None, object, int, np.random.default_rng])
def test_what_does_not_learn_is_refused(thing):
    with pytest.raises(
        InputError, match="allowed: an object or a class with fit and predict, or a function"
    ) as it:
        estimator(thing)
    assert "\n" not in str(it.value)


def test_labels_of_several_numbers_go_to_an_estimator_that_takes_them():
    task = SignalLocation(k=2, d=3, sigma=0.2)
    sets = [pack(task.sample(jax.random.key(0), n, stream=one), capacity=n) for one, n in ((0, 40), (1, 30))]
    assert trained(estimator(Ridge(0.1)), sets).outputs(sets[1]).shape == (30, 2)


def test_every_risk_of_a_search_is_that_of_the_normal_equations_on_the_first_n_samples():
    task = DSD(k=3, d=4, sigma=0.3)
    target = linear_risk(3, 0.3).squared + 0.05
    options = {"metric": "squared", "target": target, "n_max": 300, "seeds": 3, "progress": False}
    found = nstar.measure(task, Ridge(2.0), **options)
    for seed in found.result.per_seed:
        data = Datasets(task, task_key(found.cell.drawn_from, seed.seed), capacity=300)
        test = data.test(found.cell.criterion.test_size)
        for outcome in seed.outcomes:
            train = data.training(outcome.n, fresh=False)
            x, y = train.images().reshape(outcome.n, 12).astype(float), train.labels()
            w = np.linalg.solve(x.T @ x + 2.0 * np.eye(12), x.T @ y)
            risk = np.mean((test.images().reshape(-1, 12) @ w - test.labels()) ** 2)
            assert outcome.risk == pytest.approx(risk, rel=1e-4)
            assert outcome.success == (outcome.risk <= target)
    assert 5 < found.n_star.best < 300


def test_labels_that_are_shuffled_are_never_learnt():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 4))
    y = x[:, 0] > 0
    true, shuffled = (
        nstar.measure(arrays(x, labels), SVC(), target=0.2, seeds=3, progress=False).result
        for labels in (y, rng.permutation(y))
    )
    assert true.n_star.best < 100
    assert shuffled.n_star.best is None
    assert {seed.threshold.censored for seed in shuffled.per_seed} == {"right"}
    assert shuffled.n_star.low == 300


def test_code_of_ones_own_that_seeds_its_process_gives_on_threads_what_it_gives_alone(sets):
    def drawn(key):
        return trained(estimator(Shared()), sets, key).outputs(sets[1])[0]

    alone = [drawn(key) for key in range(6)]
    assert len(set(alone)) > 1
    with ThreadPoolExecutor(6) as threads:
        assert [*threads.map(drawn, range(6))] == alone
    assert not estimator(SVC()).alone
