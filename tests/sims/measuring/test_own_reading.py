"""A reading in one file of one's own: on several threads, with a price, in a table, a figure and a claim."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sims.cli import add_commands, dispatch
from sims.measuring.contracts import check_piece
from sims.pieces import KINDS, outside, register
from sims.pieces.registry import registered, restore, snapshot

ROOT = Path(__file__).resolve().parents[3]
SPREAD = '''"""How far the outputs of a trained net spread."""

import dataclasses
from typing import ClassVar

from sims.pieces import register


@register("reading")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean and largest size of f on `images` samples that no training saw."""

    images: int = 100
    name: ClassVar[str] = "spread"
    version: ClassVar[int] = 1

    def read(self, evaluated):
        """Two numbers."""
        sizes = abs(evaluated.trained.outputs(evaluated.data.test(self.images)))
        return {"mean": sizes.mean(), "largest": sizes.max()}
'''
PRICE = '''
    def flops(self, cell):
        """Operations of one reading."""
        return 7.0 * self.images

    def bytes(self, cell):
        """Memory of one reading."""
        return 4.0 * self.images * cell.task.k * cell.task.d
'''
FIGURE = """

def _make(preset):
    cell = {"k": 2, "d": 3, "sigma": 0.2, "protocol": "honest", "seeds": (0, 1, 2), "ns": (10, 20)}
    small = {"learner": {"steps": 20, "patience": None}, "criterion": {"test_size": 50}}
    return [Setting(model=model, **cell, **small, reading={"name": "spread"}) for model in ("lcn", "cnn")]


EXPERIMENT = Experiment(name="spreads", title="spreads", question="How far do outputs spread?", make=_make)


def _content(rows):
    chosen = [row for row in rows if row["quantity"] == "mean"]
    marks = [
        Mark(panel="n", series=row["model"], model=row["model"], kind="line", x=row["n"], y=row["value"])
        for row in chosen
        if row["seed"] == 0
    ]
    return Content(marks=tuple(marks), panels=(Panel(key="n", title="spread", xlabel="n", ylabel="|f|"),))


FIGURE = FigureSpec(
    name="spreads",
    title="Spread of outputs",
    caption="Mean |f|.",
    experiments=("spreads",),
    of_rows=_content,
    draw=draw_content,
    table="readings",
)
"""
IMPORTS = """
from figures.drawing.marks import Mark
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.experiments import Experiment, Setting
"""


@pytest.fixture
def nstar(tmp_path):
    """The command, in a folder with the file, in a process of its own."""
    (tmp_path / "spread.py").write_text(
        SPREAD.replace("\nfrom sims.p", IMPORTS + "from sims.p", 1) + PRICE + FIGURE
    )
    program = "import sys; from paper_repro.cli import main; sys.exit(main())"

    def run(*argv):
        line = [sys.executable, "-c", program, "--use", "spread.py", *argv]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_reading_of_a_file_is_priced_run_on_threads_tabled_and_drawn(nstar, tmp_path):
    asked = ["run", "spreads", "--preset", "quick", "--store"]
    said = nstar(*asked, "s", "--dry-run", "--workers", "2")
    # Two cells of three seeds at two n, each read at 700 operations.
    assert "reading     spread, 8.40e+03 FLOPs of them" in said
    for workers in ("1", "3"):
        nstar(*asked, f"on-{workers}", "--workers", workers)
    one, three = (tmp_path / f"on-{workers}" / "tables" / "spreads-readings.csv" for workers in ("1", "3"))
    assert one.read_bytes() == three.read_bytes()
    rows = read(three)
    assert [(row["model"], row["n"], row["quantity"]) for row in rows] == [
        (model, n, quantity)
        for model in ("lcn", "cnn")
        for _ in range(3)
        for n in ("10", "20")
        for quantity in ("mean", "largest")
    ]
    assert all(float(row["value"]) > 0 and row["reading"] == "spread" for row in rows)
    nstar("figures", "spreads", "--preset", "quick", "--store", "on-3", "--out", "drawn")
    drawn = read(tmp_path / "drawn" / "spreads.csv")
    means = [float(row["value"]) for row in rows if (row["seed"], row["quantity"]) == ("0", "mean")]
    assert sorted(float(row["y"]) for row in drawn) == sorted(means)


def test_measure_prints_what_was_read(capsys):
    line = ["measure", "dsd", "--model", "cnn", "--k", "2", "--d", "3", "--sigma", "0.2", "--reps", "3"]
    line += ["--ns", "10", "20", "--learner-option", "steps=20", "--criterion-option", "test_size=50"]
    line += ["--reading", "kernel_movement", "--reading-option", "kernel_size=5"]
    assert dispatch([*line, "--json"], (add_commands,)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["config"]["reading"] == {"name": "kernel_movement", "version": 1, "kernel_size": 5}
    values = [seed["evaluations"][0]["selected"]["reading"]["alignment_end"] for seed in found["per_seed"]]
    row = next(row for row in found["readings"] if row["quantity"] == "alignment_end" and row["n"] == 10)
    assert row["mean"] == pytest.approx(sum(values) / 3)
    assert row["error"] == pytest.approx((sum((v - row["mean"]) ** 2 for v in values) / 6) ** 0.5)
    assert row["seeds"] == 3
    assert dispatch(line, (add_commands,)) == 0
    (shown,) = [line for line in capsys.readouterr().out.splitlines() if line.endswith(" alignment_gain")][:1]
    assert shown.split()[:2] == ["10", "3"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--reading", "nothing"], "argument --reading: got 'nothing'; allowed: kernel_movement, reliance"),
        (["--reading", "reliance"], "argument --reading: got 'reliance'; allowed: another for task dsd"),
        (["--reading-option", "probes=4"], "argument --reading-option: got ['probes=4']; allowed: nothing"),
        (
            ["--reading", "reliance", "--reading-option", "probes=0"],
            "--reading-option probes: got 0",
        ),
        (["--ns", "20", "10"], "argument --ns: got (20, 10)"),
        (["--ns", "20", "--n-max", "10"], "argument --n-max: got 10; allowed: nothing with --ns"),
    ],
)
def test_bad_options_are_one_line(options, words, capsys):
    line = ["measure", "dsd", "--model", "cnn", "--k", "2", "--d", "3", "--sigma", "0.2", *options]
    assert dispatch(line, (add_commands,)) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert words in said


def test_check_tries_readings(monkeypatch, tmp_path):
    for kind in KINDS:
        registered(kind)
    before = snapshot()
    monkeypatch.setattr(outside, "_loaded", {})
    monkeypatch.setenv(outside.VARIABLE, "")
    (tmp_path / "own_spread.py").write_text(SPREAD)
    module = outside.use(str(tmp_path / "own_spread.py"))
    contract = "numbers, the same at every look"
    try:
        assert [one.broken for one in check_piece("reading", module.Spread)] == [None, None]
        assert [one.broken for one in check_piece("reading", registered("reading")["reliance"])] == [None] * 2
        looks = iter(range(9))

        class Restless(module.Spread):
            name = "restless"

            def read(self, evaluated):
                return {"look": next(looks)}

        register("reading")(Restless)
        (broken,) = [one for one in check_piece("reading", Restless) if one.broken]
        assert (broken.contract, broken.broken) == (
            contract,
            "a second look gives {'look': 1.0}, the first gave {'look': 0.0}",
        )
    finally:
        restore(before)
        sys.modules.pop("own_spread", None)
