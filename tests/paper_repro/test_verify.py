"""Verification: identical, agreeing and disagreeing cells are told apart; a disagreement is status 1."""

import dataclasses
import math
from typing import ClassVar

import pytest

import sims.pieces
from paper_repro.published.agreement import compare, compare_quantities
from paper_repro.published.reader import columns_of, read_published
from paper_repro.published.verify import recompute, verify
from sims.experiments import EXPERIMENTS, Experiment, ProbeSetting
from sims.pieces.errors import InputError
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.tables.columns import COLUMNS
from sims.tables.rows import write_csv
from tests.figures.synthetic import cell_rows


def rows_of(cell: str) -> list[dict]:
    rows = cell_rows("width", "honest", "fcn", k=6, d=10, sigma=0.15, truth=300.0)
    return [{column.name: row[column.name] for column in COLUMNS} | {"cell": cell} for row in rows]


def moved(rows: list[dict], factor: float) -> list[dict]:
    names = ("n_low", "n_best", "n_high")
    return [row | {name: row[name] * factor for name in names} for row in rows]


def test_equal_rows_are_identical():
    assert compare(rows_of("a"), rows_of("a")).agreement == "identical"


def test_the_same_seeds_by_another_estimate_are_identical_and_said_to_be():
    again = [{**row, "n_best": 3 * row["n_best"], "n_method": "another"} for row in rows_of("a")]
    found = compare(rows_of("a"), again)
    assert found.agreement == "identical"
    assert "another way" in found.detail
    moved = [{**row, "high": row["high"] + 1} for row in again]
    assert compare(rows_of("a"), moved).agreement == "disagrees"


def test_a_shift_within_the_interval_agrees():
    result = compare(rows_of("a"), moved(rows_of("a"), 1.03))
    assert result.agreement == "agrees"
    assert "published" in result.detail


def test_a_shift_beyond_the_interval_disagrees():
    assert compare(rows_of("a"), moved(rows_of("a"), 1.5)).agreement == "disagrees"
    assert compare(rows_of("a"), []).agreement == "disagrees"


def test_censoring_on_the_other_side_disagrees():
    right = [row | {"n_low": 1000.0, "n_best": None, "n_high": None} for row in rows_of("a")]
    left = [row | {"n_low": 0.0, "n_best": None, "n_high": 5.0} for row in rows_of("a")]
    assert compare(right, left).agreement == "disagrees"
    assert compare(right, rows_of("a")).agreement == "disagrees"
    assert compare(right, [row | {"trainings": 1} for row in right]).agreement == "agrees"


@pytest.mark.parametrize("name", ["floor_risk", "target"])
def test_another_floor_or_target_disagrees_however_alike_n_star_is(name):
    rows = rows_of("a")
    for factor, expected in ((1 + 1e-12, "agrees"), (1 + 1e-6, "disagrees")):
        assert compare(rows, [row | {name: row[name] * factor} for row in rows]).agreement == expected
    assert name in compare(rows, [row | {name: 1.0} for row in rows]).detail


@pytest.mark.parametrize("side", ["right", "left"])
def test_censored_cells_agree_only_if_their_bounds_do(side):
    ends = {"right": ("n_low", 0.0, "n_high"), "left": ("n_high", 0.0, "n_low")}[side]

    def censored(bound: float) -> list[dict]:
        bounds = {ends[0]: bound, "n_best": None, ends[2]: None if side == "right" else ends[1]}
        return [row | bounds for row in rows_of("a")]

    assert compare(censored(1000.0), censored(1050.0)).agreement == "agrees"
    assert compare(censored(1000.0), censored(1100.0)).agreement == "disagrees"
    assert compare(censored(1100.0), censored(1000.0)).agreement == "disagrees"
    assert compare(censored(1000.0), censored(4.0)).agreement == "disagrees"


