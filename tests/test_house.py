"""House rules that no linter knows: lock file, make targets, file sizes, libraries of each layer."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("theory", "sims", "figures", "paper_repro", "nstar")
MAX_LINES = 420  # "about 400"

THIRD_PARTY = {
    "theory": {"numpy", "scipy", "sympy", "jax", "neural_tangents"},  # the last two: theory.kernels alone
    # PIL and sklearn: folders of images and the digits, imported where they are needed. cloudpickle: classes
    # of a notebook on their way to another process.
    "sims": {"numpy", "scipy", "jax", "jaxlib", "optax", "threadpoolctl", "PIL", "sklearn", "submitit"}
    | {"cloudpickle"},
    "figures": {"numpy", "scipy", "matplotlib", "jax"},  # jax: the keys of the samples that are drawn
    "paper_repro": {"numpy", "scipy", "matplotlib", "jinja2", "PIL"},  # PIL: the widths of pictures
    "nstar": {"matplotlib"},
}


def house_files() -> list[Path]:
    """Every file that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file()]


def text_of(path: Path) -> str | None:
    """The file's text, or None if it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_make_alone_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    shown = subprocess.run(
        ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    listed = {line.split()[1] for line in shown.splitlines() if line.split()[:1] == ["make"]}
    assert listed == targets
    assert {"setup", "figures", "test", "bench", "verify", "repro"} <= targets


@pytest.mark.parametrize(
    ("preset", "status", "called"),
    [
        ("", 0, 0),
        ("", 1, 0),
        *(("quick", status, called) for status, called in ((0, 3), (1, 3), (2, 1), (130, 1))),
    ],
)
def test_make_figures_reproduces_or_computes_a_preset_and_draws_what_there_is(
    preset: str, status: int, called: int, tmp_path: Path
):
    nstar = tmp_path / "nstar"
    first = "run" if preset else "reproduce"
    nstar.write_text(f'#!/bin/sh\necho "called $1"\ntest "$1" != {first} || exit {status}\n')
    nstar.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    command = ["make", "--old-file=.venv/.ready", "figures", f"BIN={tmp_path}", "READY=.venv/.ready"]
    command += [f"PRESET={preset}"] if preset else []
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    calls = [line for line in done.stdout.splitlines() if line.startswith("called ")]
    every = ["called run", "called figures", "called report"]
    assert calls == (every[:called] if preset else ["called reproduce"])
    assert (done.returncode == 0) == (status == 0)


def test_ci_runs_exactly_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]
    opening = (ROOT / "README.md").read_text().split("\n## ", 1)[0]
    assert re.findall(r"^make \w+", opening, re.MULTILINE) == ["make figures", "make test"]


def test_version_is_the_same_everywhere(project: dict):
    version = project["version"]
    assert re.search(rf"^version: {re.escape(version)}$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    released = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == version


def test_date_of_the_release_is_the_same_everywhere():
    changelog, citation = (ROOT / "CHANGELOG.md").read_text(), (ROOT / "CITATION.cff").read_text()
    dates = re.findall(r"^## \[\d[^\]]*\] - (\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE)
    assert re.findall(r"^date-released: (\S+)$", citation, re.MULTILINE) == dates[:1] != []


def test_files_stay_small():
    code = [path for path in house_files() if path.suffix in {".py", ".html", ".j2", ".css"}]
    long = {str(path.relative_to(ROOT)): text_of(path).count("\n") for path in code}
    assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}


def test_no_file_names_a_path_of_the_machine_it_was_written_on():
    homes = r"/(?:home|root|Users|mnt|srv)/\w"
    foreign = re.compile(rf"(?<![\w./>~-])(?:{homes}|{re.escape(str(ROOT))}\b)")
    found = {}
    for path in house_files():
        hit = foreign.search(text_of(path) or "")
        if hit:
            found[str(path.relative_to(ROOT))] = hit[0]
    assert found == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_package_uses_only_the_libraries_of_its_layer(package: str):
    allowed = THIRD_PARTY[package] | set(PACKAGES) | sys.stdlib_module_names
    strangers = []
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            strangers += [f"{path.name}: {name}" for name in names if name.split(".")[0] not in allowed]
    assert strangers == []


def test_theory_needs_jax_for_kernels_alone():
    closed_forms = [p for p in (ROOT / "theory").rglob("*.py") if p.parent.name != "kernels"]
    modules = sorted(".".join(p.relative_to(ROOT).with_suffix("").parts) for p in closed_forms)
    names = [module.removesuffix(".__init__") for module in modules]
    program = "import importlib, sys\n" + "".join(f"importlib.import_module({name!r})\n" for name in names)
    program += "sys.exit(bool({'jax', 'neural_tangents'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_package(package: str):
    """A folder without ``__init__.py`` would be missing from the built distribution."""
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert folders
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


WITH_FAMILIES = ("theory", "sims/tasks", "sims/probes", "sims/experiments", "figures", "paper_repro/claims")
"""Layers with a folder for each family that they have."""
OF_ALL_FAMILIES = {"theory/derivations", "figures/drawing"}
MOST_FILES = 20


FAMILIES = [path.parent.name for path in sorted((ROOT / "sims/experiments").glob("*/__init__.py"))]


@pytest.mark.parametrize("layer", WITH_FAMILIES)
def test_families_have_the_same_word_in_every_layer(layer: str):
    folders = {path.parent for path in (ROOT / layer).glob("*/__init__.py")}
    names = {folder.name for folder in folders if str(folder.relative_to(ROOT)) not in OF_ALL_FAMILIES}
    assert names <= set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_experiments_figures_and_claims(family: str):
    for layer in ("sims/experiments", "figures", "paper_repro/claims"):
        assert len([*(ROOT / layer / family).glob("*.py")]) > 1, layer


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_holds_more_files_than_a_reader_takes_in(package: str):
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    counts = {str(folder.relative_to(ROOT)): len([*folder.glob("*.py")]) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_no_one_reads_options_back_from_their_text():
    """A row's configuration has them as they are (`sims.tables.configs`)."""
    text = r'row\["(task_)?options"\]'
    ways = (
        r'split\("; ?"',
        rf"\bre\.\w+\(.*{text}",
        rf"\bin (str\()?{text}",
        rf"{text}.*\.(split|partition|find)\(",
    )
    parsing = re.compile("|".join(ways))
    assert all(parsing.search(line) for line in ('x.split("; ")', 're.search("a=(.)", row["options"] or "")'))
    code = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = [str(path.relative_to(ROOT)) for path in code if parsing.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_no_file_stands_loose_at_the_root_of_sims():
    assert [path.name for path in (ROOT / "sims").glob("*.py")] == ["__init__.py"]
