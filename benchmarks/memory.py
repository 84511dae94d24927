"""`python -m benchmarks.memory`: the full preset's largest cells within a limit, their peak memory beside the
estimate.

For every learner that measures n* the cell of preset full with the largest estimate is taken. It is computed
in a process of its own with `--limit-gb`, two trainings at a time; of the learners in `ONE_TRAINING`, whose
largest training takes many minutes, the one at the largest n and nothing else. None of these has lanes that
are too large for 8 GB: what is divided is shown on a net of 16,384 hidden units (17 MB of weights a lane and
copy, nine lanes) in `DIVIDED_GB`.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.results import RESULTS, write

DIVIDED_GB = 1.0
ONE_TRAINING = ("kernel_regression", "channel_regression", "gradient_descent")


def largest() -> dict:
    """Learner -> the cell of preset full that is estimated to need most memory at a time."""
    from sims.experiments import EXPERIMENTS
    from sims.measuring.need import kept_bytes, need
    from sims.pieces.cell import Cell

    found: dict = {}
    for experiment in EXPERIMENTS.values():
        for unit in experiment.units("full"):
            if isinstance(unit, Cell):
                size = kept_bytes(unit) + need(unit, max(unit.search.grid())).bytes()
                name = type(unit.learner).name
                if name not in found or size > found[name][0]:
                    found[name] = (size, unit)
    return {name: unit for name, (_, unit) in found.items()}


def divided():
    """A cell whose weights are most of what it takes, too many for `DIVIDED_GB`."""
    from sims.experiments import Setting

    sizes = {"k": 16, "d": 16, "sigma": 0.2, "model": "fcn", "width": 16_384}
    options = {"learner": {"steps": 10}, "criterion": {"test_size": 1000}}
    return Setting(**sizes, **options, seeds=(0, 1, 2), n_max=1000, ns=(200, 1000), protocol="honest").cell()


def measure(name: str, limit: float) -> dict:
    """Compute the learner's largest cell, or the one that is "divided", in this process."""
    from sims.machine.memory import Memory, peak_resident
    from sims.machine.pool import Pool
    from sims.store import Store
    from sims.sweep import sweep
    from sims.sweep.executors.in_process import InProcess
    from sims.sweep.progress import Progress

    cell = divided() if name == "divided" else largest()[name]
    top = max(cell.search.grid())
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if name in ONE_TRAINING:
            from sims.measuring.evaluate import Evaluator

            with Pool(2, memory=Memory(limit)) as pool:
                evaluator = Evaluator(cell, pool)
                with evaluator.repetition(cell.seeds[0]):
                    evaluator([(cell.seeds[0], top)])
                estimate, fit = pool.memory.estimate, pool.memory.fit_of(cell.id)
        else:
            memory: list[Memory] = []
            executor = InProcess(2, measuring=functools.partial(_watched, memory, limit))
            report = sweep([cell], Store.open(folder), executor, progress=Progress(sys.stderr))
            assert len(report.computed) == 1, report
            estimate, fit = memory[0].estimate, memory[0].fit_of(cell.id)
    return {
        "limit_gb": limit / 1e9,
        "fits": fit,
        "cell": cell.label,
        "seeds": 1 if name in ONE_TRAINING else len(cell.seeds),
        "n": top if name in ONE_TRAINING else f"up to {top}",
        "seconds": time.perf_counter() - start,
        "estimate_gb": estimate / 1e9,
        "peak_gb": peak_resident() / 1e9,
        "peak_over_estimate": peak_resident() / estimate,
    }


def _watched(memory: list, limit: float, workers: int):
    import contextlib

    from sims.machine.memory import Memory
    from sims.machine.pool import Pool
    from sims.sweep.executors.measuring import Pooled

    @contextlib.contextmanager
    def context():
        with Pool(workers, memory=Memory(limit)) as pool:
            memory.append(pool.memory)
            yield Pooled(pool)

    return context()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--limit-gb", type=float, default=8.0)
    parser.add_argument("--learner", action="append", help='only these, or "divided" (default: all)')
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, default=RESULTS / "memory.json")
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child, 1e9 * options.limit_gb)))
        return 0
    found = {"cells": {}}
    if options.output.exists():
        found["cells"] = json.loads(options.output.read_text())["cells"]
    for name in options.learner or (*largest(), "divided"):
        limit = DIVIDED_GB if name == "divided" else options.limit_gb
        command = [sys.executable, "-m", "benchmarks.memory", "--child", name, "--limit-gb", str(limit)]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        found["cells"][name] = json.loads(done.stdout.splitlines()[-1])
        print(name, json.dumps(found["cells"][name]), flush=True)
        write(found, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
