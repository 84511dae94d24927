"""`python -m benchmarks.neural_tangents_tests`: neural-tangents' own tests of v0.6.5, through the door.

Those of examples and of TensorFlow are left out. The tests themselves ask JAX for names that it has removed
or moved, and for its random numbers of then (`PUT_BACK`): they get it here, in their own processes, after the
library has been imported without. `--reference` imports the library as it was released, on a JAX of its
time, and puts nothing back. Every run has its entry in one file of results, beside how much of what passes on
the reference passes in it.

Also a plugin of pytest, which is how the tests are run: one process a file.
"""

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import types
import zlib
from collections.abc import Iterable
from pathlib import Path

from benchmarks.results import RESULTS, write

FILES = (
    "batching_test.py",
    "empirical_test.py",
    "monte_carlo_test.py",
    "predict_test.py",
    "rules_test.py",
    "stax/branching_test.py",
    "stax/combinators_test.py",
    "stax/elementwise_test.py",
    "stax/linear_test.py",
    "stax/requirements_test.py",
    "stax/stax_test.py",
)
PUT_BACK = (
    "jax.tree_map",
    "jax.core.Primitive",
    "jax.interpreters.ad.zeros_like_p",
    "jax_threefry_partitionable=False",
)
SETTINGS = "NSTAR_NEURAL_TANGENTS_TESTS"


def drawn(name: str, every: int) -> bool:
    """Whether the sample has the test of this name: one in `every`, by a hash of the name alone."""
    return zlib.crc32(name.encode()) % every == 0


class Recorder:
    """The plugin: it chooses the sample, and keeps the outcome of each test with the reason."""

    def __init__(self, settings: dict):
        self.settings = settings
        self.found: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list) -> None:
        items[:] = [item for item in items if drawn(self.name(item.nodeid), self.settings["every"])]

    def pytest_runtest_logreport(self, report) -> None:
        name = self.name(report.nodeid)
        self.found.setdefault(name, "passed")
        if report.outcome == "skipped":
            self.found[name] = "skipped: " + str(report.longrepr[2]).removeprefix("Skipped: ")
        elif report.outcome == "failed":
            crash = getattr(report.longrepr, "reprcrash", None)
            text = crash.message if crash else str(report.longrepr)
            self.found[name] = "failed: " + " ".join(text.split())[:300]

    def pytest_sessionfinish(self) -> None:
        Path(self.settings["output"]).write_text(json.dumps(self.found))

    @staticmethod
    def name(nodeid: str) -> str:
        """File, class and test, without the folder in which they lie."""
        return nodeid.rpartition("tests/")[2]


def pytest_configure(config) -> None:
    """Load the library, give the tests their names, and record."""
    settings = json.loads(os.environ[SETTINGS])
    import absl.flags

    absl.flags.FLAGS.mark_as_parsed()
    if settings["reference"]:
        sys.modules["neural_tangents.experimental"] = types.ModuleType("neural_tangents.experimental")
    else:
        from theory.kernels.neural_tangents import neural_tangents

        neural_tangents()
        put_back()
    config.pluginmanager.register(Recorder(settings))


def put_back() -> None:
    """What stands in `PUT_BACK`, for the tests alone: the library has been imported without it.

    The last gives them the random numbers of their time. With those of today an array of 2 is the beginning
    of an array of 8 of the same key, and tests that draw two sets of inputs from one key get one set.
    """
    import jax
    import jax._src.ad_util
    import jax.core
    import jax.extend.core
    import jax.interpreters.ad

    jax.tree_map = jax.tree.map
    jax.core.Primitive = jax.extend.core.Primitive
    jax.interpreters.ad.zeros_like_p = jax._src.ad_util.zeros_like_p
    jax.config.update("jax_threefry_partitionable", False)


def run_file(tests: Path, file: str, reference: bool, every: int) -> dict[str, str]:
    """Outcomes of the drawn tests of a file, by name; raises `RuntimeError` if it cannot be run."""
    house = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "found.json")
        environment = {
            **os.environ,
            SETTINGS: json.dumps({"reference": reference, "every": every, "output": str(output)}),
            "PYTHONPATH": os.pathsep.join([str(tests.parent), str(house)]),
        }
        plugin = ["-p", "benchmarks.neural_tangents_tests", "-p", "no:cacheprovider"]
        command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-W", "ignore", *plugin]
        done = subprocess.run(
            [*command, f"--rootdir={tests}", "-c", os.devnull, str(tests / file)],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode not in (0, 1, 5):  # passed, failed, nothing drawn
            raise RuntimeError(f"{file} could not be run:\n{done.stdout[-3000:]}")
        return json.loads(output.read_text())


def counts(outcomes: Iterable[str]) -> dict[str, int]:
    """How many passed, failed and were skipped."""
    kinds = [outcome.partition(":")[0] for outcome in outcomes]
    return {kind: kinds.count(kind) for kind in ("passed", "failed", "skipped")}


def compared(run: dict, reference: dict) -> dict[str, int]:
    """Of the tests of both runs that pass on the reference: how many pass here."""
    passing = [name for name, outcome in reference["tests"].items() if outcome == "passed"]
    both = [name for name in passing if name in run["tests"]]
    return {
        "pass_on_the_reference": len(both),
        "of_them_here": sum(run["tests"][name] == "passed" for name in both),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neural_tangents_tests", description=__doc__)
    parser.add_argument("--tests", type=Path, help="folder of the tests (the one beside the library)")
    parser.add_argument("--reference", action="store_true", help="without the door, on a JAX of its time")
    parser.add_argument("--every", type=int, default=1, help="one test in so many, drawn by name (all)")
    parser.add_argument("--files", nargs="+", default=FILES, help="files to run (all)")
    parser.add_argument("--again", action="store_true", help="keep what the last run has of other files")
    parser.add_argument("--output", type=Path, default=RESULTS / "neural-tangents-tests.json")
    options = parser.parse_args()
    library = importlib.metadata.distribution("neural-tangents")
    tests = (options.tests or Path(str(library.locate_file("tests")))).resolve()
    found, files = {}, {}
    for file in options.files:
        outcomes = run_file(tests, file, options.reference, options.every)
        files[file] = counts(outcomes.values())
        found.update(outcomes)
        print(file, files[file], flush=True)
    runs = json.loads(options.output.read_text()) if options.output.exists() else {}
    jax = "jax " + importlib.metadata.version("jax")
    name = "reference" if options.reference else jax
    if options.again:
        files = runs[name]["files"] | files
        found = runs[name]["tests"] | found
    run = {
        "neural_tangents": library.version,
        "python": sys.version.split()[0],
        "one_test_in": options.every,
        "put_back_for_the_tests": [] if options.reference else list(PUT_BACK),
        "total": counts(found.values()),
        "files": files,
        "tests": found,
    }
    runs[name] = {"jax": jax, **run}
    if "reference" in runs:
        for each in runs.values():
            each["total"].update(compared(each, runs["reference"]))
    print(json.dumps(run["total"]))
    write(runs, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
