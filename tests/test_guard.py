"""Ids of all experiments and published tables are those that are kept in ``tests/guard.json``."""

import csv
import json

import pytest

from paper_repro.published.reader import PUBLISHED, published_files
from sims.experiments import EXPERIMENTS, PRESETS
from tests import guard

KEPT = json.loads(guard.KEPT.read_text())
PUBLISHED_PRESETS = [preset for preset in PRESETS if published_files(preset)]


def test_no_experiment_has_other_units():
    """A change that is meant to alter ids or published tables ends with ``python -m tests.guard``. Of a new
    experiment nothing is kept before something is published.
    """
    now = guard.ids()
    assert {name: now.get(name) for name in KEPT["ids"]} == KEPT["ids"]


def test_the_units_of_every_published_experiment_are_kept():
    published = {f"{name}/{preset}" for preset in PUBLISHED_PRESETS for name in published_files(preset)}
    assert published
    assert published <= KEPT["ids"].keys()


def test_no_published_table_has_other_columns_or_bytes():
    assert guard.tables() == KEPT["tables"]


@pytest.mark.parametrize("preset", PUBLISHED_PRESETS)
def test_every_published_cell_is_one_of_its_experiment(preset):
    for name in published_files(preset):
        known = {unit.id for unit in EXPERIMENTS[name].units(preset)}
        for path in (PUBLISHED / preset / f"{name}.csv", PUBLISHED / preset / f"{name}-evaluations.csv"):
            if path.is_file():
                with path.open(newline="") as file:
                    held = {row["cell"] for row in csv.DictReader(file)}
                assert held, path.name
                assert held <= known, path.name


def test_every_published_table_belongs_to_an_experiment():
    names = {
        f"{preset}/{name}{more}.csv"
        for preset in PRESETS
        for name in EXPERIMENTS
        for more in ("", "-evaluations", "-readings")
    }
    assert {path.relative_to(PUBLISHED).as_posix() for path in PUBLISHED.glob("*/*.csv")} <= names


def test_the_digest_tells_sets_of_ids_apart():
    assert guard.digest(["b", "a", "a"]) == guard.digest(["a", "b"])
    assert len({guard.digest(ids) for ids in (["a", "b"], ["a"], ["ab"], ["a", "c"])}) == 4
