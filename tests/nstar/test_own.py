"""Learners and data of a user's own: how they are judged, and searches that end where the data does."""

from typing import Any

import numpy as np
import pytest
from sklearn.svm import SVC

import nstar
from nstar.measuring import metric_of, setting_of
from nstar.pairs import pair_of
from sims.experiments import Setting
from sims.pieces.cell import Cell

TASK = nstar.DSD(k=2, d=3, sigma=0.2)
DATA = nstar.arrays(np.random.default_rng(0).normal(size=(200, 3)), np.arange(200) % 2)
REAL = nstar.arrays(np.random.default_rng(0).normal(size=(50, 3)), np.linspace(0, 1, 50), real=True)


def cell_of(task: Any, thing: Any, *, metric: str | None = None, target: float | None = 0.1, **options: Any):
    asked = {"n_min": None, "n_max": None, "seeds": 3, "protocol": None, "criterion": None, **options}
    pair = pair_of(thing)
    chosen = metric_of([task], [pair], target, metric)
    return setting_of(task, pair, target=target, metric=chosen, **asked).cell()


def judged(cell):
    criterion = cell.criterion
    return criterion.metric, criterion.target(cell.task), criterion.validation_every


@pytest.mark.parametrize(
    ("task", "thing", "expected"),
    [
        (TASK, SVC(), ("none", "estimator", "zero_one", None)),
        (DATA, SVC(), ("none", "estimator", "zero_one", None)),
        (DATA, "cnn", ("cnn", "gradient_descent", "zero_one", 5)),
        (TASK, "cnn", ("cnn", "gradient_descent", "squared", 5)),
        (REAL, SVC(), ("none", "estimator", "squared", None)),
    ],
)
def test_a_target_is_a_zero_one_error_of_classes_if_anything_is_one_s_own(task, thing, expected):
    cell = cell_of(task, thing)
    assert (cell.model.name, cell.learner.name, *judged(cell)[::2]) == expected
    assert judged(cell)[1] == 0.1
    assert Cell.from_config(cell.config()) == cell


def test_all_of_a_sweep_is_judged_alike():
    pairs = [pair_of("linear"), pair_of(SVC())]
    assert metric_of([TASK], pairs, 0.1, None) == "zero_one"
    assert metric_of([TASK], pairs, 0.1, "squared") == "squared"
    assert metric_of([TASK], pairs[:1], 0.1, None) is None
    swept = nstar.sweep(TASK, ["linear", SVC()], target=0.2, n_max=60, seeds=2, progress=False)
    assert {row["metric"] for row in swept.rows} == {"zero_one"}


def test_two_names_of_one_model_are_refused():
    with pytest.raises(nstar.InputError, match="models: got 'b'; allowed: models that differ: a is the same"):
        nstar.sweep(TASK, {"a": SVC(), "b": SVC()}, n_max=60, seeds=2, progress=False)


def test_data_without_a_reference_ask_for_a_target():
    assert cell_of(TASK, SVC(), target=None).criterion.floor == "ground_truth"
    with pytest.raises(nstar.InputError, match="target: none given; allowed: a number > 0, the risk"):
        nstar.measure(DATA, SVC(), seeds=2, progress=False)
    assert cell_of(DATA, SVC(), target=None, criterion={"floor": "zero"}).criterion.floor == "zero"


def test_numbers_of_numpy_are_numbers():
    plain = cell_of(DATA, SVC(), target=0.5, n_max=40)
    assert cell_of(DATA, SVC(), target=np.float32(0.5), n_max=np.int64(40)).id == plain.id
    rows = [{"k": np.int64(k), "low": np.float64(k), "high": 1.1 * k} for k in 3 * [4, 8, 16]]
    assert nstar.fit(rows)["n*"].power.parameters["alpha"].best == pytest.approx(1, abs=0.01)


def test_a_search_ends_where_the_data_does_and_starts_where_it_is_told():
    cell = cell_of(DATA, SVC())
    assert (max(cell.search.grid()), cell.criterion.test_size) == (150, 50)
    assert max(cell_of(DATA, SVC(), n_max=70).search.grid()) == 70
    assert min(cell_of(DATA, SVC(), n_min=9).search.grid()) == 9
    with pytest.raises(
        nstar.InputError, match="n_max: got 151; allowed: at most 150, the samples that may be"
    ):
        cell_of(DATA, SVC(), n_max=151)
    with pytest.raises(nstar.InputError, match="n_m"):
        cell_of(TASK, SVC(), n_min=40, n_max=20)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ns": (5, 151)}, "ns: got 151; allowed: at most 150"),
        ({"criterion": {"name": "risk_level", "test_size": 51}}, "test_size: got 51; allowed: at most 50"),
        ({"n_max": 2000}, "n_max: got 2000; allowed: at most 150"),
    ],
)
def test_settings_are_held_to_the_data_too(changes, words):
    common = {"model": "none", "protocol": "direct", "floor": "zero", "seeds": (0,), "task": "arrays"}
    learner = {"name": "estimator", "of": "sklearn.svm:SVC", "parameters": {"C": 2}}
    common |= {"learner": learner, "task_options": {"digest": DATA.digest}}
    cell = Setting(**common).cell()
    assert (cell.search.n_max, cell.criterion.test_size) == (150, 50)
    assert Setting(**common, ns=(5, 150)).cell().search.ns == (5, 150)
    with pytest.raises(nstar.InputError, match=words):
        Setting(**{**common, **changes}).cell()
