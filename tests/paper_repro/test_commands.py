"""``nstar figures``, ``report`` and ``verify`` from the command line, on a store that holds nothing."""

import html
import json
import re

import pytest

import paper_repro.published_tables
from figures.catalogue import FIGURES
from paper_repro.cli import main
from sims.experiments import EXPERIMENTS
from sims.table import COLUMNS, write_csv
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
    read = paper_repro.published_tables.read_published
    monkeypatch.setattr(
        paper_repro.published_tables,
        "read_published",
        lambda preset: read(preset, folder=tmp_path / "published"),
    )
    (tmp_path / "clone").mkdir()
    monkeypatch.chdir(tmp_path / "clone")
    return tmp_path / "clone"


@pytest.fixture
def one_figure(monkeypatch):
    """A report of all claims and one figure: that the others are drawn is a test of the figures."""
    monkeypatch.setattr("paper_repro.report.FIGURES", {"width": FIGURES["width"]})


def test_the_reports_own_command_draws_the_published_figure_again(published, one_figure, capsys):
    assert run("report", "--published") == 0
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


def test_an_output_that_cannot_be_written_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run("figures", "width", "--store", str(tmp_path), "--out", str(tmp_path / "file" / "x")) == 2
    assert "--out" in capsys.readouterr().err


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
