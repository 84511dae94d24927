"""``nstar figures``, ``report`` and ``verify`` from the command line, on a store that holds nothing."""

import html
import json
import re
import subprocess
import sys

import pytest

import paper_repro.published.reader
import sims.tables.gather
from figures.catalogue import FIGURES
from paper_repro.cli import main
from sims.experiments import EXPERIMENTS
from sims.pieces.errors import InputError
from sims.tables.columns import COLUMNS
from sims.tables.rows import write_csv
from tests.figures.synthetic import cell_rows


def run(*argv: str) -> int:
    return main(argv)


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A fresh clone: published tables of the widths, no store."""
    rows = []
    for cell in EXPERIMENTS["width"].cells("quick"):
        own = cell_rows("width", "honest", "fcn", k=6, d=10, sigma=0.15, width=cell.model.width, truth=300.0)
        rows += [{column.name: row[column.name] for column in COLUMNS} | {"cell": cell.id} for row in own]
    write_csv(tmp_path / "published" / "quick" / "width.csv", rows)
    read = paper_repro.published.reader.read_published
    monkeypatch.setattr(
        paper_repro.published.reader,
        "read_published",
        lambda preset: read(preset, folder=tmp_path / "published"),
    )
    (tmp_path / "clone").mkdir()
    monkeypatch.chdir(tmp_path / "clone")
    return tmp_path / "clone"


@pytest.fixture
def one_figure(monkeypatch):
    """A report of all claims and one figure: that the others are drawn is a test of the figures."""
    monkeypatch.setattr("paper_repro.report.page.FIGURES", {"width": FIGURES["width"]})


def test_the_reports_own_command_draws_the_published_figure_again(published, one_figure, capsys):
    assert run("report", "--published", "--preset", "quick") == 0
    page = html.unescape((published / "report.html").read_text())
    command = next(
        found for found in re.findall(r"<code>nstar (figures .*)</code>", page) if "width" in found
    )
    assert command == "figures --preset quick --published width"
    assert "<code>nstar run width --preset quick</code>" in page
    capsys.readouterr()
    assert run(*command.split()) == 0
    drawn = published / capsys.readouterr().out.strip()
    assert len(json.loads(drawn.with_suffix(".json").read_text())["cells"]) == 3
    assert json.loads(drawn.with_suffix(".json").read_text())["command"] == f"nstar {command}"
    assert drawn.with_suffix(".csv").read_text().count("estimate") == 3


def test_figures_of_a_preset_that_is_not_published_are_refused(published, capsys):
    assert run("figures", "--preset", "full", "--published") == 2
    assert "--preset" in capsys.readouterr().err
    assert list(published.iterdir()) == []


@pytest.mark.parametrize("command", [["fit", "width"], ["figures", "width"], ["report"]])
def test_without_a_preset_the_published_one_is_read(command, monkeypatch, capsys):
    asked = []

    def read(preset):
        asked.append(preset)
        raise InputError("preset", preset, "none: nothing is published yet")

    monkeypatch.setattr(paper_repro.published.reader, "read_published", read)
    for preset in ([], ["--preset", "quick"], ["--preset", "paper"]):
        assert run(*command, "--published", *preset) == 2
    assert asked == ["paper", "quick", "paper"]


@pytest.mark.parametrize("command", ["fit", "figures", "report"])
def test_published_tables_and_a_store_exclude_each_other(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").mkdir()
    for store in ("store", "mistyped", ""):
        assert run(command, "--published", "--store", store) == 2
        out, err = capsys.readouterr()
        assert out == ""
        (line,) = err.splitlines()
        assert line == f"nstar {command}: error: argument --store: not allowed with argument --published"
    assert [path.name for path in tmp_path.rglob("*")] == ["store"]


@pytest.mark.parametrize("command", ["figures", "report"])
def test_a_store_that_does_not_exist_is_refused(command, tmp_path, capsys):
    assert run(command, "--store", str(tmp_path / "mistyped"), "--out", str(tmp_path / "out")) == 2
    err = capsys.readouterr().err
    assert "--store" in err
    assert "an existing folder" in err
    assert list(tmp_path.iterdir()) == []


def test_figures_of_an_empty_store_are_drawn_and_say_what_is_missing(tmp_path, capsys):
    (tmp_path / "none").mkdir()
    assert run("figures", "width", "--store", str(tmp_path / "none"), "--out", str(tmp_path / "out")) == 0
    out, err = capsys.readouterr()
    assert out.strip().endswith("width.png")
    assert "width: 3 cells missing" in err
    assert "nstar run width --preset quick" in err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"width.{suffix}" for suffix in ("png", "svg", "pdf", "csv", "json")}
    assert json.loads((tmp_path / "out" / "width.json").read_text())["missing"] == 3
    assert list((tmp_path / "none").iterdir()) == []


def test_an_unknown_figure_is_one_line_that_names_the_known_ones(tmp_path, capsys):
    assert run("figures", "pie-chart", "--out", str(tmp_path / "out")) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "pie-chart" in err
    assert "n-star-k" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["figures", "report", "verify"])
def test_an_unknown_preset_is_refused(command, capsys):
    assert run(command, "--preset", "huge") == 2
    assert "quick" in capsys.readouterr().err


@pytest.mark.parametrize("source", [["--published"], ["--store", "."]])
def test_an_output_that_cannot_be_written_is_refused_before_anything_is_read(
    source, tmp_path, monkeypatch, capsys
):
    def read(*args):
        raise AssertionError(f"read {args}")

    monkeypatch.setattr(paper_repro.published.reader, "read_published", read)
    monkeypatch.setattr(sims.tables.gather, "from_store", read)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for command, out in (
        (["figures", "width"], "file"),
        (["figures", "width"], "file/deep/er"),
        (["report"], "folder"),
        (["report"], "file/report.html"),
        (["report"], "x" * 300),
    ):
        assert run(*command, *source, "--out", out) == 2
        shown, err = capsys.readouterr()
        assert (shown, err.count("\n")) == ("", 1)
        assert f"argument --out: got '{out[:50]}" in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_report_is_written_where_it_is_asked_to(tmp_path, capsys):
    out = tmp_path / "deep" / "report.html"
    assert run("report", "--store", str(tmp_path), "--out", str(out)) == 0
    assert capsys.readouterr().out.strip() == str(out)
    page = out.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "nstar report --preset quick --store DIR" in page
    assert str(tmp_path) not in page


def test_a_report_that_cannot_be_finished_leaves_the_old_one(tmp_path, one_figure, monkeypatch, capsys):
    out = tmp_path / "report.html"
    out.write_text("the old report")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert run("report", "--store", str(tmp_path), "--out", str(out)) == 2
    assert "No space left" in capsys.readouterr().err
    assert out.read_text() == "the old report"
    assert list(tmp_path.iterdir()) == [out]


def test_a_sample_of_nothing_is_refused(capsys):
    assert run("verify", "--sample", "0") == 2
    assert "--sample" in capsys.readouterr().err


WITHOUT_PLOTTING = """
import sys
sys.modules["matplotlib"] = None  # importing it raises ImportError
from paper_repro.cli import main
from paper_repro.published.verify import recompute
from sims.experiments import EXPERIMENTS

assert recompute(EXPERIMENTS["packings"].units("quick")[0])
sys.exit(main(["report", "--preset", "quick", "--store", sys.argv[1], "--json"]))
"""


def test_verdicts_and_recomputed_cells_need_no_matplotlib(tmp_path):
    arguments = [sys.executable, "-c", WITHOUT_PLOTTING, str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {claim["verdict"] for claim in json.loads(done.stdout)} == {"not run"}
