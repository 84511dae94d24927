"""Configurations of rows: joined by id, read by dotted names, and options that are written and not read."""

import pytest

from sims.pieces.errors import InputError
from sims.store import Store
from sims.tables.configs import config_of, described, options_of, value_of, with_configs, written
from sims.tables.rows import collect, to_csv
from tests.sims.planted import planted_cell, planted_result


def row(**pieces):
    return {"cell": "abc", "config": {kind: described(kind, **piece) for kind, piece in pieces.items()}}


def test_rows_get_the_configuration_of_their_cell_and_tables_stay_as_they_are(tmp_path):
    store, cell, other = Store.open(tmp_path / "store"), planted_cell(40), planted_cell(2)
    for one in (cell, other):
        store.save(one, planted_result(one), {"seconds": 1.0})
    rows = collect(store, [cell, other])
    joined = with_configs(rows, [cell])
    assert [one["config"] for one in joined] == [cell.config()] * 3 + [None] * 3
    assert to_csv(joined) == to_csv(rows)
    assert value_of(joined[0], "task.sigma") == cell.task.sigma
    assert value_of(joined[0], "search.name") == cell.config()["search"]["name"]
    with pytest.raises(InputError, match="cell: got"):
        config_of(joined[-1])


def test_a_field_that_is_not_described_has_its_default():
    few = row(learner={"name": "gradient_descent", "lr_w": (0.1,)})
    assert value_of(few, "learner.lr_w") == (0.1,)
    assert value_of(few, "learner.init_bias") == (0.0,)
    assert value_of(few, "learner.patience") is None
    assert value_of(few, "learner.scale") is None  # a field of another learner
    assert value_of(few, "probe.n") is None


@pytest.mark.parametrize("name", ["learner.scail", "lerner.scale", "scale", "task.scale.more"])
def test_a_name_that_no_piece_has_is_refused(name):
    with pytest.raises(InputError, match=name.split(".")[0]):
        value_of(row(learner={"name": "two_step"}), name)


def test_a_required_field_has_no_value_to_fall_back_on():
    with pytest.raises(InputError, match="no default"):
        value_of(row(task={"name": "shortcut_patches"}), "task.rho_s")


def test_options_are_written_in_the_order_of_the_class_whatever_the_order_given():
    assert written("learner", "two_step", loss="correlation", bias_1=0.5) == "bias_1=0.5; loss=correlation"
    assert written("learner", "gradient_descent", lr_w=(0.1, 1.0), steps=1200) == "lr_w=0.1 1.0"
    assert written("learner", "two_step", loss="squared", bias_1=None) is None
    assert written("task", "shortcut_patches", k=3, d=4, sigma=0.1, rho_s=0.78) == "rho_s=0.78"
    with pytest.raises(InputError, match="bias_3"):
        written("learner", "two_step", bias_3=1.0)
    with pytest.raises(InputError, match="learner: got 'three_step'"):
        written("learner", "three_step")


def test_options_are_what_departs_from_the_defaults_but_for_the_sizes():
    cell = planted_cell(40)
    options = options_of(cell.config())
    assert not {"k", "d", "sigma", "name", "version"} & options["task"].keys()
    described_learner = cell.config()["learner"]
    assert all(described_learner[name] == value for name, value in options["learner"].items())
