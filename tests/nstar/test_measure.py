"""`nstar.measure`: the cell and the answer of the command line, and one line for what is not allowed."""

import dataclasses
import json
from typing import Any, ClassVar

import numpy as np
import pytest

import nstar
from nstar.measuring import Measurement, setting_of
from nstar.pairs import foreign_pair, pair_of
from sims.learners.estimator import Estimator
from sims.pieces import register
from sims.pieces.registry import restore
from tests.called import call
from tests.nstar.registry import all_registered

TASK = nstar.DSD(k=3, d=4, sigma=0.2)
OPTIONS: dict[str, Any] = dict.fromkeys(("n_min", "n_max", "protocol", "target", "metric", "criterion"))
OPTIONS["seeds"] = 5


def cell_of(task: Any, model: Any, **options: Any):
    return setting_of(task, pair_of(model), **{**OPTIONS, **options}).cell()


@pytest.fixture(scope="module")
def found() -> Measurement:
    model = ("cnn", {"steps": 60, "lr_w": (0.3,)})
    return nstar.measure(TASK, model, n_max=150, seeds=2, criterion={"test_size": 500}, progress=False)


def test_it_is_the_cell_and_the_answer_of_the_command_line(found: Measurement):
    words = "measure dsd --model cnn --k 3 --d 4 --sigma 0.2 --n-max 150 --reps 2 --json"
    words += " --learner-option steps=60 --learner-option lr_w=[0.3] --criterion-option test_size=500"
    done = call(words.split())
    told = json.loads(done.out)
    assert done.status == 0
    assert found.cell.id == told["cell"]
    same = {name: value for name, value in told.items() if name != "seconds"}
    assert {name: value for name, value in found.answer.items() if name != "seconds"} == same
    assert dataclasses.asdict(found.n_star) == told["n_star"]
    ends = [(seed["seed"], seed["low"], seed["high"]) for seed in told["per_seed"]]
    assert [(one.seed, one.low, one.high) for one in found.brackets] == ends


def test_it_shows_itself(found: Measurement):
    assert str(found).startswith("cnn on dsd, k = 3, d = 4, sigma = 0.2, protocol honest\nn* ")
    html = found._repr_html_()
    assert html.count("<tr>") == 3
    assert "<b>cnn on dsd" in html


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("lcn", {}, "--model lcn"),
        (nstar.FCN(width=7), {"protocol": "lahoti"}, "--model fcn --width 7 --protocol lahoti"),
        (
            ("lcn", nstar.TwoStep(loss="correlation", bias_1=0.67)),
            {"n_max": 300},
            "--model lcn --learner two_step --learner-option loss=correlation --learner-option bias_1=0.67"
            " --n-max 300",
        ),
        (
            ("cnn", nstar.Posterior(sigma=0.2)),
            {"metric": "squared", "criterion": {"floor": "oracle"}},
            "--model cnn --learner posterior --metric squared --floor oracle",
        ),
        ("cnn", {"protocol": "tuned", "seeds": range(5)}, "--model cnn --protocol tuned"),
    ],
)
def test_cells_are_those_of_the_command_line(model, options, words, monkeypatch):
    cells = []

    def stop(cell, workers):
        cells.append(cell.id)
        raise nstar.InputError("stop", None, "nothing")

    monkeypatch.setattr("sims.cli.measure.measure_at_once", stop)
    assert call(["measure", "dsd", "--k", "3", "--d", "4", "--sigma", "0.2", *words.split()]).status == 2
    assert cells == [cell_of(TASK, model, **options).id]


def test_a_target_is_the_risk_itself():
    cell = cell_of(TASK, "cnn", target=0.2)
    assert cell.criterion.target(TASK) == pytest.approx(0.2)
    assert (cell.criterion.validation_every, cell.criterion.metric) == (5, "squared")
    direct = cell_of(TASK, ("cnn", nstar.TwoStep()), target=0.1)
    assert (direct.criterion.target(TASK), direct.criterion.metric) == (pytest.approx(0.1), "zero_one")
    errors = cell_of(TASK, "cnn", target=0.1, metric="zero_one")
    assert (errors.criterion.metric, errors.criterion.validation_every) == ("zero_one", 5)


def test_seeds_are_a_number_or_what_they_are():
    assert cell_of(TASK, "cnn", seeds=3).seeds == (0, 1, 2)
    assert cell_of(TASK, "cnn", seeds=np.arange(4, 6)).seeds == (4, 5)


