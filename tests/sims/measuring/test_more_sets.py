"""Sets that are counted apart: of streams of their own, nested, without labels; of another task; divided."""

import dataclasses
from typing import ClassVar

import jax
import numpy as np
import pytest

from sims.experiments import Setting
from sims.learners import GradientDescent, Trained, lanes
from sims.learners.base import More, more_of
from sims.machine.pool import Pool
from sims.measuring.contracts import CONTRACTS, check_piece
from sims.measuring.evaluate import Evaluator
from sims.measuring.need import kept_bytes
from sims.pieces import register, registered
from sims.pieces.errors import MAX_SAMPLES, InputError
from sims.pieces.registry import restore, snapshot
from sims.samples.datasets import FRESH, MORE, NAMES, Datasets
from sims.tasks import DSD
from sims.tasks.base import PROBES

TASK = DSD(k=3, d=4, sigma=0.2)
KEY = jax.random.key(7)


@pytest.fixture(autouse=True)
def registering():
    """What is registered meanwhile is forgotten afterwards."""
    for kind in CONTRACTS:
        registered(kind)
    before = snapshot()
    yield
    restore(before)


def test_streams_of_such_sets_are_far_from_those_of_all_others():
    assert FRESH + MAX_SAMPLES < MORE
    assert MORE + NAMES <= PROBES


def test_sets_are_nested_apart_from_each_other_and_without_labels():
    data = Datasets(TASK, KEY, capacity=20)
    few, many = (data.more("a", n, most=20) for n in (5, 20))
    np.testing.assert_array_equal(few.images(), many.images()[:5])
    assert len(few.images()) == 5
    assert np.isnan(many.labels()).all()
    assert not np.isnan(many.images()).any()
    others = [data.more("b", 20, most=20), data.training(20, fresh=False), data.test(20)]
    assert not any(np.array_equal(many.images(), other.images()) for other in others)
    again = Datasets(TASK, KEY, capacity=50).more("a", 20, most=30)
    np.testing.assert_array_equal(again.images(), many.images())
    labels = data.more("a", 20, most=20, labelled=True).labels()
    assert set(labels.tolist()) == {-1.0, 1.0}
    data.forget()
    np.testing.assert_array_equal(data.more("a", 5, most=20).images(), few.images())


def test_another_task_shares_the_signal_of_the_key():
    quiet = dataclasses.replace(TASK, sigma=1e-3)
    found = Datasets(TASK, KEY, capacity=5).more("a", 9, most=9, task=quiet, labelled=True)
    signed = (found.labels()[:, None, None] * found.images()).sum(1)
    np.testing.assert_allclose(signed, np.tile(TASK.signal_vector(KEY), (9, 1)), atol=0.02)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pretrained(GradientDescent):
    """Trained on a quiet task first, then some steps on the labelled samples."""

    source: int = 200
    name: ClassVar[str] = "pretrained"
    version: ClassVar[int] = 1

    def more(self, task, n):
        return (More("source", self.source, dataclasses.replace(task, sigma=0.05), labelled=True),)

    def train(self, model, key, train, monitor, *, more, stop_below):
        every = self.runs(model)
        return self.train_in_groups(model, key, train, monitor, more=more, stop_below=stop_below, lanes=every)

    def train_in_groups(self, model, key, train, monitor, *, more, stop_below, lanes):
        source = more["source"]
        first = GradientDescent.train_in_groups(
            self, model, key, source, source, stop_below=stop_below, lanes=lanes
        )
        return self._tuned(model, key, train, monitor, first)

    def _tuned(self, model, key, train, monitor, first):
        rates = np.asarray([0.01], np.float32)
        settings = dataclasses.replace(self.settings, steps=self.eval_every)
        path = lanes.run(model, settings, first.params, rates, rates, train, monitor, np.float32(0), key)
        params = path.best_params
        return Trained(
            risk=float(path.best_risk[0]),
            squared_error=lambda samples: float(lanes.squared_error(model, params, samples)[0]),
            trainings=first.trainings,
            steps=first.steps + settings.steps,
            selected={},
            outputs=lambda samples: lanes.outputs(model, params, samples),
            params=params,
        )


def setting(learner, **changes):
    fixed = {"k": 3, "d": 4, "sigma": 0.2, "model": "cnn", "protocol": "honest", "seeds": (0, 1, 2)}
    return Setting(**{**fixed, "ns": (5,), "learner": learner, "paired": True, **changes})


def outcomes(cell):
    with Pool(2) as pool:
        return Evaluator(cell, pool)([(seed, 5) for seed in cell.seeds])


def test_a_learner_that_saw_another_task_first_needs_fewer_samples():
    register("learner")(Pretrained)
    steps = {"steps": 300, "patience": None}
    plain, before = setting(steps).cell(), setting({"name": "pretrained", **steps}).cell()
    found, alone = outcomes(before), outcomes(plain)
    assert [outcome.selected["others"] for outcome in found] == [200] * 3
    assert all("others" not in outcome.selected for outcome in alone)
    assert all(outcome.success for outcome in found)
    assert all(one.risk < other.risk for one, other in zip(found, alone, strict=True))
    assert not all(outcome.success for outcome in alone)
    assert kept_bytes(before) - kept_bytes(plain) == 4 * 200 * 12


def test_lanes_in_groups_see_them_too():
    register("learner")(Pretrained)
    cell = setting({"name": "pretrained", "steps": 100, "patience": None}).cell()
    with Pool(1) as pool:
        evaluator = Evaluator(cell, pool)
        whole, divided = (evaluator._train_and_judge(0, 5, lanes) for lanes in (None, 2))
    assert divided.risk == pytest.approx(whole.risk, rel=1e-5)
    assert divided.selected["others"] == 200


@dataclasses.dataclass(frozen=True, kw_only=True)
class Peeks:
    """The mean label of all that it sees; of the set without labels it `uses` them or not."""

    uses: bool = False
    name: ClassVar[str] = "peeks"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = False

    def more(self, task, n):
        return (More("unlabelled", 10 + n),)

    def train(self, model, key, train, monitor, *, more, stop_below):
        assert int(more["unlabelled"].n) == 10 + int(train.n)
        labels = [train.labels(), *([more["unlabelled"].labels()] if self.uses else [])]
        value = float(np.concatenate(labels).mean())

        def error(samples):
            return float(np.mean((value - samples.labels()) ** 2))

        return Trained(error(monitor), error, 1, 0, {}, lambda samples: np.full(int(samples.n), value))


@pytest.mark.parametrize("uses", [False, True])
def test_check_tries_such_learners_and_shows_a_use_of_labels_that_are_not_there(uses):
    cls = register("learner")(Peeks)
    cls.example = {"uses": uses}
    broken = [one.broken for one in check_piece("learner", cls) if one.broken]
    assert broken == [] if not uses else "allowed: (15,), finite" in broken[0]


@pytest.mark.parametrize("sets", [(More("a", 3), More("a", 4)), (More("a", 0),), (More("a", 2.5),)])
def test_sets_that_are_none_are_refused(sets):
    learner = Peeks()
    object.__setattr__(learner, "more", lambda task, n: sets)
    with pytest.raises(InputError, match="allowed: sets of different names with 1 to "):
        more_of(learner, TASK, 5)


def test_a_set_grows_with_n_as_a_prefix():
    register("learner")(Peeks)
    cell = setting({"name": "peeks"}, ns=(5, 9), protocol="direct").cell()
    with Pool(1) as pool:
        found = Evaluator(cell, pool)([(0, 5), (0, 9)])
    assert [outcome.selected["others"] for outcome in found] == [15, 19]
