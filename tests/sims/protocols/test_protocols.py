"""Datasets, criteria and protocols: which samples train, which select, which judge, and against what."""

import dataclasses
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest

import theory.dsd.risks
from sims.learners import GradientDescent, Trained
from sims.learners.updates.adamw import AdamW
from sims.machine.pool import Pool
from sims.measuring.evaluate import Evaluator
from sims.measuring.threshold import measure_cell
from sims.models import CNN, FCN, LCN, Linear, WideCNN, WideFCN, WideLCN
from sims.models.local import DenseLCN
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError
from sims.protocols import protocol
from sims.protocols.criteria import TestSelection, ValidationSelection
from sims.samples import pack
from sims.samples.datasets import Datasets
from sims.samples.layout import BLOCK, SMALL_BLOCK, SMALL_IMAGE, UNROLLED
from sims.tables.rows import protocol_of
from sims.tasks import DSD, task_key

TASK = DSD(k=3, d=4, sigma=0.3)


def rows(samples):
    return {image.tobytes() for image in samples.images()}


@pytest.fixture
def data():
    return Datasets(TASK, task_key("cell", 0), capacity=500)


@pytest.mark.parametrize("capacity", [500, (UNROLLED + 1) * BLOCK])
@pytest.mark.parametrize("small", [0, SMALL_IMAGE])
@pytest.mark.parametrize("n", [1, SMALL_BLOCK, SMALL_BLOCK + 1, BLOCK, 500])
def test_packing_keeps_every_sample_and_weighs_padding_nothing(n, small, capacity, monkeypatch):
    monkeypatch.setattr("sims.samples.layout.SMALL_IMAGE", small)
    batch = TASK.sample(task_key("cell", 1), n)
    packed = pack(batch, capacity=capacity)
    np.testing.assert_array_equal(packed.images(), batch.x)
    np.testing.assert_array_equal(packed.labels(), batch.y)
    weights = np.concatenate([np.asarray(packed.weights(i)) for i in range(packed.y.shape[0])])
    np.testing.assert_allclose(weights[:n], 1 / n, rtol=1e-6)
    assert not weights[n:].any()
    total = packed.fold(lambda index, x, y, count: count + packed.weights(index) @ jnp.abs(y), jnp.zeros(()))
    assert float(total) == pytest.approx(1, rel=1e-5)


def test_packing_more_than_there_is_room_for_is_refused():
    with pytest.raises(ValueError, match="capacity"):
        pack(TASK.sample(task_key("cell", 1), 10), capacity=9)


def test_nested_sets_are_prefixes_and_fresh_ones_share_nothing(data):
    np.testing.assert_array_equal(
        data.training(200, fresh=False).images()[:50], data.training(50, fresh=False).images()
    )
    fresh = [rows(data.training(n, fresh=True)) for n in (50, 51, 200)]
    assert len(fresh[0] | fresh[1] | fresh[2]) == 50 + 51 + 200
    np.testing.assert_array_equal(
        data.training(50, fresh=True).images(), data.training(50, fresh=True).images()
    )


def test_a_split_pays_for_its_validation_samples_and_nests(data):
    train, held = data.split(100, every=5)
    assert (int(train.n), int(held.n)) == (80, 20)
    assert not rows(train) & rows(held)
    assert rows(train) | rows(held) == rows(data.training(100, fresh=False))
    longer_train, longer_held = data.split(150, every=5)
    assert rows(train) < rows(longer_train)
    assert rows(held) < rows(longer_held)


def test_test_samples_are_never_training_samples(data):
    test = rows(data.test(300))
    assert not test & rows(data.training(500, fresh=False))
    assert not test & rows(data.training(300, fresh=True))


def test_targets_are_floor_plus_tolerance():
    oracle = theory.dsd.risks.oracle_risk(3, 0.3).risk
    linear = theory.dsd.risks.linear_risk(3, 0.3).squared
    assert TestSelection().target(TASK) == pytest.approx(oracle + 0.03)
    assert ValidationSelection(floor="linear", tolerance=0.1).target(TASK) == pytest.approx(linear + 0.1)