def test_a_learner_that_brings_its_model_is_measured():
    before = all_registered()

    class Mean:
        def fit(self, x, y):
            self.direction = y @ x / len(y)

        def predict(self, x):
            return x @ self.direction

    @register("learner")
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class MeanLearner(Estimator):
        name: ClassVar[str] = "mean_direction"
        version: ClassVar[int] = 1

        def make(self, seed):
            return Mean()

    try:
        found = nstar.measure(TASK, MeanLearner(), n_max=200, seeds=2, target=0.2, progress=False)
        assert found.cell.learner == MeanLearner()
        assert str(found).startswith("mean_direction on dsd")
        assert found.n_star.best is not None
    finally:
        restore(before)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("model", lambda: nstar.measure(TASK, "snn")),
        ("model", lambda: nstar.measure(TASK, object())),
        ("model", lambda: nstar.measure(TASK, ("lcn", {}, {}))),
        ("model", lambda: nstar.measure(TASK, "none")),
        ("learner", lambda: nstar.measure(TASK, ("lcn", "two_step"))),
        ("task", lambda: nstar.measure("dsd", "lcn")),
        ("task", lambda: nstar.measure(nstar.DSD, "lcn")),
        ("n_max", lambda: nstar.measure(TASK, "lcn", n_max=0)),
        ("n_max", lambda: nstar.measure(TASK, "lcn", n_max="200")),  # type: ignore[arg-type]
        ("seeds", lambda: nstar.measure(TASK, "lcn", seeds=0)),
        ("seeds", lambda: nstar.measure(TASK, "lcn", seeds=True)),
        ("seeds", lambda: nstar.measure(TASK, "lcn", seeds=[1, 1])),
        ("seeds", lambda: nstar.measure(TASK, "lcn", seeds=2.5)),  # type: ignore[arg-type]
        ("target", lambda: nstar.measure(TASK, "lcn", target=-1)),
        ("target", lambda: nstar.measure(TASK, "lcn", target=float("nan"))),
        ("target", lambda: nstar.measure(TASK, "lcn", target=0.1, protocol="lahoti")),
        ("metric", lambda: nstar.measure(TASK, "lcn", metric="zero_one")),
        ("criterion tolerance", lambda: nstar.measure(TASK, "lcn", target=0.1, criterion={"tolerance": 1})),
        ("protocol", lambda: nstar.measure(TASK, "lcn", protocol="fair")),
        ("colour", lambda: nstar.measure(TASK, ("lcn", {"colour": "red"}))),
        ("workers", lambda: nstar.measure(TASK, "lcn", workers=0)),
    ],
)
def test_what_is_not_allowed_is_one_line_that_names_it(option, words):
    with pytest.raises(nstar.InputError) as caught:
        words()
    assert caught.value.option == option
    assert "\n" not in str(caught.value)


def test_what_is_foreign_has_one_door(monkeypatch):
    with pytest.raises(nstar.InputError, match="model: got 5; allowed: cnn, "):
        foreign_pair(5)
    monkeypatch.setattr("nstar.pairs.foreign_pair", lambda thing: pair_of(("lcn", {"steps": thing})))
    assert cell_of(TASK, 600).learner.steps == 600


class Centroid:
    """The sign of the product with the mean of y x."""

    def fit(self, x, y):
        self.direction = y @ x

    def predict(self, x):
        return np.sign(x @ self.direction)


def centroid(x, y, test, seed):
    del seed
    return np.sign(test @ (y @ x))


def test_an_object_a_class_and_a_function_of_one_s_own_are_measured_alike():
    task = nstar.DSD(k=2, d=3, sigma=0.2)
    options = {"target": 0.1, "n_max": 200, "seeds": 2, "progress": False}
    found = [nstar.measure(task, thing, **options) for thing in (Centroid(), Centroid, centroid)]
    assert len({one.cell.criterion for one in found}) == 1
    assert found[0].cell.criterion.metric == "zero_one"
    assert all(one.n_star.best < 30 for one in found)
    assert nstar.measure(task, Centroid, **options, metric="squared").cell.criterion.metric == "squared"


def test_a_sweep_names_an_object_of_one_s_own_by_its_class():
    swept = nstar.sweep(
        nstar.DSD(k=2, d=3, sigma=0.2), [Centroid(), centroid], target=0.1, n_max=200, seeds=2
    )
    assert [row["series"] for row in swept.rows[::2]] == ["Centroid", "centroid"]


def test_data_of_one_s_own_are_a_task():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4))
    found = nstar.measure(nstar.arrays(x, x[:, 0] > 0), Centroid(), target=0.2, seeds=2, progress=False)
    assert found.n_star.best < 150