def test_a_cell_that_cannot_be_recomputed_is_one_line_and_the_others_go_on(folder):
    asked, said = [], []

    def recompute(cell):
        asked.append(cell.id)
        if len(asked) == 2:
            raise FloatingPointError("the planted\nfailure " + "x" * 500)
        return rows_of(cell.id)

    options = {"folder": folder, "recompute": recompute, "report": said.append}
    assert verify(preset="quick", sample=3, seed=0, **options) == 1
    assert len(asked) == 3
    assert "disagrees" in said[1]
    assert "FloatingPointError: the planted failure" in said[1]
    assert all("\n" not in line and len(line) < 300 for line in said)
    assert "2 identical" in said[-1]
    assert "1 disagree" in said[-1]


@pytest.fixture
def folder(tmp_path):
    cells = EXPERIMENTS["width"].cells("quick")
    rows = [row for cell in cells for row in rows_of(cell.id)]
    write_csv(tmp_path / "quick" / "width.csv", rows)
    return tmp_path


def test_verify_recomputes_the_drawn_sample_and_agrees(folder):
    asked, said = [], []

    def recompute(cell):
        asked.append(cell.id)
        return rows_of(cell.id)

    options = {
        "preset": "quick",
        "sample": 2,
        "folder": folder,
        "recompute": recompute,
        "report": said.append,
    }
    assert verify(seed=0, **options) == 0
    assert len(asked) == len(set(asked)) == 2
    assert said[-1].startswith("2 of 3 published cells recomputed")
    assert "2 identical" in said[-1]
    first, asked[:] = list(asked), []
    verify(seed=0, **options)
    assert asked == first
    drawn = set()
    for seed in range(1, 8):
        asked.clear()
        verify(seed=seed, **options)
        drawn.add(tuple(asked))
    assert len(drawn) > 1


def test_verify_exits_1_on_a_disagreement_and_names_the_cell(folder):
    said = []
    status = verify(
        preset="quick",
        sample=99,
        seed=0,
        folder=folder,
        recompute=lambda cell: moved(rows_of(cell.id), 2.0),
        report=said.append,
    )
    assert status == 1
    assert "3 disagree" in said[-1]
    assert all("disagrees" in line and "fcn" in line for line in said[:-1])


def test_a_published_cell_that_no_experiment_knows_disagrees(tmp_path):
    write_csv(tmp_path / "quick" / "width.csv", rows_of("f" * 64))
    said = []
    assert verify(preset="quick", sample=1, seed=0, folder=tmp_path, report=said.append) == 1
    assert "no cell of the quick preset" in said[0]


def test_nothing_published_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="nothing is published"):
        verify(preset="paper", sample=1, seed=0, folder=tmp_path)
    with pytest.raises(InputError, match="nothing is published"):
        read_published("paper", folder=tmp_path)


def test_published_tables_read_back_with_what_is_missing(folder):
    tables = read_published("quick", folder=folder)
    assert {row["experiment"] for row in tables.thresholds} == {"width"}
    assert tables.quantities == ()
    assert len(tables.cells["width"]) == 3
    assert tables.missing["width"] == ()
    assert tables.missing["sweeps"]


def test_a_recomputed_cell_is_identical_to_itself():
    """One real, small cell, computed twice from nothing."""
    cell = EXPERIMENTS["one-patch"].cells("quick")[-1]
    small = dataclasses.replace(
        cell,
        seeds=(0, 1),
        learner=dataclasses.replace(cell.learner, steps=60, lr_w=(0.1,), lr_b=(0.01,)),
        criterion=dataclasses.replace(cell.criterion, test_size=200),
        search=dataclasses.replace(cell.search, n_max=100, ratio=1.5, confirm=0),
    )
    first, second = recompute(small), recompute(small)
    assert len(first) == 2
    assert compare(first, second).agreement == "identical"


def quantity(name="error", value=1.0, error=0.1, **more):
    row = {"cell": "a", "quantity": name, "at": None, "value": value, "error": error, "predicted": 1.0}
    return {**row, "repetitions": 11, **more}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "identical"),
        ({"value": 1.2}, "agrees"),  # 2.228 standard errors are the half-width of the interval
        ({"value": 1.23}, "disagrees"),
        ({"predicted": 1.001}, "disagrees"),
        ({"repetitions": 12}, "disagrees"),
        ({"at": 3.0}, "disagrees"),
        ({"error": None}, "disagrees"),
    ],
)
def test_quantities_agree_within_their_intervals(changes, expected):
    published = [quantity(), quantity("exact", error=None)]
    assert compare_quantities(published, [quantity(**changes), published[1]]).agreement == expected