@dataclasses.dataclass(eq=False)
class _Recorder:
    """Stands for a learner: records the sets and the stopping rule that it was given."""

    name: ClassVar[str] = "recorder"
    version: ClassVar[int] = 1

    def __post_init__(self):
        self.seen = []

    def train(self, model, key, train, monitor, *, stop_below):
        self.seen.append((rows(train), rows(monitor), stop_below))
        judged = []
        self.judged = judged

        def squared_error(samples):
            judged.append(rows(samples))
            return 0.5

        return Trained(
            risk=0.01,
            squared_error=squared_error,
            trainings=1,
            steps=1,
            selected={},
            outputs=lambda samples: np.zeros(int(samples.n)),
        )


def evaluate(criterion, n):
    learner = _Recorder()
    _, _, search = protocol("honest", CNN(), TASK, n_max=200)
    cell = Cell(task=TASK, model=CNN(), learner=learner, criterion=criterion, search=search, seeds=(0,))
    with Pool(1) as pool:
        evaluator = Evaluator(cell, pool)
        outcome = evaluator.one((0, n))
    return learner, outcome, evaluator


def test_the_honest_protocol_never_selects_on_what_it_judges_by():
    learner, outcome, _ = evaluate(ValidationSelection(test_size=50), 40)
    (train, monitor, stop_below) = learner.seen[0]
    assert stop_below is None
    assert len(learner.judged) == 1
    assert not learner.judged[0] & (train | monitor)
    assert (len(train), len(monitor), len(learner.judged[0])) == (32, 8, 50)
    assert outcome.risk == 0.5
    assert not outcome.success


def test_the_papers_protocol_judges_by_the_set_it_selects_on():
    learner, outcome, evaluator = evaluate(TestSelection(test_size=50), 40)
    (train, monitor, stop_below) = learner.seen[0]
    assert stop_below == evaluator.target
    assert (len(train), len(monitor)) == (40, 50)
    assert learner.judged == []
    assert outcome.risk == 0.01
    assert outcome.success


def test_protocols_are_what_they_are_said_to_be():
    learner, criterion, search = protocol("lahoti", LCN(), TASK)
    assert learner.lr_w == (0.1, 0.01, 0.001)
    assert learner.lr_b == (0.01, 0.001, 0.0001)
    assert (learner.loss, learner.optimizer, learner.batch, learner.patience) == (
        "squared",
        "sgd",
        None,
        None,
    )
    assert (criterion.tolerance, criterion.fresh, criterion.floor) == (0.03, True, "oracle")
    assert (search.n_max, search.ratio, search.confirm) == (1000, 1.05, 0)
    learner, criterion, search = protocol("honest", Linear(), TASK, n_max=77)
    assert (criterion.name, criterion.validation_every, criterion.floor) == (
        "validation_selection",
        5,
        "linear",
    )
    assert (search.n_max, search.confirm) == (77, 1)


@pytest.mark.parametrize("k", [2, 30])
def test_the_tuned_protocol_has_rates_that_grow_with_the_patches_of_the_lcn_alone(k):
    task = DSD(k=k, d=4, sigma=0.1)
    (lcn, criterion, search), (cnn, *_), (fcn, *_) = (
        protocol("tuned", model, task) for model in (LCN(), CNN(), FCN())
    )
    assert lcn.lr_w == pytest.approx([k * rate for rate in cnn.lr_w])
    assert (lcn.lr_b, lcn.init_std, lcn.init_bias) == (cnn.lr_b, cnn.init_std, cnn.init_bias)
    # Neurons of the FCN start with biases above most of their pre-activations.
    assert min(fcn.init_bias) > fcn.init_std
    assert {(one.steps, one.patience) for one in (lcn, cnn, fcn)} == {(5000, 300)}
    assert search.beyond == (2.0, 4.0)
    cell = Cell(task=task, model=LCN(), learner=lcn, criterion=criterion, search=search, seeds=(0,))
    assert protocol_of(cell.config()) == "tuned"
    assert protocol_of(dataclasses.replace(cell, search=dataclasses.replace(search, beyond=())).config()) == (
        "honest"
    )


