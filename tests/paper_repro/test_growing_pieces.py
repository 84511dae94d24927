"""A learner gains a field and the table of n* a column: what was published and stored stays as it is."""

import dataclasses
import json

import pytest

from paper_repro.published.reader import PUBLISHED, columns_of
from sims.experiments import EXPERIMENTS, PRESETS, Setting
from sims.learners import GradientDescent
from sims.pieces import added, registered, registry
from sims.store import Store
from sims.tables.columns import COLUMNS, Column
from sims.tables.configs import value_of, with_configs
from sims.tables.rows import collect, read_csv, to_csv, write_csv
from tests import guard
from tests.sims.planted import planted_cell, planted_result

SETTING = Setting(k=3, d=4, sigma=0.1, model="lcn", protocol="honest", seeds=(0, 1, 2))
LATER = dataclasses.replace(SETTING, learner={"forgotten": 0.5})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grown(GradientDescent):
    """Gradient descent of a later version of ours, with one field more."""

    forgotten: float = added(0.0)


WIDER = (*COLUMNS, Column("forgotten", float, "share of the momentum that is forgotten", 0.0))


@pytest.fixture
def before(tmp_path):
    """A store and a table that were written before the learner grew."""
    store, cell = Store.open(tmp_path / "store"), SETTING.cell()
    assert type(cell.learner) is GradientDescent
    store.save(cell, planted_result(planted_cell()), {"seconds": 1.0})
    write_csv(tmp_path / "before.csv", collect(store, [cell]))
    return tmp_path


@pytest.fixture
def grown(before):
    """The same folder, once the learner has grown."""
    registered("learner")
    kept = registry.snapshot()
    registry.restore({**kept, "learner": {**kept["learner"], GradientDescent.name: Grown}})
    yield before
    registry.restore(kept)


def rows_of(folder, *settings):
    """The rows of the table with its new column."""
    cells = [setting.cell() for setting in settings]
    rows = with_configs(collect(Store(folder / "store"), cells), cells)
    return [{**row, "forgotten": value_of(row, "learner.forgotten")} for row in rows]


def test_an_old_store_is_read_and_its_table_keeps_its_bytes(grown):
    assert type(SETTING.cell().learner) is Grown
    rows = rows_of(grown, SETTING)
    assert [row["seed"] for row in rows] == [0, 1, 2]
    write_csv(grown / "after.csv", rows, WIDER)
    assert (grown / "after.csv").read_bytes() == (grown / "before.csv").read_bytes()


def test_the_column_is_there_where_the_field_is_set_and_old_readers_do_not_mind(grown):
    assert LATER.cell().id != SETTING.cell().id
    Store(grown / "store").save(LATER.cell(), planted_result(planted_cell()), {"seconds": 1.0})
    write_csv(grown / "after.csv", rows_of(grown, SETTING, LATER), WIDER)
    back = read_csv(grown / "after.csv", WIDER)
    assert [row["forgotten"] for row in back] == [0.0] * 3 + [0.5] * 3
    assert [row["options"] for row in back[::3]] == ["patience=300", "patience=300; forgotten=0.5"]
    old = read_csv(grown / "before.csv", COLUMNS)
    assert read_csv(grown / "after.csv", COLUMNS)[:3] == old


@pytest.mark.parametrize("name", ["sweeps", "architectures", "width"])
def test_no_published_id_and_no_published_byte_changes(name, grown):
    kept = json.loads(guard.KEPT.read_text())
    for preset in PRESETS:
        units = EXPERIMENTS[name].units(preset)
        assert {type(unit.learner) for unit in units} == {Grown}
        assert guard.digest(unit.id for unit in units) == kept["ids"][f"{name}/{preset}"]
    path = PUBLISHED / "paper" / f"{name}.csv"
    assert columns_of(EXPERIMENTS[name]) == COLUMNS
    rows = read_csv(path, WIDER)
    assert {row["forgotten"] for row in rows} == {0.0}
    assert to_csv(rows, WIDER) == path.read_text()
    assert guard.tables() == kept["tables"]
