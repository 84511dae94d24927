"""`make check` chooses the tests that a change can break, nearest first, and says what it leaves out."""

from types import SimpleNamespace

import grimp
import pytest

from tests import changed

ROOT = changed.ROOT
FILES = {
    "theory/__init__.py": "",
    "sims/__init__.py": "",
    "sims/tasks/__init__.py": "from sims.tasks.base import Task",
    "sims/tasks/base.py": "",
    "sims/tasks/listed.py": "import theory",
    "sims/cli/__init__.py": "",
    "sims/cli/run.py": "def late():\n    from sims.tasks.base import Task",
    "figures/__init__.py": "",
    "figures/test_error.py": "",
    "paper_repro/__init__.py": "from sims.cli import run",
    "tests/test_house.py": "def test_house(): ...",
    "tests/sims/conftest.py": "",
    "tests/sims/planted.py": "from sims.cli.run import late",
    "tests/sims/tasks/test_listed.py": "def test_alone(): ...",
    "tests/sims/tasks/test_tasks.py": "import sims.tasks\ndef test_fast(): ...\ndef test_fast_too(): ...",
    "tests/sims/cli/test_run.py": "from tests.sims import planted\ndef test_run(): ...\ndef helper(): ...",
    "tests/paper_repro/test_report.py": "import paper_repro\ndef test_page(): ...",
    "README.md": "",
}
RUN = "tests/sims/cli/test_run.py"
LISTED = "tests/sims/tasks/test_listed.py"
TASKS = "tests/sims/tasks/test_tasks.py"
HOUSE = "tests/test_house.py"
BASE = "sims/tasks/base.py"
REPORT = "tests/paper_repro/test_report.py"


