"""Numbers read off nets: as rows, as CSV, as means; in published tables, in verify and in claims."""

import dataclasses
import math

import pytest

from paper_repro.published.agreement import compare
from paper_repro.published.reader import read_published
from paper_repro.published.verify import recompute, verify
from paper_repro.rules.base import Asked
from paper_repro.rules.quantities import QuantityBelow
from sims.experiments import EXPERIMENTS, Experiment, Setting
from sims.search import Outcome
from sims.store import Store
from sims.tables.columns import READING_COLUMNS
from sims.tables.rows import collect_all, collect_readings, means_read, read_csv, to_csv, write_csv
from tests.paper_repro.planted import tables
from tests.sims.planted import planted_cell, planted_result


def made(preset="quick"):
    judged = {"criterion": {"test_size": 50}, "learner": {"steps": 20, "patience": None, "init_std": 0.5}}
    cell = {"k": 2, "d": 3, "sigma": 0.2, "model": "cnn", "protocol": "honest", "seeds": (0, 1, 2)}
    reading = {"name": "kernel_movement", "kernel_size": 6}
    return [Setting(**cell, **judged, ns=(10, 20), reading=reading)]


@pytest.fixture
def experiment(monkeypatch):
    found = Experiment(name="moved", title="t", question="q?", make=made)
    monkeypatch.setitem(EXPERIMENTS, "moved", found)
    return found


@pytest.fixture(scope="module")
def computed():
    """Rows of n* and of what was read, of the experiment's cell."""
    rows = recompute(made()[0].cell())
    return [row for row in rows if "reading" not in row], [row for row in rows if "reading" in row]


def test_there_is_a_row_for_each_number_of_each_net(computed, tmp_path):
    _, rows = computed
    assert len(rows) == 3 * 2 * 5
    assert all(list(row) == [column.name for column in READING_COLUMNS] for row in rows)
    assert [(row["seed"], row["n"]) for row in rows[::5]] == [(s, n) for s in range(3) for n in (10, 20)]
    write_csv(tmp_path / "t.csv", rows, READING_COLUMNS)
    assert read_csv(tmp_path / "t.csv", READING_COLUMNS) == rows


def test_a_number_that_a_net_has_not_is_an_empty_field_and_no_part_of_a_mean(computed):
    _, rows = computed
    lost = [{**row, "value": None} if row["seed"] == 0 else row for row in rows]
    assert ",movement,\n" in to_csv(lost, READING_COLUMNS)
    assert {row["repetitions"] for row in means_read(lost)} == {2}


def test_cells_without_a_reading_have_no_rows(tmp_path):
    store, cell = Store.open(tmp_path), planted_cell()
    store.save(cell, planted_result(cell), {})
    assert collect_readings(store, [cell]) == []
    assert "others" not in to_csv(collect_all(store, [cell])[0])


def test_means_are_over_the_seeds_of_each_cell_quantity_and_n(computed):
    _, rows = computed
    means = means_read(rows)
    assert len(means) == 2 * 5
    own = [row["value"] for row in rows if (row["quantity"], row["n"]) == ("movement", 20)]
    found = next(row for row in means if (row["quantity"], row["at"]) == ("movement", 20))
    mean = sum(own) / 3
    assert found["value"] == pytest.approx(mean)
    assert found["error"] == pytest.approx(math.sqrt(sum((value - mean) ** 2 for value in own) / 6))
    assert (found["repetitions"], found["model"]) == (3, "cnn")
    (alone,) = means_read(
        [row for row in rows if (row["quantity"], row["n"], row["seed"]) == ("turn", 10, 1)]
    )
    assert (alone["error"], alone["repetitions"]) == (None, 1)


def test_published_numbers_read_back_and_are_recomputed_and_compared(experiment, computed, tmp_path):
    stars, rows = computed
    write_csv(tmp_path / "quick" / "moved.csv", stars)
    write_csv(tmp_path / "quick" / "moved-readings.csv", rows, READING_COLUMNS)
    found = read_published("quick", folder=tmp_path).of(("moved",), "readings")
    assert [row["value"] for row in found] == [row["value"] for row in rows]
    assert found[0]["config"]["reading"]["kernel_size"] == 6
    said = []
    options = {"preset": "quick", "sample": 1, "seed": 0, "folder": tmp_path, "report": said.append}
    assert verify(**options) == 0
    assert "read off nets: 30 numbers" in said[0]
    moved = [{**row, "value": row["value"] + 1.0} for row in rows]
    assert verify(**options, recompute=lambda cell: stars + moved) == 1
    assert "disagrees" in said[2]


def test_numbers_agree_where_their_means_over_seeds_do(computed):
    stars, rows = computed
    spread = {(row["quantity"], row["at"]): row["error"] for row in means_read(rows)}

    def shifted(times):
        return [{**row, "value": row["value"] + times * spread[row["quantity"], row["n"]]} for row in rows]

    # Of three seeds 4.30 standard errors are the half-width of the interval.
    assert compare(stars + rows, stars + shifted(4.2)).agreement == "agrees"
    assert compare(stars + rows, stars + shifted(4.4)).agreement == "disagrees"
    # At an n that fewer seeds reached, there is nothing to compare; without any other, no agreement.
    fewer = [row for row in shifted(0.1) if (row["seed"], row["n"]) != (2, 20)]
    assert compare(stars + rows, stars + fewer).agreement == "agrees"
    none = [row for row in shifted(0.1) if row["seed"] == 0]
    assert compare(stars + rows, stars + none).agreement == "disagrees"
    # Unpublished, they do not count.
    assert compare(stars, stars + rows).agreement == "identical"


def test_a_claim_is_held_against_means_read_at_an_n(experiment, computed):
    rows = [{"experiment": "moved", "config": None, **row} for row in computed[1]]
    planted = [{**row, "value": 0.1 + 0.001 * row["seed"]} for row in rows if row["quantity"] == "movement"]
    known = dataclasses.replace(tables(), readings=tuple(planted), missing={})
    asked = Asked("claim", "moved", (), None, known)
    rule = QuantityBelow(quantity="movement", bound=0.2, where={"at": 20.0, "model": "cnn"})
    assert rule.decide(asked).outcome == "reproduced"
    assert rule.decide(asked).evidence[0].estimate.best == pytest.approx(0.101)
    assert dataclasses.replace(rule, bound=0.05).decide(asked).outcome == "contradicted"
    one_seed = dataclasses.replace(known, readings=tuple(row for row in planted if row["seed"] == 0))
    assert rule.decide(dataclasses.replace(asked, tables=one_seed)).outcome == "not run"


def test_tables_say_how_many_samples_were_not_counted(tmp_path):
    store, cell = Store.open(tmp_path), planted_cell(seeds=(0,))
    result = planted_result(cell)
    (seed,) = result.per_seed
    more = [dataclasses.replace(one, selected={**one.selected, "others": 2 * one.n}) for one in seed.outcomes]
    assert all(isinstance(one, Outcome) for one in more)
    changed = dataclasses.replace(seed, outcomes=tuple(more))
    store.save(cell, dataclasses.replace(result, per_seed=(changed,)), {})
    stars, evaluations, _ = collect_all(store, [cell])
    assert [row["others"] for row in stars] == [2 * max(one.n for one in more)]
    assert [row["others"] for row in evaluations] == [2 * row["n"] for row in evaluations]
    assert to_csv(stars).partition("\n")[0].endswith(",steps,others")
