"""``nstar run --dry-run``: what a sweep would take, without computing any of it."""

import argparse
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sims.cli.executors import Places, places_of

if TYPE_CHECKING:
    from sims.costs.plan import Plan
    from sims.units import Unit

BUDGET = 60.0
"""Seconds after which no other calibration is begun."""


def dry_run(units: "Sequence[Unit]", found: int, args: argparse.Namespace) -> int:
    """Print the plan of the units, all missing; `found` others are stored. Returns the exit status. Raises
    `InputError` for options that no executor takes.
    """
    from sims.cell import Cell
    from sims.compilation import keep_compiled_programs
    from sims.costs.calibration import calibrate
    from sims.costs.plan import plan
    from sims.memory import Memory
    from sims.pool import Pool, available_cores
    from sims.versions import device

    places = places_of(args)
    start = time.perf_counter()
    keep_compiled_programs()
    workers = args.workers or available_cores()
    with Pool(workers) as pool:
        memory = Memory(None if args.memory_gb is None else 1e9 * args.memory_gb)
        memory.require_room("memory-gb")
        base, free = memory.base, memory.base + memory.room
        rates = calibrate([unit for unit in units if isinstance(unit, Cell)], pool, budget=BUDGET)
    planned = plan(units, rates)
    answer = {
        "cells": len(units),
        "stored": found,
        **_answer(planned, workers, places),
        "memory_gb": _memory(planned, workers, places, base, free),
        "calibration": {
            "device": device(),
            "seconds": time.perf_counter() - start,
            "flops_per_second": {" ".join(group): workers / rate.a_flop for group, rate in rates.items()},
            "not_timed": [" ".join(group) for group in planned.guessed],
        },
    }
    print(json.dumps(answer, indent=1) if args.json else "\n".join(_lines(answer)))
    return 0


def _answer(planned: "Plan", workers: int, places: "Places") -> dict[str, Any]:
    from sims.costs.plan import jobs_seconds, processes_seconds, threads_seconds

    works = [one.work for one in planned.cells]
    counted = [work.flops for work in works if work.flops is not None]
    slurm, own = jobs_seconds(planned, places.jobs, places.parallel, places.cpus)
    return {
        "probes": planned.probes,
        "evaluations": sum(work.evaluations for work in works),
        "trainings": sum(work.trainings for work in works),
        "flops": sum(counted),
        "cells_with_flops_not_counted": len(works) - len(counted),
        "cells_with_time_not_known": planned.unknown,
        "programs": len(planned.compiling),
        "compile_seconds": sum(planned.compiling.values()),
        "seconds": {
            "process": {"workers": workers, "wall": threads_seconds(planned, workers)},
            "local": {
                "processes": places.processes,
                "workers": places.threads,
                "wall": processes_seconds(planned, places.processes, places.threads),
            },
            "slurm": {
                "jobs": len(own),
                "parallel": places.parallel,
                "cpus": places.cpus,
                "wall": slurm,
                "longest_job": max(own, default=0.0),
                "minutes": places.minutes,
            },
        },
    }


def _memory(planned: "Plan", workers: int, places: "Places", base: float, free: float) -> dict[str, Any]:
    """free: bytes that a process, or the processes of this machine together, may have."""
    from sims.costs.plan import count_fits, memory_bytes

    least, most = memory_bytes(planned, workers, base)
    limits = {"process": free, "local": free / places.processes, "slurm": 1e9 * places.mem_gb}
    return {
        "one_lane": least / 1e9,
        "nothing_waits": most / 1e9,
        **{
            name: {"limit": limit / 1e9, "cells": count_fits(planned, limit, base)}
            for name, limit in limits.items()
        },
    }


def _lines(answer: dict[str, Any]) -> list[str]:
    seconds, memory = answer["seconds"], answer["memory_gb"]
    process, local, slurm = seconds["process"], seconds["local"], seconds["slurm"]
    least, most = memory["one_lane"], memory["nothing_waits"]
    compiling = _duration(answer["compile_seconds"])
    lines = [
        f"{answer['cells']} cells to compute ({answer['stored']} stored), {answer['probes']} of them probes",
        f"trainings   about {answer['trainings']:.0f} in {answer['evaluations']:.0f} places (seed, n)",
        f"FLOPs       {answer['flops']:.2e}, as if every training took all its steps",
        f"memory      {least:.2f} GB at least, {most:.2f} GB where nothing waits for memory",
        f"compiling   {compiling} for {answer['programs']} programs, spread over workers",
        f"process     {_duration(process['wall'])} on {process['workers']} workers",
        f"local       {_duration(local['wall'])} on {local['processes']} processes of "
        f"{local['workers']} workers",
        f"slurm       {_duration(slurm['wall'])} in {slurm['jobs']} jobs of {slurm['cpus']} cores, "
        f"{slurm['parallel']} at a time;",
        f"            the longest {_duration(slurm['longest_job'])} of {slurm['minutes']} min",
    ]
    for name in seconds:
        cells, limit = memory[name]["cells"], memory[name]["limit"]
        if cells["divided"] or cells["too large"]:
            lines.append(
                f"in {limit:.1f} GB   {name}: {cells['divided']} cells are divided, {cells['too large']} are "
                "larger all the same"
            )
    if answer["probes"]:
        lines.append(f"not in it   {answer['probes']} probes, whose cost nothing says")
    if answer["cells_with_flops_not_counted"]:
        lines.append(
            f"not counted {answer['cells_with_flops_not_counted']} cells have operations that nobody counts; "
            "each is taken for the median one"
        )
    found = answer["calibration"]
    for name, rate in found["flops_per_second"].items():
        lines.append(f"measured    {rate / 1e9:.1f} GFLOP/s, {name}")
    if found["not_timed"]:
        lines.append(f"not timed   {', '.join(found['not_timed'])}: taken at the median rate of the others")
    return [*lines, f"            on {found['device']}, in {found['seconds']:.0f} s"]


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
