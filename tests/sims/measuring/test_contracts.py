"""Contracts of pieces: ours keep them, and each fault that is planted is named."""

import dataclasses
import re
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
import pytest

from sims.learners.base import Trained
from sims.measuring.contracts import CONTRACTS, check_piece
from sims.models import LCN, DenseLCN, Linear
from sims.pieces import build, departures, describe, register, registered
from sims.pieces.registry import restore, snapshot
from sims.tasks import DSD, SignalLocation
from tests.sims.planted import PlantedTask

OURS = [
    *(("task", name) for name in ("dsd", "ssd", "local_signal", "shortcut_patches", "shortcut")),
    ("task", "signal_location"),
    *(("model", name) for name in ("fcn", "lcn", "cnn", "linear", "mlp", "wide_lcn", "pooled_cnn")),
    *(("model", name) for name in ("dense_lcn", "dense_cnn")),
    *(("learner", name) for name in ("gradient_descent", "scaled_gradient_descent")),
]


@pytest.fixture
def registering():
    """What is registered meanwhile is forgotten afterwards."""
    for kind in CONTRACTS:
        registered(kind)
    before = snapshot()
    yield
    restore(before)


@pytest.mark.parametrize(("kind", "name"), OURS)
def test_our_pieces_keep_their_contracts(kind, name):
    cls = registered(kind)[name]
    missing = {"rho_s": 0.8, "rho": 0.8, "ratio": 1.0}
    needed = {field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING}

    class Example(cls):
        example: ClassVar[dict[str, Any]] = {name: missing[name] for name in needed & missing.keys()}

    Example.name = name
    assert [(one.contract, one.broken) for one in check_piece(kind, Example) if one.broken] == []


def piece(kind, base, **changes):
    """A registered subclass of one of ours with some of it changed."""
    named = type("Changed", (base,), {"name": "changed", "version": 1, **changes})
    return register(kind)(dataclasses.dataclass(frozen=True, kw_only=True)(named))


def broken(kind, cls):
    return {one.contract: one.broken for one in check_piece(kind, cls) if one.broken}


def sample_of(change):
    def sample(self, key, n, *, stream=0):
        return change(DSD.sample(self, key, n, stream=stream), key, n)

    return sample


@pytest.mark.parametrize(
    ("contract", "change", "words"),
    [
        ("shapes and types", lambda b, *_: b._replace(y=b.y[:, None]), r"y \(7, 1\)"),
        ("shapes and types", lambda b, *_: b._replace(x=b.x.astype(jnp.float16)), "float16"),
        ("shapes and types", lambda b, *_: b._replace(x=b.x / 0), "not finite"),
        ("labels", lambda b, *_: b._replace(y=(b.y + 1) / 2), "200 labels are 0 and 1; allowed: -1 and"),
        ("labels", lambda b, *_: b._replace(y=0 * b.y + 1), "200 labels are 1; allowed: -1 and"),
        ("labels", lambda b, *_: b._replace(y=2 * b.y), "labels are -2 and 2"),
        ("nested samples", lambda b, *_: b._replace(x=b.x[::-1]), "no prefix"),
        ("nested samples", lambda b, _, n: b._replace(x=b.x / n), "no prefix"),
        ("determinism from the key", lambda b, *_: b._replace(x=0 * b.x), "another key gives the same"),
        (
            "determinism from the key",
            lambda b, *_: b._replace(x=b.x + np.random.default_rng().random()),
            "same key gives other",
        ),
    ],
)
def test_a_fault_of_a_task_is_named(registering, contract, change, words):
    found = broken("task", piece("task", DSD, sample=sample_of(change)))
    assert contract in found
    assert re.search(words, found[contract])


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((3,), r"y \(7, 4\); allowed: x \(7, 4, 3\), y \(7, 3\)"),
        ((2, 2), "label_shape is"),
        ((0,), "label_shape is"),
    ],
)
def test_a_wrong_shape_of_labels_is_named(registering, shape, words):
    found = broken("task", piece("task", SignalLocation, label_shape=shape))
    assert re.search(words, found["shapes and types"])


def test_labels_may_be_real_numbers(registering):
    sample = sample_of(lambda batch, *_: batch._replace(y=batch.x[:, 0, 0]))
    assert "labels" not in broken("task", piece("task", DSD, sample=sample))


