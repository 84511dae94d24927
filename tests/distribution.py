"""The built distribution, without the checkout: in an environment of every Python found, ``make test-wheel``.

    python -m tests.distribution [PYTHON ...]    wheel and source archive (this one's short checks alone)

What is asked of it is `CHECKS`; ``tests/test_distribution.py`` asks the short ones in this environment.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("python3.11", "python3.12", "python3.13")

EXAMPLES = """
import doctest, importlib, inspect, sys
import nstar
assert not nstar.__file__.startswith({root!r}), nstar.__file__
failed = 0
for name in nstar.__all__:
    thing = getattr(nstar, name)
    module = importlib.import_module(thing.__module__)
    text = inspect.getdoc(thing) or ""
    example = doctest.DocTestParser().get_doctest(text, {{**vars(module)}}, name, None, None)
    assert example.examples, name
    failed += doctest.DocTestRunner().run(example).failed
sys.exit(failed)
"""
ESTIMATOR = """
import nstar
from sklearn.svm import SVC
result = nstar.measure(nstar.DSD(k=3, d=4, sigma=0.15), SVC(C=10), target=0.1, seeds=2, progress=False)
assert 5 < result.n_star.best < 500, result
"""
SWEEP = """
question = "Does the linear model need more samples with more patches?"

[sweep]
model = "linear"
k = [2, 3]
d = 3
sigma = 0.2
protocol = "honest"
seeds = 2
"""
FILES = {
    "my_sweep.toml": SWEEP,
    "nearest.py": (ROOT / "tests" / "outside" / "nearest.py").read_text(encoding="utf-8"),
}

MEASURE = (
    *("measure", "dsd", "--model", "none", "--learner", "nearest", "--k", "2", "--d", "4"),
    *("--sigma", "0.1", "--metric", "zero_one", "--floor", "zero", "--tolerance", "0.2", "--n-max", "400"),
)
CHECKS: dict[str, tuple[str, ...]] = {
    "examples of the face": ("-c", EXAMPLES.format(root=str(ROOT))),
    "an estimator of scikit-learn": ("-c", ESTIMATOR),
    "a sweep of a file, on processes": ("-m", "nstar", "run", "my_sweep.toml", "--executor", "local"),
    "a learner of a file": ("-m", "nstar", "--use", "nearest.py", *MEASURE),
    "a published figure": ("-m", "nstar", "figures", "--published", "n-star-k"),
    "the published report": ("-m", "nstar", "report", "--published", "--out", "report.html"),
    "the main job": ("-m", "nstar", "reproduce", "--out", "reproduced"),
}
"""What is asked, and what Python runs for it."""
SHORT = tuple(CHECKS)[1:5]
"""Checks of some seconds."""


def build(out: Path) -> tuple[Path, Path]:
    """Wheel and source archive, made of what git tracks, by the setuptools of this environment."""
    source = out / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, tracked.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    made = "from setuptools import build_meta as b; import sys; print(getattr(b, sys.argv[1])(sys.argv[2]))"
    for kind in ("build_wheel", "build_sdist"):
        call = [sys.executable, "-c", made, kind, str(out)]
        subprocess.run(call, cwd=source, check=True, capture_output=True)
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def ask(
    python: Path | str, folder: Path, names: Sequence[str], environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Name -> what it wrote, of the checks that fail."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    failed = {}
    for name in names:
        done = subprocess.run(
            [python, *CHECKS[name]], cwd=folder, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            failed[name] = done.stdout[-1000:] + done.stderr[-3000:]
    return failed


def _runs(python: str) -> bool:
    """Whether it is found and starts; a name that only stands for another does not."""
    return (
        bool(shutil.which(python)) and not subprocess.run([python, "-c", ""], capture_output=True).returncode
    )


def main(pythons: Sequence[str]) -> int:
    """Status 1 if a check fails."""
    status = 0
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "NSTAR"))}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        distributions = build(place)
        for python in pythons or list(filter(_runs, PYTHONS)):
            for distribution in distributions:
                where = place / f"{Path(python).name}-{distribution.suffix[1:]}"
                folder = where / "work"
                folder.mkdir(parents=True)
                subprocess.run([python, "-m", "venv", where / "env"], check=True)
                own = where / "env" / "bin" / "python"
                pip = [own, "-m", "pip", "install", "--quiet", "--no-deps"]
                lock = ["--require-hashes", "-r", ROOT / "requirements.lock"]
                subprocess.run([*pip, *lock], check=True, env=clean)
                subprocess.run([*pip, "--no-build-isolation", distribution], check=True, env=clean)
                failed = ask(own, folder, tuple(CHECKS) if distribution.suffix == ".whl" else SHORT, clean)
                told = "works" if not failed else f"fails: {', '.join(failed)}"
                print(f"{python}, {distribution.name}: {told}")
                for text in failed.values():
                    print(text)
                status |= bool(failed)
                shutil.rmtree(where)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
