"""``nstar reproduce``: published first, then what this machine says to it; tampering and faults are found."""

import csv
import dataclasses
import json
import shutil
from functools import cache

import pytest

import paper_repro.reproduce as module
from figures.catalogue import FIGURES
from paper_repro.claims import PAPERS
from paper_repro.published.agreement import Comparison
from paper_repro.published.reader import PUBLISHED, read_published
from paper_repro.published.sums import SUMS, altered, write_sums
from paper_repro.report.here import BEFORE, FRESH, Here, Recomputed, fresh_models
from paper_repro.reproduce import SAMPLED, drawn_cells, reproduce
from sims.experiments import EXPERIMENTS
from sims.experiments.setting import Setting
from sims.pieces.cell import ProbeCell
from sims.pieces.errors import InputError
from sims.tables.gather import Tables

FAMILIES = {experiment.make.__module__.split(".")[2] for experiment in EXPERIMENTS.values()} - {"again"}


def tiny(preset: str) -> list[Setting]:
    """A cell that takes a second, at a size that "architectures" has."""
    return [Setting(model="cnn", k=5, d=10, sigma=0.15, protocol="honest", seeds=(300, 301), n_max=60)]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder with three published tables of which one cell is recomputed, and two figures."""
    folder = tmp_path / "published"
    for name in ("architectures.csv", "alignment.csv", "oracles.csv"):
        (folder / "paper").mkdir(parents=True, exist_ok=True)
        shutil.copy(PUBLISHED / "paper" / name, folder / "paper" / name)
    write_sums(folder)
    monkeypatch.setattr(module, "SAMPLED", ("alignment",))
    monkeypatch.setitem(EXPERIMENTS, FRESH, dataclasses.replace(EXPERIMENTS[FRESH], make=tiny))
    for name in set(FIGURES) - {FRESH, "task"}:
        monkeypatch.delitem(FIGURES, name)
    monkeypatch.setattr(module, "available_cores", lambda: 1)
    monkeypatch.setattr("paper_repro.report.sections.PAPERS", dict(list(PAPERS.items())[-1:]))
    return folder


def tamper(path, column: str, factor: float) -> None:
    """Another number in every row of a table."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row[column] = str(float(row[column]) * factor)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_it_draws_compares_and_the_second_call_changes_nothing(small, tmp_path, capsys):
    out = tmp_path / "out"
    assert reproduce(out, folder=small) == 0
    assert capsys.readouterr().out == f"{out / 'report.html'}\n"
    page = (out / "report.html").read_text()
    assert page.index("Computed on this machine") < page.index("Every claim")
    assert "1 of 1 recomputed cells agree" in page
    assert "<b>identical</b>" in page
    assert {path.name for path in (out / "figures").iterdir()} == {
        f"{name}.{suffix}" for name in (FRESH, "task") for suffix in ("png", "svg", "pdf", "csv", "json")
    }
    drawn = list(csv.DictReader((out / "figures" / f"{FRESH}.csv").read_text().splitlines()))
    assert {row["kind"] for row in drawn} >= {"band", "estimate"}
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.rglob("*") if path.is_file()}
    manifest = json.loads((out / module.MANIFEST).read_text())
    assert manifest["outputs"].keys() >= {"report.html", f"figures/{FRESH}.png"}
    assert reproduce(out, folder=small) == 0
    assert "stands" in capsys.readouterr().err
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.rglob("*") if path.is_file()}
    assert after == before
    for text in ("{", "[]", "{}", '{"outputs": 3}'):
        (tmp_path / module.MANIFEST).write_text(text)
        assert module._standing(tmp_path, manifest["inputs"]) is None

    # A lost file is made anew. A number altered, and one more, in no cell that is recomputed: both are found.
    (out / "figures" / f"{FRESH}.png").unlink()
    tamper(small / "paper" / "alignment.csv", "value", 0.5)
    write_sums(small)
    tamper(small / "paper" / "oracles.csv", "value", 0.999)
    assert reproduce(out, folder=small) == 1
    page = (out / "report.html").read_text()
    assert "Not all of it agrees." in page
    assert "0 of 1 recomputed cells agree" in page
    assert "paper/oracles.csv: not the numbers that were published" in page
    assert "paper/alignment.csv" not in page
    assert (out / "figures" / f"{FRESH}.png").is_file()
    assert reproduce(out, folder=small) == 1


