"""The page on estimators and data of one's own: its code and its commands run as printed."""

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "own-estimators.md").read_text(encoding="utf-8")
*EXAMPLES, CENTROID, HALF_SPACE = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(BLOCK,) = re.findall(r"^```\n(nstar .*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [shlex.split(line)[1:] for line in BLOCK.splitlines()]
PROGRAM = """
import json, sys
from paper_repro.cli import main
for argv in json.loads(sys.argv[1]):
    print("status", main(argv))
"""
FAULTS = """
import numpy as np
from centroid import Centroid
from sims.experiments import Experiment, Setting


class Raising(Centroid):
    def fit(self, X, y):
        raise RuntimeError("no more\\nlines")


class Nothing(Centroid):
    def predict(self, X):
        return np.full(len(X), np.nan)


class Pairs(Centroid):
    def predict(self, X):
        return np.zeros((len(X), 2))


def _make(preset):
    judged = {"name": "risk_level", "metric": "zero_one", "tolerance": 0.3, "test_size": 100}
    shared = {"protocol": "direct", "floor": "zero", "seeds": (0, 1), "n_max": 40, "criterion": judged}
    names = ["faults:Raising", "faults:Nothing", "faults:Pairs", "centroid:Centroid"]
    learners = [{"name": "estimator", "of": name} for name in names]
    return [Setting(k=2, d=2, sigma=0.1, model="none", learner=one, **shared) for one in learners]


EXPERIMENT = Experiment(name="faults", title="faults", question="What fails?", make=_make)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With the files that the page has."""
    found = tmp_path_factory.mktemp("page")
    (found / "centroid.py").write_text(CENTROID)
    (found / "half_space.py").write_text(HALF_SPACE)
    x, y = load_digits(return_X_y=True)
    np.savez(found / "digits.npz", X=x, y=y % 2)
    return found


def nstar(folder, *commands):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NSTAR_USE": ""}
    line = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True)


def test_its_code_runs_and_prints_what_it_measured():
    assert len(EXAMPLES) == 2
    space: dict = {"__name__": "__main__"}
    for example in EXAMPLES:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(example, "own-estimators.md", "exec"), space)
        assert "Estimate(low=" in said.getvalue()


def test_its_files_have_ten_lines_at_most():
    for text in (CENTROID, HALF_SPACE):
        assert len([line for line in text.splitlines() if line]) <= 10


def test_its_commands_measure(folder):
    assert len(COMMANDS) == 4
    done = nstar(folder, *COMMANDS)
    assert done.stdout.count("status 0") == 4, done.stderr
    first = [line for line in done.stdout.splitlines() if " on " in line]
    assert [line.split(" on ")[0] for line in first] == [
        "centroid:Centroid",
        "sklearn.svm:SVC",
        "centroid:Centroid",
        "sklearn.svm:SVC",
    ]
    assert done.stdout.count("n* = ") == 4


@pytest.mark.parametrize("options", [["--executor", "process"], ["--executor", "local", "--processes", "2"]])
def test_a_fault_of_a_users_code_fails_its_cell_alone(folder, options):
    (folder / "faults.py").write_text(FAULTS)
    store = options[1]
    use = ["--use", "centroid.py", "--use", "faults.py"]
    done = nstar(folder, [*use, "run", "faults", "--store", store, *options])
    assert "status 1" in done.stdout
    for words in (
        "RuntimeError: no more",
        "faults:Nothing: an output is not finite",
        "predict gave shape (100, 2); allowed: (100,), one number an image",
    ):
        assert words in done.stderr
    assert "Traceback" not in done.stderr
    table = (folder / store / "tables" / "faults.csv").read_text().splitlines()
    assert len(table) == 3
    assert all("of=centroid:Centroid" in line for line in table[1:])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            ["--learner", "centroid.py:Nobody"],
            "--learner: got 'centroid.py:Nobody'; allowed: a class of centroid",
        ),
        (["--learner", "numpy:pi"], "of: got 'numpy:pi'; allowed: a class, a function, or an object"),
        (
            ["--learner", "sklearn.svm:SVC", "--learner-option", 'parameters={"D": 1}'],
            "parameters: got '{\"D\":1}'",
        ),
        (
            ["--learner", "centroid.py:Centroid", "--floor", "zero"],
            "--target: got 0.1; allowed: nothing with",
        ),
        (["--protocol", "honest"], "--target: got 0.1; allowed: nothing with"),
        (["--learner", "centroid.py"], "--learner: got 'centroid.py'; allowed: channel_regression"),
    ],
)
def test_bad_input_is_one_line_and_status_2(folder, more, words, monkeypatch, capsys):
    from paper_repro.cli import main
    from sims.pieces import outside

    monkeypatch.chdir(folder)
    monkeypatch.setattr(outside, "_loaded", {})
    monkeypatch.setenv(outside.VARIABLE, "")
    before = set(sys.modules)
    line = ["measure", "dsd", "--model", "none", "--k", "2", "--d", "2", "--sigma", "0.1", "--target", "0.1"]
    try:
        status = main([*line, *more])
    finally:
        for name in {"centroid"} & (set(sys.modules) - before):
            del sys.modules[name]
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert words in err
