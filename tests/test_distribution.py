"""Wheel and source archive hold all that they need; what is built works from a folder of its own."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.distribution import CHECKS, SHORT, ask, build

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("theory", "sims", "figures", "paper_repro", "nstar")


def tracked() -> set[str]:
    """Files of the packages, as git lists them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run([*command, *PACKAGES], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(tmp_path_factory.mktemp("dist"))


def test_wheel_and_source_archive_hold_every_file_of_the_packages(built: tuple[Path, Path]):
    wheel, source = built
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    assert tracked() - names == set()
    others = {name for name in names if name.split("/")[0] not in PACKAGES}
    assert all(".dist-info/" in name for name in others)
    with tarfile.open(source) as opened:
        archived = {name.partition("/")[2] for name in opened.getnames()}
    assert tracked() - archived == set()
    assert {"Makefile", "requirements.lock", "docs/notebooks/measure.md", "tests/distribution.py"} <= archived


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a Python that finds the wheel before the checkout."""
    target = tmp_path_factory.mktemp("installed")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*pip, str(built[0])], check=True)
    return {**os.environ, "PYTHONPATH": str(target), "NSTAR_USE": ""}


@pytest.mark.parametrize("name", SHORT)
def test_what_is_built_works_outside_the_checkout(name: str, installed: dict[str, str], tmp_path: Path):
    assert ask(sys.executable, tmp_path, [name], installed) == {}


def test_a_check_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(CHECKS, "nothing", ("-m", "nstar", "figures", "no-such-figure"))
    assert "no-such-figure" in ask(sys.executable, tmp_path, ["nothing"])["nothing"]