@pytest.mark.parametrize(("value", "expected"), [(1 + 1e-7, "agrees"), (1.001, "disagrees")])
def test_exact_quantities_agree_up_to_rounding(value, expected):
    published = [quantity(error=None)]
    result = compare_quantities(published, [quantity(error=None, value=value)])
    assert result.agreement == expected
    assert ("error: published 1, recomputed 1.001" in result.detail) == (expected == "disagrees")


def repetitions(*values):
    """Eleven draws, the first as given, and their mean; the others stay as they are."""
    draws = [*values, *(0.1 * place for place in range(11 - len(values)))]
    mean, error = sum(draws) / 11, 0.1 * math.sqrt(10 / 11)
    singles = [quantity("seed_bias", value, None, at=at, repetitions=1) for at, value in enumerate(draws)]
    return [quantity("bias", mean, error), *singles]


@pytest.mark.parametrize(("value", "expected"), [(0.5, "agrees"), (1.5, "agrees"), (1.8, "disagrees")])
def test_single_repetitions_agree_as_draws_of_their_spread_do(value, expected):
    """Student's t of ten degrees exceeds 3.64 with probability .025 / 11: times the spread, 0.1 sqrt(10), and
    sqrt 2, two draws may be 1.63 apart. At 1.8 the mean moves by .16 alone, within 2.23 of its errors.
    """
    published, recomputed = repetitions(0.1), repetitions(0.1 + value)
    result = compare_quantities(published, recomputed)
    assert result.agreement == expected
    assert ("seed_bias at 0" in result.detail) == (expected == "disagrees")


def test_a_repetition_without_its_mean_is_an_exact_value():
    published = [quantity("seed_bias", 1.0, None, at=0.0)]
    assert compare_quantities(published, [quantity("seed_bias", 1.1, None, at=0.0)]).agreement == "disagrees"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mean:
    """A probe: the mean of k normal draws."""

    k: int
    sigma: float = 1.0
    name: ClassVar[str] = "planted_mean"
    version: ClassVar[int] = 1

    def measure(self, entropy):
        draws = self.sigma * numpy_generator(entropy).standard_normal(self.k)
        error = float(draws.std(ddof=1) / math.sqrt(self.k))
        mean = Quantity(
            name="mean", value=float(draws.mean()), error=error, predicted=0.0, repetitions=self.k
        )
        return [mean, Quantity(name="count", value=self.k)]


@pytest.fixture
def probes(monkeypatch):
    """An experiment of probes beside the others."""
    monkeypatch.setitem(sims.pieces.registry._registry["probe"], Mean.name, Mean)
    settings = [ProbeSetting(Mean.name, {"k": k}) for k in (20, 30)]
    experiment = Experiment(name="planted", title="t", question="q?", make=lambda preset: settings)
    monkeypatch.setitem(EXPERIMENTS, "planted", experiment)
    return experiment


def test_published_probes_are_read_with_their_fields_and_verified(probes, tmp_path):
    cells = probes.units("quick")
    rows = recompute(cells[0])
    write_csv(tmp_path / "quick" / "planted.csv", rows, columns_of(probes))
    tables = read_published("quick", folder=tmp_path)
    assert [row["k"] for row in tables.quantities] == [20, 20]
    assert {row["experiment"] for row in tables.quantities} == {"planted"}
    assert tables.thresholds == ()
    assert tables.missing["planted"] == (cells[1].label,)
    said = []
    assert verify(preset="quick", sample=1, seed=0, folder=tmp_path, report=said.append) == 0
    assert f"{cells[0].label}: identical: {len(rows)} quantities" in said[0]
    again = [row | {"value": 2 * row["value"]} for row in rows]
    options = {"folder": tmp_path, "recompute": lambda cell: again, "report": said.append}
    assert verify(preset="quick", sample=1, seed=0, **options) == 1
    assert "quantities differ" in said[2]
