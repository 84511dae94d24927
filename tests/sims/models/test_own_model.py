"""A model with an update and a recipe of its own is measured as ours are, by its one file alone."""

import importlib
import json

import jax
import numpy as np
import pytest

from sims.cli import add_commands, dispatch
from sims.learners import GradientDescent
from sims.learners.updates.adamw import AdamW
from sims.models.base import apply
from sims.pieces import registry
from sims.pieces.cell import Cell
from sims.protocols import protocol
from sims.tasks import DSD

CALL = ["measure", "dsd", "--model", "attention", "--k", "3", "--d", "4", "--sigma", "0.15", "--json"]


@pytest.fixture(scope="module", autouse=True)
def attention():
    registry.registered("model")
    module = importlib.import_module("tests.sims.models.attention")
    yield module.Attention
    # Other tests take every registered model for one of ours.
    del registry._registry["model"]["attention"]


def test_it_is_measured_by_the_command_with_its_own_training(capsys):
    assert dispatch([*CALL, "--reps", "1", "--n-max", "600", "--tolerance", "0.1"], [add_commands]) == 0
    found = json.loads(capsys.readouterr().out)
    learner = found["config"]["learner"]
    assert (learner["update"]["name"], learner["update"]["warmup"], learner["steps"]) == ("adamw", 50, 500)
    assert found["config"]["model"] == {"name": "attention", "version": 1, "rows": 4}
    assert found["n_star"]["best"] is not None
    cell = Cell.from_config(found["config"])
    assert cell.id == found["cell"]
    assert cell.learner.update == AdamW(decay=0.01, warmup=50, cosine=True)


def test_what_the_call_names_replaces_its_recipe(capsys):
    small = ["--reps", "1", "--n-max", "10", "--learner-option", "update=null"]
    options = [
        "--model-option",
        "rows=2",
        "--learner-option",
        "steps=20",
        "--learner-option",
        "augment=permute_patches",
    ]
    assert dispatch([*CALL, *small, *options], [add_commands]) == 0
    config = json.loads(capsys.readouterr().out)["config"]
    learner = config["learner"]
    assert config["model"]["rows"] == 2
    assert "update" not in learner
    assert (learner["steps"], learner["augment"]["name"]) == (20, "permute_patches")


def test_its_recipe_holds_under_every_protocol_of_descent(attention):
    for name in ("honest", "lahoti"):
        learner, _, _ = protocol(name, attention(), DSD(k=3, d=4, sigma=0.15))
        assert isinstance(learner, GradientDescent)
        assert (learner.lr_w, learner.init_std) == ((0.1, 0.03), 0.5)


def test_its_outputs_do_not_depend_on_the_order_of_patches(attention):
    params = attention().init(jax.random.key(0), 3, 4, std=1.0, bias=0.0)
    x = jax.random.normal(jax.random.key(1), (5, 3, 4))
    np.testing.assert_allclose(
        apply(attention(), params, x), apply(attention(), params, x[:, ::-1]), rtol=1e-4
    )
