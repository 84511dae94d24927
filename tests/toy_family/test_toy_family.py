"""A new family is files in every layer, and no line elsewhere: found, run, drawn and judged in a copy."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGES = ("theory", "sims", "figures", "paper_repro")
PROGRAM = """
import json, sys
from paper_repro.cli import main
for argv in json.loads(sys.argv[1]):
    status = main(argv)
    print("status", status)
"""
CHECKS = """
import sys, pytest
files = ["test_house", "sims/experiments/test_experiments", "figures/test_figures", "paper_repro/test_claims"]
chosen = ["-k", "half or famil or nobody2000 or every_file_of_claims"]
paths = [f"tests/{file}.py" for file in files]
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *paths, *chosen]))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The house with the family's files beside its own; nothing of it is edited."""
    place = tmp_path_factory.mktemp("house")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in (*PACKAGES, "nstar", "tests"):
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    before = {path: path.read_bytes() for path in place.rglob("*.py")}
    for name in PACKAGES:
        shutil.copytree(HERE / name, place / name, dirs_exist_ok=True, ignore=ignored)
    assert all(path.read_bytes() == text for path, text in before.items())
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, place)
    return place


def test_the_guide_counts_files_and_lines_as_they_are():
    guide = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    lines = {
        str(path.relative_to(HERE)): path.read_text().count("\n")
        for name in PACKAGES
        for path in (HERE / name).rglob("*.py")
    }
    assert f"{len(lines)} files of {sum(lines.values())} lines" in guide
    files = {name: count for name, count in lines.items() if not name.endswith("__init__.py")}
    assert all(f"| `{name}` | {count} |" in guide for name, count in files.items())


def python(place, program, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(place), "NSTAR_USE": ""}
    line = [sys.executable, "-c", program, *arguments]
    return subprocess.run(line, cwd=place, env=environment, capture_output=True, text=True)


def test_a_family_is_found_run_drawn_and_judged(copy):
    store = ["--preset", "quick", "--store", "store"]
    commands = [
        ["list"],
        ["run", "half-spaces", *store],
        ["fit", "half-spaces", *store],
        ["figures", "half-spaces", *store],
        ["report", "--json", *store],
    ]
    done = python(copy, PROGRAM, json.dumps(commands))
    listed, run, fit, drawn, report, rest = done.stdout.split("status 0\n")
    assert rest == "", done.stderr
    assert "Does a linear model need samples in proportion to the patches?" in listed
    assert "half-spaces-evaluations.csv" in run
    assert "half-spaces: direct linear to the bayes floor; k = 2 to 8; 9 brackets" in fit
    assert drawn == "store/figures/half-spaces.png\n"
    marks = (copy / "store/figures/half-spaces.csv").read_text().splitlines()
    assert sum(",estimate," in mark for mark in marks) == 3
    (claim,) = [claim for claim in json.loads(report) if claim["paper"] == "nobody2000"]
    assert claim["verdict"] in ("reproduced", "contradicted", "inconclusive")
    assert claim["cells"] == 3


def test_a_family_is_taken_by_the_tests_of_the_house(copy):
    done = python(copy, CHECKS)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split(" passed")[0].split()[-1]) >= 30