@pytest.fixture(autouse=True)
def house(tmp_path, monkeypatch):
    """A small house under git, with everything in one commit."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(changed, "ROOT", tmp_path)
    changed.git("init", "--quiet", "--initial-branch", "main")
    commit()
    return tmp_path


def commit():
    changed.git("add", ".")
    changed.git("-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "--message", "m")


@pytest.mark.parametrize(
    ("change", "tests"),
    [
        ("sims/tasks/base.py", [HOUSE, TASKS, LISTED, REPORT, RUN]),
        ("sims/tasks/listed.py", [HOUSE, TASKS, LISTED]),
        ("sims/cli/run.py", [HOUSE, RUN, REPORT]),
        ("tests/sims/planted.py", [HOUSE, RUN]),
        ("tests/sims/conftest.py", [HOUSE, RUN, LISTED, TASKS]),
        ("sims/tasks/gone.py", [HOUSE, TASKS, LISTED]),
        ("sims/tasks/data.csv", [HOUSE, TASKS, LISTED]),
        ("README.md", [HOUSE]),
    ],
)
def test_tests_that_reach_a_change_come_by_distance_after_the_house_and_the_mirror(change, tests):
    assert changed.nearest([change], changed.python_files()) == tests


def test_a_test_is_not_sought_beyond_so_many_imports(monkeypatch):
    monkeypatch.setattr(changed, "STEPS", 2)
    assert changed.nearest(["sims/tasks/base.py"], changed.python_files()) == [HOUSE, TASKS, LISTED]


def test_slow_tests_and_what_goes_beyond_the_budget_are_left_out_and_named(monkeypatch):
    seconds = {f"{TASKS}::test_fast": 2.0, f"{TASKS}::test_fast_too": 3.5, f"{RUN}::test_run": 2.0}
    monkeypatch.setattr(changed, "BUDGET", 3.0)
    run, words = changed.choose([TASKS, RUN, REPORT], seconds)
    assert run == [f"{TASKS}::test_fast", REPORT]
    assert words == [
        "2 of 3 test files within 3 imports, 2 s",
        f"left out, 1 slow tests: {TASKS}::test_fast_too",
        f"left out, for the time is spent: {RUN}",
    ]
    assert changed.choose([RUN], {}) == ([RUN], ["1 of 1 test files within 3 imports, 0 s"])


def test_imports_are_those_that_the_layers_are_checked_by(monkeypatch):
    monkeypatch.setattr(changed, "ROOT", ROOT)
    graph = grimp.build_graph(*changed.PACKAGES, cache_dir=None)
    files = {file for file in changed.python_files() if not file.startswith("tests/")}
    for change in (
        "sims/tables/sweeps.py",
        "theory/sphere.py",
        "sims/pieces/__init__.py",
        "sims/machine/pool.py",
    ):
        found = {_module(file) for file in changed.steps([change], files, listed=False)}
        assert found == graph.find_downstream_modules(_module(change)) | {_module(change)}


def _module(file):
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_what_is_committed_edited_untracked_or_gone_since_the_branch_began_has_changed(house, capsys):
    changed.git("switch", "--quiet", "--create", "branch")
    (house / "sims/tasks/base.py").write_text("1")
    commit()
    (house / "sims/cli/run.py").write_text("2")
    (house / "figures/new.py").write_text("3")
    (house / "README.md").unlink()
    differ = ["README.md", "figures/new.py", "sims/cli/run.py", "sims/tasks/base.py"]
    assert changed.changed_since(changed.start()) == differ
    commit()
    changed.git("switch", "--quiet", "main")
    changed.git("merge", "--quiet", "branch")
    assert changed.changed_since(changed.start()) == differ[:3]
    assert changed.check("nowhere") == 2
    assert capsys.readouterr().err == "commit: got 'nowhere'; allowed: a commit that git knows\n"


def test_nothing_is_run_where_nothing_has_changed(monkeypatch, capsys):
    monkeypatch.setattr(changed, "choose", None)
    assert changed.check("HEAD") == 0
    assert capsys.readouterr().out.endswith(": nothing has changed\n")


@pytest.mark.parametrize("returned", [1, -9])
@pytest.mark.parametrize(("failing", "status"), [(None, 0), ("pytest", 1), ("pyright", 1)])
def test_a_failure_of_tests_or_types_is_one_of_the_check(failing, status, returned, house, monkeypatch):
    begun = []

    class Process:
        def __init__(self, command, cwd):
            begun.append(command[2:])
            self.returncode = returned if command[2] == failing else 0

        def wait(self):
            return self.returncode

    monkeypatch.setattr(changed, "SECONDS", house / "seconds.json")
    changed.SECONDS.write_text("{}")
    monkeypatch.setattr(changed, "subprocess", SimpleNamespace(Popen=Process, run=Process))
    monkeypatch.setattr(changed, "start", lambda commit: "HEAD")
    monkeypatch.setattr(changed, "changed_since", lambda commit: ["sims/tasks/base.py"])
    assert changed.check() == status
    assert begun[0] == [
        "pyright",
        "paper_repro/__init__.py",
        "sims/cli/run.py",
        "sims/tasks/__init__.py",
        BASE,
    ]
    assert begun[1][:4] == ["pytest", "-q", "-n", "2"]
    assert begun[1][4:] == [HOUSE, TASKS, LISTED, REPORT, RUN]


def test_the_seconds_of_a_run_are_kept_for_all_cases_of_a_test_together(house, monkeypatch):
    cases = [("test_run", 0.4), ("test_sizes[1]", 0.7), ("test_sizes[a.b]", 0.7)]
    lines = [f'<testcase classname="tests.sims.cli.test_run" name="{name}" time="{t}"/>' for name, t in cases]
    (house / "junit.xml").write_text(f"<testsuites><testsuite>{''.join(lines)}</testsuite></testsuites>")
    monkeypatch.setattr(changed, "SECONDS", house / "seconds.json")
    changed.record(str(house / "junit.xml"))
    assert changed.SECONDS.read_text() == f'{{\n "{RUN}::test_sizes": 1.4\n}}\n'