def test_a_wrong_zero_floor_and_a_sample_that_raises_are_named(registering):
    def floor(self, kind, metric="squared"):
        return 1.0

    def sample(self, key, n, *, stream=0):
        raise KeyError("nothing")

    found = broken("task", piece("task", DSD, floor=floor, sample=sample))
    assert "is 1.0" in found["floor zero"]
    assert found["nested samples"] == "KeyError: 'nothing'"


def double(self, params, x, residual):
    f, gradient = super(type(self), self).pull_back(params, x, residual)
    return f, {**gradient, "w": 2 * gradient["w"]}


def mixed(self, params, x):
    return Linear.outputs(self, params, x) + params["w"].mean()


def transposed(self, params, x):
    return Linear.outputs(self, params, x).T


def twice(self, params, matrix, k, d):
    return {**params, "w": 2 * params["w"]}


@pytest.mark.parametrize(
    ("base", "changes", "contract", "words"),
    [
        (Linear, {"pull_back": double}, "gradient", "gradient of w is not"),
        (Linear, {"outputs": mixed}, "outputs of lanes", "depend on the other lane"),
        (Linear, {"outputs": transposed}, "outputs of lanes", "allowed: (2, 5)"),
        (Linear, {"transport": twice}, "group as stated", "does not follow a turn"),
        (LCN, {"group": "orthogonal"}, "group as stated", "refuses a matrix"),
        (DenseLCN, {"output_shape": lambda *_: (3,)}, "outputs of lanes", "allowed: (2, 3, 5)"),
        (DenseLCN, {"output_shape": lambda *_: (2, 2)}, "outputs of lanes", "allowed: (2, o, 5)"),
        (LCN, {"output_shape": lambda *_: (4,)}, "outputs of lanes", "allowed: (2, 4, 5)"),
        (DenseLCN, {"transport": twice}, "group as stated", "does not follow a turn"),
        (LCN, {"group": "no such"}, "group as stated", "group is 'no such'"),
    ],
)
def test_a_fault_of_a_model_is_named(registering, base, changes, contract, words):
    assert words in broken("model", piece("model", base, **changes))[contract]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mean:
    """Predicts the mean label; the rest is planted."""

    name: ClassVar[str] = "planted_mean_label"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = False
    luck: float = 0.0
    shape: int = 0
    error: float = 0.0

    def train(self, model, key, train, monitor, *, stop_below):
        value = float(train.labels().mean()) + self.luck * np.random.default_rng().random()

        def outputs(samples):
            return np.full((int(samples.n) + self.shape,), value)

        def squared_error(samples):
            return float(np.mean((value - samples.labels()) ** 2)) + self.error

        return Trained(0.0, squared_error, 1, 0, {}, outputs)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({}, None), ({"luck": 1.0}, "another predictor"), ({"shape": 1}, "(16,)"), ({"error": 0.1}, "not ")],
)
def test_a_fault_of_a_learner_is_named(registering, fields, words):
    cls = register("learner")(Mean)
    cls.example = fields
    found = broken("learner", cls)
    assert (words is None and not found) or words in found["a predictor, the same from the same key"]


@pytest.mark.parametrize("several", [False, True])
def test_a_learner_that_says_so_is_tried_with_labels_of_several_numbers(registering, several):
    cls = piece("learner", Mean, several_outputs=several, example={})
    found = broken("learner", cls)
    assert list(found) == ["the same of labels of several numbers"] * several
    assert not several or "allowed: (15, 4)" in found["the same of labels of several numbers"]


def test_a_field_with_a_default_that_is_made_is_not_required(registering):
    made = dataclasses.field(default_factory=lambda: (1.0, 2.0))
    cls = piece("model", Linear, rates=made, __annotations__={"rates": tuple[float, ...]})
    assert broken("model", cls) == {}
    plain = build("model", {"name": "changed"})
    assert departures("model", describe(plain)) == {}
    assert departures("model", describe(dataclasses.replace(plain, rates=(3.0,)))) == {"rates": [3.0]}


def test_a_piece_of_which_no_example_can_be_made_says_how_to_give_one(registering):
    cls = register("task")(PlantedTask)
    ((contract, why),) = broken("task", cls).items()
    assert contract == "an example can be made"
    assert "threshold" in why
    assert "example: ClassVar[dict]" in why
