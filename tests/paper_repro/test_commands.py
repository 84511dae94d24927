"""``nstar figures``, ``report`` and ``verify`` from the command line, on a store that holds nothing."""

import json

import pytest

import figures.cli
import paper_repro.commands
from sims.cli.dispatch import dispatch


def run(*argv: str) -> int:
    return dispatch(argv, [figures.cli.add_commands, paper_repro.commands.add_commands])


def test_figures_of_an_empty_store_are_drawn_and_say_what_is_missing(tmp_path, capsys):
    assert run("figures", "width", "--store", str(tmp_path / "none"), "--out", str(tmp_path / "out")) == 0
    out, err = capsys.readouterr()
    assert out.strip().endswith("width.png")
    assert "width: 4 cells missing" in err
    assert "nstar run width --preset quick" in err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"width.{suffix}" for suffix in ("png", "svg", "pdf", "csv", "json")}
    assert json.loads((tmp_path / "out" / "width.json").read_text())["missing"] == 4
    assert not (tmp_path / "none").exists()


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
    assert run("figures", "width", "--store", str(tmp_path / "s"), "--out", str(tmp_path / "file" / "x")) == 2
    assert "--out" in capsys.readouterr().err


def test_report_is_written_where_it_is_asked_to(tmp_path, capsys):
    out = tmp_path / "deep" / "report.html"
    assert run("report", "--store", str(tmp_path / "s"), "--out", str(out)) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert out.read_text().startswith("<!DOCTYPE html>")


def test_a_sample_of_nothing_is_refused(capsys):
    assert run("verify", "--sample", "0") == 2
    assert "--sample" in capsys.readouterr().err