def test_a_number_that_cannot_be_is_named_with_its_table(small, tmp_path, monkeypatch):
    def read(*args, **kwargs):
        raise ValueError("value: got 99; allowed: a number from -1 to 1, its range")

    monkeypatch.setattr(module, "read_published", read)
    with pytest.raises(ValueError, match="got 99"):
        reproduce(tmp_path / "out", folder=small)
    tamper(small / "paper" / "alignment.csv", "value", 99.0)
    with pytest.raises(InputError, match=r"those as they were published: paper/alignment\.csv"):
        reproduce(tmp_path / "out", folder=small)


def test_a_cell_that_fails_is_named_and_nothing_stands(small, tmp_path, capsys, monkeypatch):
    def broken(self, *args, **kwargs):
        raise RuntimeError("no such luck")

    _, unit = drawn_cells(0, folder=small)[0]
    assert isinstance(unit, ProbeCell)
    monkeypatch.setattr(type(unit.probe), "measure", broken)
    out = tmp_path / "out"
    assert reproduce(out, folder=small) == 1
    assert "no such luck" in capsys.readouterr().err
    assert "could not be recomputed" in (out / "report.html").read_text()
    assert not (out / module.MANIFEST).exists()


def test_one_altered_number_of_any_table_is_found(tmp_path):
    folder = tmp_path / "published"
    shutil.copytree(PUBLISHED / "paper", folder / "paper")
    shutil.copy(PUBLISHED / SUMS, folder / SUMS)
    assert altered(folder) == []
    assert altered() == []
    path = folder / "paper" / "sweeps.csv"
    text = path.read_text()
    place = max(place for place, letter in enumerate(text) if letter in "12345678")
    path.write_text(text[:place] + str(int(text[place]) + 1) + text[place + 1 :])
    (folder / "paper" / "sigma.csv").unlink()
    (folder / "paper" / "another.csv").write_text("a,b\n")
    assert altered(folder) == [
        "paper/another.csv: was not published",
        "paper/sigma.csv: is not there",
        "paper/sweeps.csv: not the numbers that were published",
    ]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_sample_has_a_published_cell_of_every_family(seed):
    sample = drawn_cells(seed)
    assert [name for name, _ in sample] == list(SAMPLED)
    assert {EXPERIMENTS[name].make.__module__.split(".")[2] for name, _ in sample} == FAMILIES
    assert sample == drawn_cells(seed)


def test_another_seed_draws_another_sample():
    assert [unit.id for _, unit in drawn_cells(0)] != [unit.id for _, unit in drawn_cells(1)]


@cache
def published() -> Tables:
    return read_published("paper")


def fresh(factor: float, censored: bool = False) -> Here:
    """Published cells of three sizes a model, and "fresh" ones whose n* is `factor` times theirs."""
    tables = published()
    rows = [row for row in tables.thresholds if row["experiment"] == BEFORE and row["protocol"] == "honest"]
    rows = [row for row in rows if row["d"] == 10]
    ends = ("n_low", "n_best", "n_high")
    moved = {end: (lambda value: None if value is None else value * factor) for end in ends}
    if censored:
        moved |= {"n_best": lambda value: None, "n_high": lambda value: None}
    own = [row | {"experiment": FRESH} | {end: moved[end](row[end]) for end in ends} for row in rows]
    with_fresh = dataclasses.replace(tables, thresholds=(*rows, *own))
    return Here(altered=(), fresh=tuple(fresh_models(with_fresh)), failed=(), recomputed=(), seed=0)


def test_equal_cells_do_not_differ_and_a_factor_of_three_does():
    same, apart = fresh(1.0), fresh(3.0)
    assert [one.model for one in same.fresh] == ["fcn", "lcn", "cnn"]
    for one in same.fresh:
        assert one.ratio is not None
        assert one.ratio.best == pytest.approx(1.0)
        assert one.p == pytest.approx(1.0)
    assert same.status == 0
    assert {"fcn", "lcn"} <= {one.model for one in apart.differing}
    assert apart.status == 1
    assert "n* of FCN, LCN" in apart.sentence
    assert fresh(1.0, censored=True).status == 0


def test_a_disagreement_an_altered_table_and_a_failed_cell_each_give_status_one():
    none = Here(altered=(), fresh=(), failed=(), recomputed=(), seed=0)
    assert none.status == 0
    wrong = Recomputed("sweeps", "a cell", Comparison("a", "disagrees", "3 [2, 4], 9 [8, 10]"))
    for change in ({"altered": ("a table",)}, {"failed": ("a cell",)}, {"recomputed": (wrong,)}):
        assert dataclasses.replace(none, **change).status == 1
    right = dataclasses.replace(wrong, result=Comparison("a", "agrees", ""))
    assert dataclasses.replace(none, recomputed=(right,)).status == 0
