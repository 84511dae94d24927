"""Cells from a task, what learns it and a target; and searches that end where the data does."""

import numpy as np
import pytest
from sklearn.svm import SVC

from sims.experiments import Setting
from sims.learners import KernelRegression, TwoStep
from sims.models import CNN
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError
from sims.protocols.stated import cell_of
from sims.tasks import DSD, arrays

TASK = DSD(k=2, d=3, sigma=0.2)
DATA = arrays(np.random.default_rng(0).normal(size=(200, 3)), np.arange(200) % 2)


def judged(cell):
    criterion = cell.criterion
    return criterion.metric, criterion.target(cell.task), criterion.validation_every


@pytest.mark.parametrize(
    ("learns", "model", "learner", "held"),
    [
        (SVC(), "none", "estimator", None),
        (CNN(), "cnn", "gradient_descent", 5),
        ("cnn", "cnn", "gradient_descent", 5),
    ],
)
@pytest.mark.parametrize("task", [TASK, DATA])
def test_a_target_is_a_zero_one_error_for_whatever_learns(task, learns, model, learner, held):
    cell = cell_of(task, learns, target=0.1, seeds=3)
    assert (cell.model.name, cell.learner.name) == (model, learner)
    assert judged(cell) == ("zero_one", 0.1, held)
    assert cell.seeds == (0, 1, 2)
    assert Cell.from_config(cell.config()) == cell


def test_without_a_target_that_of_the_protocol_holds_where_there_is_one():
    assert cell_of(TASK, SVC()).criterion.floor == "ground_truth"
    assert cell_of(TASK, "cnn").criterion.name == "validation_selection"
    with pytest.raises(InputError, match="target: none given; allowed: a risk to reach, as task arrays has"):
        cell_of(DATA, SVC())
    with pytest.raises(InputError, match="metric: got 'squared'; allowed: nothing without target"):
        cell_of(TASK, SVC(), metric="squared")


def test_real_labels_are_judged_by_the_squared_risk():
    real = arrays(np.random.default_rng(0).normal(size=(50, 3)), np.linspace(0, 1, 50), real=True)
    assert judged(cell_of(real, SVC(), target=0.1))[0] == "squared"
    assert judged(cell_of(real, SVC(), target=0.1, metric="zero_one"))[0] == "zero_one"


def test_a_learner_of_ours_stays_what_it_is():
    cell = cell_of(TASK, TwoStep(), target=0.1)
    assert cell.learner == TwoStep()
    assert judged(cell)[2] is None
    assert judged(cell_of(TASK, KernelRegression(), target=0.1))[2] == 5


def test_a_search_ends_where_the_data_does():
    cell = cell_of(DATA, SVC(), target=0.1)
    assert (max(cell.search.grid()), cell.criterion.test_size) == (150, 50)
    assert max(cell_of(DATA, SVC(), target=0.1, n_max=70).search.grid()) == 70
    assert min(cell_of(DATA, SVC(), target=0.1, n_min=9).search.grid()) == 9
    with pytest.raises(InputError, match="n_max: got 151; allowed: at most 150, the samples that may be"):
        cell_of(DATA, SVC(), target=0.1, n_max=151)


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
    with pytest.raises(InputError, match=words):
        Setting(**{**common, **changes}).cell()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": 0}, "target: got 0; allowed: a risk > 0"),
        ({"target": "x"}, "target: got 'x'"),
        ({"target": 0.1, "metric": "f1"}, "metric: got 'f1'"),
        ({"target": 0.1, "seeds": 0}, "seeds"),
        ({"target": 0.1, "n_min": 40, "n_max": 20}, "n_m.*: got"),
    ],
)
def test_what_makes_no_cell_is_refused_by_name(given, words):
    with pytest.raises(InputError, match=words):
        cell_of(TASK, SVC(), **given)
    with pytest.raises(InputError, match=r"model: got 'nobody'; allowed: .*cnn"):
        cell_of(TASK, "nobody", target=0.1)
