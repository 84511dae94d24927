"""``import nstar``: light, complete, typed, an example for every name, and no stranger in the house."""

import ast
import doctest
import importlib
import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import nstar

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(nstar.__file__).read_text(encoding="utf-8")


def python(*arguments: str, cwd: Path = ROOT, path: str = str(ROOT)) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )


def test_the_import_alone_imports_no_library():
    program = "import sys, nstar; print([m for m in ('jax', 'numpy', 'scipy', 'sympy') if m in sys.modules])"
    done = python("-c", program)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_what_types_see_is_what_there_is():
    block = next(node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: home for home, names in nstar._HOMES.items() for name in names}
    assert sorted(seen) == sorted(nstar.__all__)
    for name, home in seen.items():
        assert getattr(nstar, name) is getattr(importlib.import_module(home), name)
    assert set(nstar.__all__) <= set(dir(nstar))


def test_there_is_no_other_name():
    with pytest.raises(AttributeError, match="no attribute 'mesure'"):
        _ = nstar.mesure  # type: ignore[attr-defined]


def test_the_package_says_that_it_is_typed_and_is_built():
    assert (ROOT / "nstar" / "py.typed").is_file()
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert tool["setuptools"]["package-data"]["nstar"] == ["py.typed"]
    assert "nstar*" in tool["setuptools"]["packages"]["find"]["include"]


@pytest.mark.parametrize("name", ["nstar", *nstar.__all__])
def test_every_name_has_an_example_that_runs(name: str):
    thing = nstar if name == "nstar" else getattr(nstar, name)
    module = importlib.import_module(getattr(thing, "__module__", "nstar"))
    parser, text = doctest.DocTestParser(), inspect.getdoc(thing) or ""
    example = parser.get_doctest(text, {**vars(module)}, name, None, None)
    assert any(one.want for one in example.examples), "no example that prints something"
    assert doctest.DocTestRunner().run(example).failed == 0


def own(folder: Path, stranger: str) -> Path:
    """A module of a user's own in the place of one of the packages."""
    if stranger.endswith(".py"):
        place = folder / stranger
    else:
        (folder / stranger).mkdir()
        place = folder / stranger / "__init__.py"
    place.write_text("colour = 'red'\n")
    return place


@pytest.mark.parametrize("stranger", ["figures.py", "theory.py", "sims", "paper_repro.py"])
def test_a_module_in_the_place_of_a_package_is_named_where_nstar_is_imported(stranger: str, tmp_path: Path):
    place = own(tmp_path, stranger)
    (tmp_path / "mine.py").write_text("import nstar\n")
    done = python("mine.py", cwd=tmp_path)
    name = stranger.removesuffix(".py")
    said = f"ImportError: {place} stands in the place of nstar's own package '{name}'; rename it, or take "
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(said)


@pytest.mark.parametrize("stranger", ["figures.py", "theory.py", "sims", "paper_repro.py"])
def test_the_command_says_the_same_in_one_line(stranger: str, tmp_path: Path):
    place = own(tmp_path, stranger)
    script = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["nstar"]
    module, function = script.split(":")
    command = tmp_path / "nstar"
    command.write_text(f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n")
    for arguments in (["-m", "nstar", "list"], [str(command), "list"]):
        done = python(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(rf"nstar: error: {place} stands in the place of [^\n]*\n", done.stderr)


def test_a_folder_of_data_is_no_stranger_to_a_package_on_the_path(tmp_path: Path):
    (tmp_path / "figures").mkdir()
    assert python("-c", "import nstar", cwd=tmp_path).returncode == 0


def test_the_command_runs():
    assert (
        python("-m", "nstar", "list").stdout
        == python("-c", "from paper_repro.cli import main; main(['list'])").stdout
        != ""
    )
