"""`python -m benchmarks.scale`: what executors and the store cost, and what two worker processes gain.

Three parts. The gain: one sweep of small cells through `local` with one worker on one core and with two
workers on two, in turns, as whole commands. The overhead: seconds of a sweep of cells that need no computing,
a cell. The store: tables and index of a finished sweep of 10,000 cells written, then the sweep resumed, and
asked for its status, as whole commands.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.results import RESULTS, write

ROOT = Path(__file__).resolve().parents[1]
MANY = 10_000


def many_settings(count: int) -> list:
    """Settings of real cells, all different."""
    from sims.experiments.setting import Setting

    return [
        Setting(
            k=5 + index % 50,
            d=10,
            sigma=round(0.05 + index * 1e-5, 6),
            model="lcn",
            protocol="honest",
            seeds=(0, 1, 2),
        )
        for index in range(count)
    ]


def small_settings() -> list:
    """Settings of cells that take a second or two each: nets on a single patch."""
    from sims.experiments.setting import Setting

    return [
        Setting(k=1, d=d, sigma=0.5, model="cnn", protocol="honest", seeds=tuple(range(5)), n_max=2000)
        for d in range(10, 58)
    ]


def run_command(kind: str, arguments: list[str]) -> int:
    """`nstar` with one experiment more, called "bench"."""
    from sims.cli import add_commands, dispatch
    from sims.experiments import EXPERIMENTS, Experiment

    settings = small_settings() if kind == "small" else many_settings(MANY)
    EXPERIMENTS["bench"] = Experiment(name="bench", title="bench", question="", make=lambda preset: settings)
    return dispatch(arguments, [add_commands])


def seconds_of(kind: str, arguments: list[str]) -> float:
    """Wall time of the command as a process of its own."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.scale", "--child", kind, *arguments]
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def gain(runs: int) -> dict:
    """Times of one worker on one core and of two on two, in turns, compiled programs already there."""
    one, two = [], []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(-1, runs):
            for processes, into in ((1, one), (2, two)):
                store = f"{folder}/{run}-{processes}"
                # One worker gets all cores unless it is told otherwise: the peer is pinned to one.
                arguments = ["run", "bench", "--store", store, "--executor", "local"]
                seconds = _pinned("small", [*arguments, "--processes", str(processes)], processes)
                if run >= 0:
                    into.append(seconds)
    ratios = [a / b for a, b in zip(one, two, strict=True)]
    return {
        "cells": len(small_settings()),
        "one_worker_on_one_core_s": one,
        "two_workers_s": two,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
    }


def _pinned(kind: str, arguments: list[str], cores: int) -> float:
    every = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, every[:cores])
    try:
        return seconds_of(kind, arguments)
    finally:
        os.sched_setaffinity(0, every)


def result_of(cell):
    """A result of the usual size, made up, the same for all cells but for its target."""
    from sims.measuring.threshold import measure_with
    from sims.search import Outcome

    class Planted:
        target, floor = 0.1, 0.07

        def __call__(self, requests):
            selected = {"lr_w": 0.1, "lr_b": 0.01, "init_bias": 0.0, "step": 100, "bias": 0.2}
            return [Outcome(seed, n, n >= 100, 10 / n, 1200, 9, selected) for seed, n in requests]

    return measure_with(cell, Planted())


def overhead(cells: list, folder: str) -> float:
    """Seconds a cell of a sweep in this process in which computing a cell takes no time."""
    from sims.store import Store
    from sims.sweep import sweep
    from sims.sweep.executors.in_process import InProcess
    from sims.sweep.progress import Progress

    result = result_of(cells[0])

    def planted(workers: int):
        return contextlib.nullcontext(lambda cell, on_outcome: result)

    with open(os.devnull, "w") as nowhere:
        store = Store.open(folder)
        start = time.perf_counter()
        report = sweep(cells, store, InProcess(1, measuring=planted), progress=Progress(nowhere))
        seconds = time.perf_counter() - start
    assert len(report.computed) == len(cells)
    return seconds / len(cells)


def store_of_many(runs: int) -> dict:
    """The overhead over 10,000 cells, then times of resuming their finished sweep and of its status."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        cells = [setting.cell() for setting in many_settings(MANY)]
        making = time.perf_counter() - start
        each = overhead(cells, folder)
        # The cells were computed without the command: the first resume writes what the command leaves behind.
        first = seconds_of("many", ["run", "bench", "--store", folder])
        resume = [seconds_of("many", ["run", "bench", "--store", folder]) for _ in range(runs)]
        status = [seconds_of("many", ["status", "bench", "--store", folder]) for _ in range(runs)]
    return {
        "cells": MANY,
        "making_cells_ms_each": 1e3 * making / MANY,
        "overhead_ms_each": 1e3 * each,
        "tables_and_index_written_s": first,
        "resume_s": statistics.median(resume),
        "resumes_s": resume,
        "status_s": statistics.median(status),
        "statuses_s": status,
    }


def main() -> int:
    if len(sys.argv) > 2 and sys.argv[1] == "--child":
        return run_command(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS / "scale.json")
    options = parser.parse_args()
    found = {
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "store": store_of_many(options.runs),
        "gain": gain(options.runs),
    }
    print(json.dumps(found, indent=1))
    write(found, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
