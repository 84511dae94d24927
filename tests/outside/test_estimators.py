"""A classifier of scikit-learn and a torch module, a file each, through every command that takes a learner.

`tests.slurm.test_slurm` sends them through Slurm. torch is not locked: its test runs where it is found.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PROGRAM = """
import json, sys
from paper_repro.cli import main
for argv in json.loads(sys.argv[1]):
    print("status", main(argv))
"""
MEASURE = [
    "measure",
    "dsd",
    "--model",
    "none",
    "--k",
    "2",
    "--d",
    "2",
    "--sigma",
    "0.1",
    "--reps",
    "2",
    "--json",
]
MEASURE += ["--n-max", "100", "--metric", "zero_one", "--floor", "zero", "--tolerance", "0.3"]
STORES = {"process": ["--workers", "1"], "local": ["--processes", "2"]}
LEARNERS = [
    "nearest",
    pytest.param(
        "perceptron",
        marks=pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not here"),
    ),
]


def write_files(learner: str, folder: Path) -> list[str]:
    """The learner's file and that of its experiment in a folder, and the options that load them."""
    shutil.copy(HERE / f"{learner}.py", folder)
    shutil.copy(HERE / "growth_figure.py", folder)
    experiment = (HERE / "growth.py").read_text().replace('"nearest"', f'"{learner}"')
    (folder / "growth.py").write_text(experiment)
    return ["--use", str(folder / f"{learner}.py"), "--use", str(folder / "growth.py")]


def code_of(learner: str) -> str:
    """The learner's file without its docstring."""
    return (HERE / f"{learner}.py").read_text().partition("\n\n")[2]


def test_the_guide_shows_and_counts_what_is_run():
    guide = (HERE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"```python\n{code_of('nearest')}```" in guide
    lines = {
        learner: [one for one in code_of(learner).splitlines() if one]
        for learner in ("nearest", "perceptron")
    }
    assert {len(own) for own in lines.values()} <= {*range(21)}
    assert f"`tests/outside/perceptron.py` has {len(lines['perceptron'])} lines of code" in guide


@pytest.mark.parametrize("learner", LEARNERS)
def test_a_learner_of_a_file_is_checked_measured_run_fitted_and_drawn(learner, tmp_path):
    use = write_files(learner, tmp_path)
    commands = [["check", f"{learner}.py"], [*use, *MEASURE, "--learner", learner]]
    for executor, options in STORES.items():
        commands.append([*use, "run", "growth", "--store", executor, "--executor", executor, *options])
    commands.append([*use, "fit", "growth", "--store", "local", "--json"])
    commands.append([*use, "--use", "growth_figure.py", "figures", "growth", "--store", "local"])
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "NSTAR_USE": ""}
    line = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)
    checked, measured, _, _, fitted, drawn, rest = done.stdout.split("status 0\n")
    assert rest == "", done.stderr
    assert "BROKEN" not in checked
    n_star = json.loads(measured)["n_star"]
    assert n_star["low"] < n_star["best"] < n_star["high"]
    tables = {(tmp_path / store / "tables" / "growth.csv").read_bytes() for store in STORES}
    assert len(tables) == 1
    assert tables.pop().count(f",{learner},".encode()) == 6
    (group,) = json.loads(fitted)["groups"]
    assert group["varying"] == {"k": [1, 2, 4]}
    assert drawn == "local/figures/growth.png\n"
    record = json.loads(next((tmp_path / "local").glob("??/*.json")).read_text())
    assert {f"use {learner}", "use growth"} <= record["provenance"]["versions"].keys()
