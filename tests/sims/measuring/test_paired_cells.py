"""Paired cells see the same samples at the same seed, whatever is compared; unpaired ones do not."""

import dataclasses
import math

import numpy as np
import pytest

from sims.experiments import Setting
from sims.machine.pool import Pool
from sims.measuring.evaluate import Evaluator
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError
from sims.protocols.criteria import RiskLevel
from sims.store import Store
from sims.sweep import sweep
from sims.sweep.executors.in_process import InProcess
from sims.sweep.executors.local import Local
from sims.tables.rows import collect, read_csv, to_csv
from tests.sims.planted import planted_cell


def setting(model="cnn", *, paired=True, **changes):
    fixed = {"k": 3, "d": 4, "sigma": 0.2, "protocol": "honest", "seeds": (0, 1), "n_max": 40}
    learner = {"steps": 20, "lr_w": [0.1], "lr_b": [0.01]}
    return Setting(**{"model": model, "paired": paired, "learner": learner, **fixed, **changes})


def training_set(cell, seed, n):
    with Pool(1) as pool:
        data = Evaluator(cell, pool)._datasets(seed)
        train, _ = cell.criterion.sets(data, n)
        return np.asarray(train.images()), np.asarray(train.labels()), np.asarray(data.test(50).images())


COMPARED = [
    {"model": "lcn"},
    {"model": "fcn"},
    {"learner": {"name": "kernel_regression"}},
    {"n_max": 70},
    {"seeds": (1,)},
    {"criterion": {"test_size": 400}},
]


@pytest.mark.parametrize("changes", COMPARED, ids=[next(iter(one)) for one in COMPARED])
def test_paired_cells_see_the_same_samples_at_the_same_seed(changes):
    one, other = setting().cell(), setting(**changes).cell()
    assert one.id != other.id
    for ours, theirs in zip(training_set(one, 1, 20), training_set(other, 1, 20), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_seeds_tasks_and_unpaired_cells_have_samples_of_their_own():
    images, *_ = training_set(setting().cell(), 1, 20)
    others = [
        training_set(setting().cell(), 0, 20),
        training_set(setting(sigma=0.3).cell(), 1, 20),
        training_set(setting(paired=False).cell(), 1, 20),
        training_set(setting("lcn", paired=False).cell(), 1, 20),
    ]
    assert not any(np.array_equal(images, other[0]) for other in others)


def test_pairing_is_part_of_the_id_and_of_the_description_only_where_it_is_asked():
    plain, paired = setting(paired=False).cell(), setting().cell()
    assert plain.id != paired.id
    assert "paired" not in plain.config()
    assert paired.config()["paired"] is True
    for cell in (plain, paired):
        assert Cell.from_config(cell.config()) == cell
    assert dataclasses.replace(paired, paired=False).id == plain.id
    with pytest.raises(InputError, match="paired: got 1"):
        dataclasses.replace(planted_cell(), paired=1)


def test_tables_say_which_cells_are_paired_and_executors_agree(tmp_path):
    cells = [setting(paired=paired, criterion={"test_size": 100}).cell() for paired in (True, False)]
    tables = []
    for executor in (InProcess(1), Local(1)):
        store = Store.open(tmp_path / executor.name)
        assert not sweep(cells, store, executor).failed
        tables.append(to_csv(collect(store, cells)))
    assert tables[0] == tables[1]
    (tmp_path / "table.csv").write_text(tables[0])
    assert [row["paired"] for row in read_csv(tmp_path / "table.csv")] == [True, True, False, False]
    assert "paired" not in to_csv(collect(store, cells[1:]))


def test_the_log_ratio_of_paired_cells_varies_less():
    """Two kernel ridges on one task: the same samples decide both. Over m seeds at a fixed n the risks of two
    learners that differ little are nearly equal where they are paired; unpaired, their difference has the
    spread of samples. If pairing did nothing, the ratio of the two variances would exceed 4.5 with
    probability 1 % (F of 11 and 11 degrees); 20 is asked for.
    """
    seeds = tuple(range(12))

    def risks(ridge, paired):
        asked = setting(
            learner={"name": "kernel_regression", "ridge": [ridge]},
            criterion=dataclasses.asdict(RiskLevel()) | {"name": "risk_level", "test_size": 400},
            floor="zero",
            protocol="direct",
            seeds=seeds,
            paired=paired,
        )
        with Pool(2) as pool:
            found = Evaluator(asked.cell(), pool)([(seed, 30) for seed in seeds])
        return np.log([outcome.risk for outcome in found])

    spread = {paired: np.std(risks(0.1, paired) - risks(0.12, paired), ddof=1) for paired in (True, False)}
    assert spread[False] ** 2 > 20 * spread[True] ** 2
    assert math.isfinite(spread[True])
