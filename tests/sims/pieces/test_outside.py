"""Modules from outside: pieces and experiments of a file, here and in workers, and what is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sims.cli import add_commands, dispatch
from sims.experiments import EXPERIMENTS
from sims.machine.versions import versions
from sims.pieces import outside, registry
from sims.pieces.errors import InputError
from sims.store.index import is_covered

ROOT = Path(__file__).resolve().parents[3]
NEAREST = """
import dataclasses
from typing import ClassVar

from sklearn.neighbors import KNeighborsClassifier

from sims.experiments import Experiment, Setting
from sims.learners.estimator import Estimator
from sims.pieces import register


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Nearest(Estimator):
    neighbours: int = 1
    name: ClassVar[str] = "nearest"
    version: ClassVar[int] = 1

    def make(self, seed):
        return KNeighborsClassifier(self.neighbours)
"""
EXPERIMENT = """

def _make(preset):
    judged = {"name": "risk_level", "metric": "zero_one", "tolerance": 0.3, "test_size": 200}
    common = {"d": 2, "sigma": 0.1, "model": "none", "protocol": "direct", "floor": "zero", "n_max": 100}
    cells = [{"k": k, "seeds": (0, 1), "criterion": judged, **common} for k in (1, 2)]
    return [Setting(learner={"name": "nearest"}, **cell) for cell in cells]


EXPERIMENT = Experiment(name="nearest-k", title="nearest neighbour", question="How does it grow?", make=_make)
"""
MEASURE = ["measure", "dsd", "--model", "none", "--k", "1", "--d", "2", "--sigma", "0.1", "--reps", "1"]
MEASURE += ["--n-max", "40", "--metric", "zero_one", "--floor", "zero", "--tolerance", "0.3", "--json"]
MEASURE += ["--criterion-option", "test_size=100"]


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    """Modules, pieces and experiments of a test are forgotten."""
    for kind in registry.KINDS:
        registry.registered(kind)
    pieces, modules, experiments = registry.snapshot(), set(sys.modules), dict(EXPERIMENTS)
    monkeypatch.setattr(outside, "_loaded", {})
    monkeypatch.setenv(outside.VARIABLE, "")
    yield
    registry.restore(pieces)
    for name in set(sys.modules) - modules:
        if not name.startswith(("sims", "sklearn", "scipy", "joblib", "jax", "numpy")):
            del sys.modules[name]
    EXPERIMENTS.clear()
    EXPERIMENTS.update(experiments)


@pytest.fixture
def nearest(tmp_path, monkeypatch):
    """A folder with the file, in which the process stands."""
    (tmp_path / "nearest_pieces.py").write_text(NEAREST + EXPERIMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "nearest_pieces.py"


def run(capsys, *argv):
    status = dispatch(argv, (add_commands,))
    out, err = capsys.readouterr()
    return status, out, err.strip().splitlines()


def test_a_learner_of_a_file_is_measured_and_named_in_the_provenance(nearest, capsys):
    status, out, _ = run(capsys, "--use", "nearest_pieces.py", *MEASURE, "--learner", "nearest")
    assert status == 0
    found = json.loads(out)
    assert found["config"]["learner"] == {"name": "nearest", "version": 1, "neighbours": 1}
    (identity,) = [value for name, value in found["versions"].items() if name == "use nearest_pieces"]
    assert len(identity) == 64
    assert versions()["use nearest_pieces"] == identity


def test_a_class_is_named_with_its_module_and_its_fields_are_options(nearest, capsys):
    line = [*MEASURE, "--learner", "nearest_pieces:Nearest", "--learner-option", "neighbours=3"]
    status, out, _ = run(capsys, *line)
    assert status == 0
    assert json.loads(out)["config"]["learner"]["neighbours"] == 3
    status, _, (line,) = run(capsys, *MEASURE, "--learner", "nearest_pieces:Nobody")
    assert status == 2
    assert "--learner" in line
    assert "a class of nearest_pieces that is registered as a learner" in line


def test_the_index_of_a_store_does_not_trust_pieces_from_outside(nearest):
    outside.use(str(nearest))
    piece = registry.build("learner", {"name": "nearest"})
    dispatch(["--use", str(nearest), "list", "--json"], (add_commands,))
    (cell, _) = EXPERIMENTS["nearest-k"].units("quick")
    assert cell.learner == piece
    assert not is_covered(cell)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def (", "SyntaxError"),
        (NEAREST.replace('"nearest"', '"posterior"'), "two learners are called 'posterior'"),
        (NEAREST + "raise OSError('late')", "late"),
    ],
)
def test_a_module_that_fails_is_one_line_and_leaves_nothing(text, words, tmp_path, capsys):
    path = tmp_path / "failing_pieces.py"
    path.write_text(text)
    status, out, (line,) = run(capsys, "--use", str(path), "list")
    assert (status, out) == (2, "")
    assert line.startswith("nstar: error: --use: got ")
    assert words in line
    assert "nearest" not in registry.registered("learner")
    assert "failing_pieces" not in sys.modules
    assert outside.modules() == []


@pytest.mark.parametrize("named", ["nowhere.py", "no_such_module", "json.py", "a-b.py", ""])
def test_what_is_no_module_is_one_line(named, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("json.py", "a-b.py"):
        (tmp_path / name).write_text("")
    status, out, (line,) = run(capsys, "--use", named, "list")
    assert (status, out) == (2, "")
    assert "--use" in line
    assert "allowed: " in line


def test_an_experiment_whose_name_is_taken_is_one_line(tmp_path, capsys):
    path = tmp_path / "another_sweep.py"
    path.write_text((NEAREST + EXPERIMENT).replace("nearest-k", "sweeps"))
    status, _, (line,) = run(capsys, f"--use={path}", "list")
    assert status == 2
    assert "'sweeps'" in line


def test_two_files_of_one_name_are_refused_and_one_may_be_named_twice(nearest, tmp_path):
    assert outside.use("nearest_pieces.py") is outside.use(str(nearest))
    other = tmp_path / "elsewhere" / "nearest_pieces.py"
    other.parent.mkdir()
    other.write_text("")
    with pytest.raises(InputError, match="whose name differs"):
        outside.use(str(other))


def test_an_experiment_of_a_file_runs_in_processes_and_in_one_to_the_same_bytes(nearest, tmp_path):
    """From the command line, as its user would: run twice, status, fit."""

    def nstar(*argv):
        program = "import sys; from paper_repro.cli import main; sys.exit(main())"
        line = [sys.executable, "-c", program, "--use", nearest.name, *argv]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)

    here = nstar("run", "nearest-k", "--preset", "quick", "--store", "here", "--workers", "1")
    there = ["--executor", "local", "--processes", "2"]
    elsewhere = nstar("run", "nearest-k", "--preset", "quick", "--store", "there", *there)
    assert here.returncode == elsewhere.returncode == 0, here.stderr + elsewhere.stderr
    for name in ("nearest-k.csv", "nearest-k-evaluations.csv"):
        ours, theirs = (tmp_path / store / "tables" / name for store in ("here", "there"))
        assert ours.read_bytes() == theirs.read_bytes()
        assert b",none," in ours.read_bytes()
    status = nstar("status", "nearest-k", "--preset", "quick", "--store", "here", "--json")
    assert status.returncode == 0
    assert nstar("fit", "nearest-k", "--preset", "quick", "--store", "here").returncode == 0
    record = json.loads(next((tmp_path / "there").glob("??/*.json")).read_text())
    assert "use nearest_pieces" in record["provenance"]["versions"]
