"""What a change can have broken: types of all that imports it, and fast tests, nearest first: ``make check``.

    python -m tests.changed [COMMIT]             since COMMIT; else since this branch left main, or HEAD~1
    python -m tests.changed --record junit.xml   keep the seconds of a run of the whole suite

A change is what differs from the commit, in the working tree and untracked too. The choice depends on it, on
imports and on the seconds that are kept in ``tests/seconds.json``, on nothing else.
"""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("theory", "sims", "figures", "paper_repro", "nstar")
SECONDS = ROOT / "tests" / "seconds.json"
BUDGET, SLOW = 25.0, 3.0
"""Seconds of all tests, in one process, and of a test with all its cases, above which it is left out."""
LEAST, UNKNOWN = 1.0, 0.1
"""Seconds below which no test is kept, and what one counts that is not kept."""
STEPS = 3
"""Imports between a test and a change, at most."""


def git(*command: str) -> str:
    """What git says; nothing where it fails."""
    return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def start(commit: str | None = None) -> str:
    """What to compare with: a commit, or the one where this branch left main, or the last; else nothing."""
    fork, head = git("merge-base", "HEAD", "main"), git("rev-parse", "HEAD")
    named = commit or (fork if fork != head else "") or "HEAD~1"
    return git("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}")


def changed_since(commit: str) -> list[str]:
    """Paths of files that differ, those included that are gone or that git does not track."""
    tracked = git("diff", "--name-only", "--no-renames", commit)
    return sorted({*tracked.splitlines(), *git("ls-files", "--others", "--exclude-standard").splitlines()})


def python_files() -> set[str]:
    """Every file of the packages and of the tests."""
    tops = (ROOT / top for top in (*PACKAGES, "tests"))
    return {str(path.relative_to(ROOT)) for top in tops for path in top.rglob("*.py")}


def imports(file: str, files: Collection[str]) -> set[str]:
    """Which of the files a file imports, at its top or later, for its types too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {_file(alias.name, files) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            own = _file(node.module, files)
            found |= {_file(f"{node.module}.{alias.name}", files) or own for alias in node.names}
    return found - {"", file}


def _file(module: str, files: Collection[str]) -> str:
    path = module.replace(".", "/")
    return next((one for one in (f"{path}.py", f"{path}/__init__.py") if one in files), "")


def package(file: str) -> str:
    """The package that a file stands in, which may list it."""
    return str(Path(file).parents[file.endswith("__init__.py")] / "__init__.py")


def steps(changes: Collection[str], files: Collection[str], *, listed: bool) -> dict[str, int]:
    """File -> number of imports between it and the nearest change, for those that have any.

    listed: whether a package has all that stands in its folder, and a test every conftest above it.
    """
    users: dict[str, set[str]] = defaultdict(set)
    for file in files:
        for one in imports(file, files):
            users[one].add(file)
        if listed:
            users[file].add(package(file))
            for folder in Path(file).parents if "test_" in file else ():
                users[str(folder / "conftest.py")].add(file)
    found = dict.fromkeys(changes, 0)
    waiting = list(found)
    for file in waiting:
        new = sorted(users[file] - found.keys())
        found |= dict.fromkeys(new, found[file] + 1)
        waiting += new
    return {file: found[file] for file in found if file in files}


def nearest(changes: Collection[str], files: Collection[str]) -> list[str]:
    """Test files: of the house; in the folder of ``tests`` that mirrors a change's; and by number of imports.

    A change that is no Python, or of a file that is gone, is one of the package of its folder.
    """
    away = steps([file if file in files else package(file) for file in changes], files, listed=True)
    tests = [file for file in files if file.startswith("tests/") and Path(file).name.startswith("test_")]
    folder = {file: Path(file).parent for file in tests}
    near = {Path("tests")}
    for file in changes:
        place = Path(file if file.startswith("tests/") else f"tests/{file}")
        near.add(next(one for one in (*place.parents, Path("tests")) if one in folder.values()))
    rank = {one: (folder[one] != Path("tests"), folder[one] not in near, away.get(one, 99)) for one in folder}
    reached = [one for one in sorted(folder) if not rank[one][1] or rank[one][2] <= STEPS]
    return sorted(reached, key=rank.__getitem__)


def choose(tests: Sequence[str], seconds: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """What pytest is to run, and in words how much that is and what is left out."""
    run: list[str] = []
    slow: list[str] = []
    late: list[str] = []
    spent = 0.0
    for file in tests:
        body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        names = [f"{file}::{one.name}" for one in body if getattr(one, "name", "").startswith("test_")]
        fast = [name for name in names if seconds.get(name, 0.0) <= SLOW]
        cost = sum(seconds.get(name, UNKNOWN) for name in fast)
        if spent + cost > BUDGET:
            late.append(file)
            continue
        spent += cost
        slow += [name for name in names if name not in fast]
        run += fast if len(fast) < len(names) else [file]
    words = [f"{len(tests) - len(late)} of {len(tests)} test files within {STEPS} imports, {spent:.0f} s"]
    words += [f"left out, {len(slow)} slow tests: {', '.join(slow)}"] if slow else []
    words += [f"left out, for the time is spent: {', '.join(late)}"] if late else []
    return run, words


def record(junit: str) -> None:
    """Keep the seconds of every test of a run, its cases added up."""
    found: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(junit).iter("testcase"):
        file = case.get("classname", "").replace(".", "/")
        found[f"{file}.py::{case.get('name', '').partition('[')[0]}"] += float(case.get("time", 0))
    kept = {name: round(each, 1) for name, each in sorted(found.items()) if each >= LEAST}
    SECONDS.write_text(json.dumps(kept, indent=1) + "\n")


def check(commit: str | None = None) -> int:
    """Say what has changed and what is chosen, and run it; 0 if all of it is right, 2 for no commit."""
    since = start(commit)
    if not since:
        print(f"commit: got {commit!r}; allowed: a commit that git knows", file=sys.stderr)
        return 2
    changes = changed_since(since)
    print(f"since {since[:10]}: {', '.join(changes) or 'nothing has changed'}", flush=True)
    if not changes:
        return 0
    files = python_files()
    run, words = choose(nearest(changes, files), json.loads(SECONDS.read_text()))
    print("\n".join(words), flush=True)
    typed = sorted(file for file in steps(changes, files, listed=False) if not file.startswith("tests/"))
    checking = subprocess.Popen([sys.executable, "-m", "pyright", *typed], cwd=ROOT) if typed else None
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *run]
    tested = subprocess.run(command, cwd=ROOT).returncode if run else 0
    typed_fine = checking is None or checking.wait() == 0
    return 0 if tested == 0 and typed_fine else 1


if __name__ == "__main__":
    sys.exit(record(sys.argv[2]) if sys.argv[1:2] == ["--record"] else check(*sys.argv[1:]))