def test_the_tuned_protocol_takes_a_models_own_rates_and_ends_its_runs_all_the_same():
    learner, *_ = protocol("tuned", WideCNN(), DSD(k=4, d=4, sigma=0.1))
    assert learner.init_std == 1.0
    assert (learner.steps, learner.patience) == (5000, 300)
    dense, *_ = protocol("tuned", DenseLCN(), DSD(k=4, d=4, sigma=0.1))
    plain, *_ = protocol("tuned", LCN(), DSD(k=4, d=4, sigma=0.1))
    assert dense.lr_w == pytest.approx([4 * rate for rate in plain.lr_w])
    assert dense.lr_b == pytest.approx([4 * rate for rate in plain.lr_b])


def test_on_one_patch_all_three_nets_train_alike():
    one = DSD(k=1, d=5, sigma=0.2)
    learners = [protocol("honest", model, one)[0] for model in (FCN(), LCN(), CNN())]
    assert learners[0] == learners[1] == learners[2]
    assert protocol("honest", FCN(), TASK)[0] != protocol("honest", LCN(), TASK)[0]


@dataclasses.dataclass(frozen=True)
class _WithRecipe(LCN):
    """A net that is trained in its own way."""

    floor: ClassVar[str] = "linear"

    def recipe(self, task):
        return {"lr_w": [1 / task.k], "update": {"name": "adamw", "warmup": 7}, "steps": 90}


def test_a_model_with_a_recipe_is_trained_by_it_and_otherwise_as_the_protocol_says():
    learner, criterion, _ = protocol("honest", _WithRecipe(), TASK)
    assert learner == GradientDescent(lr_w=(1 / 3,), update=AdamW(warmup=7), steps=90, patience=300)
    assert criterion.floor == "linear"
    assert protocol("lahoti", _WithRecipe(), TASK)[0].patience is None


def test_a_recipe_that_no_learner_takes_is_refused_by_its_field(monkeypatch):
    monkeypatch.setattr(_WithRecipe, "recipe", lambda self, task: {"update": {"name": "adamw", "decay": -1}})
    with pytest.raises(InputError, match=r"^update\.decay: got -1"):
        protocol("honest", _WithRecipe(), TASK)


def test_an_unknown_protocol_or_an_empty_range_is_named():
    with pytest.raises(InputError, match="protocol"):
        protocol("clever", CNN(), TASK)
    with pytest.raises(InputError, match="n_max"):
        protocol("honest", CNN(), TASK, n_max=0)


def test_a_pool_keeps_the_order_and_raises_the_first_error():
    with Pool(2) as pool:
        assert pool.map(lambda value: value * value, range(20)) == [value * value for value in range(20)]
        with pytest.raises(ZeroDivisionError):
            pool.map(lambda value: 1 / value, [1, 0, 2])
    with pytest.raises(InputError, match="workers"):
        Pool(0)


@pytest.mark.parametrize("name", ["lahoti", "honest"])
def test_a_real_cell_has_one_answer_whatever_the_number_of_workers(name):
    model = LCN()
    learner, criterion, search = protocol(name, model, TASK, n_max=80)
    learner = dataclasses.replace(learner, steps=200)
    cell = Cell(task=TASK, model=model, learner=learner, criterion=criterion, search=search, seeds=(0, 3))
    answers = []
    for workers in (1, 2):
        with Pool(workers) as pool:
            answers.append(measure_cell(cell, pool).to_json())
    assert answers[0] == answers[1]
    assert {seed["seed"] for seed in answers[0]["per_seed"]} == {0, 3}


def test_nets_in_ntk_parametrisation_start_at_standard_deviation_one():
    for model in (WideFCN(), WideLCN(), WideCNN()):
        assert protocol("honest", model, TASK)[0] == GradientDescent(
            lr_w=(1.0, 10.0, 100.0), init_std=1.0, steps=1200, patience=300
        )
