"""Tables: one row a seed or an evaluation, and CSV files that read back as they were."""

import dataclasses
import math

import pytest

from sims.learners import GradientDescent
from sims.store import Store
from sims.tables.columns import COLUMNS, EVALUATION_COLUMNS, Column
from sims.tables.rows import collect, collect_evaluations, read_csv, to_csv, write_csv
from tests.sims.planted import planted_cell, planted_result, seed_threshold


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store")
    for threshold in (2, 40, 400):
        cell = planted_cell(threshold)
        store.save(cell, planted_result(cell), {"seconds": 12.0})
    return store


CELLS = [planted_cell(threshold) for threshold in (40, 2, 400, 77)]


def test_there_is_one_row_a_seed_of_every_stored_cell_in_the_order_asked_for(store):
    rows = collect(store, CELLS)
    assert [row["cell"] for row in rows] == [cell.id for cell in CELLS[:3] for _ in range(3)]
    assert [row["seed"] for row in rows] == [0, 1, 2] * 3
    assert all(list(row) == [column.name for column in COLUMNS] for row in rows)


def test_rows_hold_the_planted_answer_and_the_setting(store):
    for row in collect(store, CELLS)[:3]:
        assert row["low"] < seed_threshold(CELLS[0], row["seed"]) <= row["high"]
        assert (row["k"], row["d"], row["sigma"], row["model"]) == (3, 4, 0.5, "lcn")
        assert (row["protocol"], row["censored"], row["monotone"]) == ("honest", "none", True)
        assert row["n_low"] < row["n_best"] < row["n_high"]


def test_censored_seeds_have_open_brackets(store):
    rows = collect(store, CELLS)
    assert [(row["low"], row["high"], row["censored"]) for row in rows[3:6]] == [(0, 4, "left")] * 3
    assert [(row["low"], row["high"], row["censored"]) for row in rows[6:]] == [(200, None, "right")] * 3
    assert rows[6]["n_best"] is None


def test_evaluations_are_ordered_and_complete(store):
    rows = collect_evaluations(store, CELLS[:1])
    result = planted_result(CELLS[0])
    assert len(rows) == sum(len(seed.outcomes) for seed in result.per_seed)
    places = [(row["seed"], row["n"]) for row in rows]
    assert places == sorted(places)
    assert all(list(row) == [column.name for column in EVALUATION_COLUMNS] for row in rows)
    assert all(row["success"] == (row["risk"] <= row["target"]) for row in rows)
    assert {(row["lr_w"], row["lr_b"], row["final_bias"]) for row in rows} == {(0.1, 0.01, 0.2)}


@pytest.mark.parametrize(("make", "columns"), [(collect, COLUMNS), (collect_evaluations, EVALUATION_COLUMNS)])
def test_csv_reads_back_as_it_was_types_included(store, tmp_path, make, columns):
    rows = make(store, CELLS)
    write_csv(tmp_path / "table.csv", rows, columns)
    back = read_csv(tmp_path / "table.csv", columns)
    assert back == rows
    for row in back:
        for column in columns:
            value = row[column.name]
            assert value is None or type(value) is column.type, column.name


def test_floats_keep_every_bit(tmp_path):
    values = [0.1, 1 / 3, math.pi * 1e-300, 1e22, 5.0]
    row = dict.fromkeys((column.name for column in COLUMNS), None)
    write_csv(tmp_path / "table.csv", [{**row, "sigma": value} for value in values])
    assert [row["sigma"] for row in read_csv(tmp_path / "table.csv")] == values


def test_a_table_carries_no_times(store):
    text = to_csv(collect(store, CELLS))
    for threshold in (2, 40, 400):
        cell = planted_cell(threshold)
        store.save(cell, planted_result(cell), {"seconds": 99.0})
    assert to_csv(collect(store, CELLS)) == text


def test_a_table_that_lacks_a_column_is_refused(tmp_path):
    (tmp_path / "table.csv").write_text("cell,other\n1,2\n")
    with pytest.raises(ValueError, match="header lacks task, "):
        read_csv(tmp_path / "table.csv")


SOME = (Column("cell", str, "id"), Column("k", int, "patches"))
MORE = (*SOME, Column("rate", float, "came later", 0.5))


def test_columns_are_found_by_name_and_others_are_not_read(tmp_path):
    (tmp_path / "table.csv").write_text("other,k,cell\nx,3,a\n")
    assert read_csv(tmp_path / "table.csv", SOME) == [{"cell": "a", "k": 3}]
    (tmp_path / "table.csv").write_text("other,k,cell\nx,3\n")
    with pytest.raises(ValueError, match="line 2 has 2 fields, not 3"):
        read_csv(tmp_path / "table.csv", SOME)


def test_a_column_that_comes_later_leaves_old_tables_as_they_are(tmp_path):
    old = to_csv([{"cell": "a", "k": 3}], SOME)
    (tmp_path / "table.csv").write_text(old)
    rows = read_csv(tmp_path / "table.csv", MORE)
    assert rows == [{"cell": "a", "k": 3, "rate": 0.5}]
    assert to_csv(rows, MORE) == old
    new = to_csv([*rows, {"cell": "b", "k": 4, "rate": 0.25}], MORE)
    assert new == "cell,k,rate\na,3,0.5\nb,4,0.25\n"
    (tmp_path / "table.csv").write_text(new)
    assert [row["rate"] for row in read_csv(tmp_path / "table.csv", MORE)] == [0.5, 0.25]
    assert to_csv([], MORE) == to_csv([], SOME) == "cell,k\n"


def test_successes_at_the_last_step_are_counted_and_tables_of_before_read_without(store, tmp_path):
    assert {row["last_step"] for row in collect(store, CELLS)} == {None}
    cell = dataclasses.replace(CELLS[0], learner=GradientDescent(steps=1000))
    result = planted_result(cell)
    store.save(cell, result, {})
    rows = collect(store, [cell])
    assert {row["last_step"] for row in rows} == {0}
    seeds = tuple(
        dataclasses.replace(
            seed,
            outcomes=tuple(
                dataclasses.replace(outcome, selected={**outcome.selected, "step": 1000})
                for outcome in seed.outcomes
            ),
        )
        for seed in result.per_seed
    )
    other = Store.open(tmp_path / "other")
    other.save(cell, dataclasses.replace(result, per_seed=seeds), {})
    counts = [sum(outcome.success for outcome in seed.outcomes) for seed in seeds]
    assert [row["last_step"] for row in collect(other, [cell])] == counts
    before = [row | {"last_step": None} for row in rows]
    assert "last_step" in to_csv(rows).partition("\n")[0]
    assert "last_step" not in to_csv(before).partition("\n")[0]
    path = tmp_path / "before.csv"
    write_csv(path, before)
    assert read_csv(path) == before
