"""The Python of ``docs/python.md`` runs as printed, one block after the other."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import nstar

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names: dict[str, object] = {}
    assert len(BLOCKS) == 6
    for block in BLOCKS:
        if "import equinox" in block and find_spec("equinox") is None:
            continue  # it is no part of the locked environment
        exec(compile(block, PAGE.name, "exec"), names)
        assert capsys.readouterr().out.strip()
    assert (tmp_path / "n-star.png").stat().st_size > 5000
    assert (tmp_path / "results" / "mine" / "nstar-store.json").is_file()


def test_every_name_that_the_page_uses_is_public():
    used = set(re.findall(r"\bnstar\.(\w+)", TEXT))
    assert {"measure", "sweep", "predict", "fit", "ntk", "report"} <= used
    assert used <= set(nstar.__all__)
