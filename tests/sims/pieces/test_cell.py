"""Cells: ids that depend on all that defines an answer and on nothing else."""

import dataclasses

import pytest

from sims.learners import GradientDescent
from sims.models import FCN, LCN
from sims.pieces import added, describe
from sims.pieces.cell import Cell, canonical_json
from sims.pieces.errors import InputError
from sims.protocols.criteria import TestSelection
from sims.search import Bisection, Grid
from sims.tasks import DSD
from tests.sims.planted import PlantedModel, PlantedSearch, planted_cell

GOLDEN = "1a3dd2e1fc6257bad1801eb2591c7f1a0da548f7230622ff4bc9291398d35f7b"


def real_cell(**changes):
    parts = {
        "task": DSD(k=3, d=4, sigma=0.5),
        "model": FCN(width=5),
        "learner": GradientDescent(steps=100),
        "criterion": TestSelection(),
        "search": Grid(ns=(4, 8)),
        "seeds": (0, 1),
    }
    return Cell(**(parts | changes))


def test_the_id_of_a_cell_never_changes():
    # Of planted pieces only: a new version of a real piece is meant to change ids.
    assert dataclasses.replace(planted_cell(40), search=PlantedSearch()).id == GOLDEN


def test_canonical_json_sorts_keys_and_writes_whole_floats_as_integers():
    assert canonical_json({"b": [1.0, 0.1], "a": (True, None)}) == '{"a":[true,null],"b":[1,0.1]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_canonical_json_refuses_what_json_has_no_word_for(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": value})


def test_a_cell_survives_its_configuration():
    cell = real_cell()
    assert Cell.from_config(cell.config()) == cell
    assert Cell.from_config(cell.config()).id == cell.id


def test_every_field_of_every_piece_enters_the_id():
    changes = {
        "task": [{"k": 4}, {"d": 5}, {"sigma": 0.4}, {"signal": "ones"}],
        "model": [{"width": 6}, {"activation": "relu"}, {"bias": "fixed"}],
        "criterion": [{"tolerance": 0.04}, {"test_size": 900}, {"floor": "linear"}, {"fresh": False}],
        "search": [{"ns": (4, 9)}],
    }
    cell = real_cell()
    ids = [cell.id]
    for part, options in changes.items():
        piece = getattr(cell, part)
        assert {name for option in options for name in option} == {f.name for f in dataclasses.fields(piece)}
        ids += [real_cell(**{part: dataclasses.replace(piece, **option)}).id for option in options]
    ids += [real_cell(seeds=(0, 2)).id, real_cell(seeds=(0,)).id, real_cell(model=LCN()).id]
    ids.append(real_cell(search=Bisection(n_min=4, n_max=8)).id)
    assert len(set(ids)) == len(ids)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grown(PlantedModel):
    """The planted model with fields that came later."""

    depth: int = added(1)
    rates: tuple[float, ...] = added((0.5,))


def test_a_field_that_a_piece_gains_enters_an_id_only_where_it_is_set():
    plain = planted_cell()
    assert dataclasses.replace(plain, model=Grown()).id == plain.id
    others = [Grown(depth=2), Grown(rates=(0.25,)), Grown(depth=2, rates=(0.25,))]
    ids = {dataclasses.replace(plain, model=one).id for one in others}
    assert len(ids | {plain.id}) == 4


@pytest.mark.parametrize("part", ["task", "model", "learner", "criterion", "search"])
def test_the_version_of_every_piece_enters_the_id(part, monkeypatch):
    before = planted_cell().id
    kind = type(getattr(planted_cell(), part))
    monkeypatch.setattr(kind, "version", kind.version + 1)
    assert planted_cell().id != before


def test_a_cell_of_another_version_is_refused():
    config = real_cell().config()
    config["task"] = {**describe(DSD(k=3, d=4, sigma=0.5)), "version": 99}
    with pytest.raises(InputError, match="task version: got 99"):
        Cell.from_config(config)


@pytest.mark.parametrize("seeds", [(), (1, 1), (-1,), (0.5,), (True,)])
def test_bad_seeds_are_refused(seeds):
    with pytest.raises(InputError, match="seeds"):
        planted_cell(seeds=seeds)
