"""``nstar run --dry-run``: what a sweep would take, without computing any of it."""

import argparse
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sims.cli.executors import Places, places_of
from sims.machine.memory import SHARE, Memory, free_memory
from sims.machine.pool import Pool, available_cores, compile_for_several_cores
from sims.machine.versions import default_device, device
from sims.measuring.units import Unit
from sims.pieces.cell import Cell
from sims.sweep.executors.slurm import SHARE as OF_A_JOB

if TYPE_CHECKING:
    from sims.costs.plan import Plan

BUDGET = 60.0
"""Seconds after which no other calibration is begun; one that is begun is finished."""
ELSEWHERE = "not known: this machine's speed is of another kind of device"


def dry_run(units: Sequence[Unit], found: int, args: argparse.Namespace) -> int:
    """Print the plan of the units, all missing; `found` others are stored. Returns the exit status. Raises
    `InputError` for options that no executor takes.
    """
    from sims.costs.calibration import calibrate
    from sims.costs.plan import plan, sort_out

    places = places_of(args)
    start = time.perf_counter()
    compile_for_several_cores()
    workers = args.workers or available_cores()
    accelerated = default_device().platform != "cpu"
    memory = Memory(None if args.memory_gb is None else 1e9 * args.memory_gb)
    memory.require_room("memory-gb")
    rooms = _rooms(args, places, memory, accelerated=accelerated)
    fine, refused = sort_out(units)
    # No cache of compiled programs: what compiling takes where there is none is part of the question.
    # All cores are busy, as they will be; an accelerator is shared by the workers.
    copies = workers if accelerated else available_cores()
    with Pool(copies, memory=memory) as pool:
        rates = calibrate([unit for unit in fine if isinstance(unit, Cell)], pool, budget=BUDGET)
    planned = plan(fine, rates)
    answer = {
        "cells": len(units),
        "stored": found,
        "refused": [{"cell": unit.label, "error": message} for unit, message in refused],
        **_answer(planned, workers, places, copies=copies, accelerated=accelerated),
        "memory_gb": _memory(planned, workers, memory, rooms),
        "calibration": {
            "device": device(),
            "seconds": time.perf_counter() - start,
            "flops_per_second": {" ".join(group): copies / rate.a_flop for group, rate in rates.items()},
            "not_timed": [" ".join(group) for group in planned.guessed],
        },
    }
    print(json.dumps(answer, indent=1) if args.json else "\n".join(_lines(answer)))
    return 0


def _answer(
    planned: "Plan", workers: int, places: Places, *, copies: int, accelerated: bool
) -> dict[str, Any]:
    """copies: trainings side by side when the rates were found, as many as the machine has places;
    accelerated: whether that was on an accelerator. It says nothing of computing elsewhere.
    """
    from sims.costs.plan import jobs_seconds, processes_seconds, threads_seconds

    works = [one.work for one in planned.cells]
    counted = [work.flops for work in works if work.flops is not None]
    elsewhere = bool(places.devices) != accelerated
    far = bool(places.gpus) != accelerated
    # A device has the places that were found on one, with fewer threads too; processes without devices share
    # those of the cores.
    threads = copies if accelerated else places.threads
    local = processes_seconds(planned, places.processes, threads, places=copies * max(1, len(places.devices)))
    cpus = copies if accelerated else places.cpus
    slurm, own = jobs_seconds(planned, places.jobs, places.parallel, cpus)
    return {
        "probes": planned.probes,
        "evaluations": sum(work.evaluations for work in works),
        "trainings": sum(work.trainings for work in works),
        "flops": sum(counted),
        "flops_of_readings": _of_readings(planned),
        "cells_with_flops_not_counted": len(works) - len(counted),
        "cells_with_time_not_known": planned.unknown,
        "programs": len(planned.compiling),
        "compile_seconds": sum(planned.compiling.values()) if planned.is_timed else None,
        "seconds": {
            "process": {
                "workers": workers,
                "wall": threads_seconds(planned, min(workers, copies)) if planned.is_timed else None,
            },
            "local": {
                "processes": places.processes,
                "workers": places.threads,
                "wall": local if planned.is_timed and not elsewhere else None,
            },
            "slurm": {
                "jobs": len(own),
                "parallel": places.parallel,
                "cpus": places.cpus,
                "wall": slurm if planned.is_timed and not far else None,
                "longest_job": max(own, default=0.0) if planned.is_timed and not far else None,
                "minutes": places.minutes,
            },
        },
    }


def _of_readings(planned: "Plan") -> dict[str, float]:
    """Reading -> operations of all its cells, 0 where it does not say what it takes."""
    found: dict[str, float] = {}
    for one in planned.cells:
        if one.cell.reading is not None:
            name = type(one.cell.reading).name
            found[name] = found.get(name, 0.0) + one.work.reading
    return found


def _rooms(
    args: argparse.Namespace, places: Places, memory: Memory, *, accelerated: bool
) -> dict[str, float]:
    """Executor -> bytes for the cells of one of its processes, for those whose device is of this kind.

    memory: that of `process`.
    """
    rooms = {"process": memory.room}
    if bool(places.devices) == accelerated:
        total = SHARE * free_memory() if args.memory_gb is None else 1e9 * args.memory_gb
        rooms["local"] = Memory(total / places.processes).room
    if bool(places.gpus) == accelerated:
        rooms["slurm"] = Memory(OF_A_JOB * 1e9 * places.mem_gb).room
    return rooms


def _memory(planned: "Plan", workers: int, memory: Memory, rooms: dict[str, float]) -> dict[str, Any]:
    """memory: of a process that computes all."""
    from sims.costs.plan import count_fits, memory_bytes

    least, most = memory_bytes(planned, workers, memory.base)
    return {
        "one_lane": least / 1e9,
        "nothing_waits": most / 1e9,
        "programs": memory.programs_bytes / 1e9,
        **{name: {"room": room / 1e9, "cells": count_fits(planned, room)} for name, room in rooms.items()},
    }


def _lines(answer: dict[str, Any]) -> list[str]:
    seconds, memory = answer["seconds"], answer["memory_gb"]
    process, local, slurm = seconds["process"], seconds["local"], seconds["slurm"]
    least, most = memory["one_lane"], memory["nothing_waits"]
    timed = answer["compile_seconds"] is not None
    lines = [
        f"{answer['cells']} cells to compute ({answer['stored']} stored), {answer['probes']} of them probes",
        f"trainings   about {answer['trainings']:.0f} in {answer['evaluations']:.0f} places (seed, n)",
        f"FLOPs       {answer['flops']:.2e}, as if every training took all its steps",
        *(
            f"reading     {name}, {f'{flops:.2e} FLOPs of them' if flops else 'whose cost nothing says'}"
            for name, flops in answer["flops_of_readings"].items()
        ),
        f"memory      {least:.2f} GB at least, {most:.2f} GB where nothing waits for memory;",
        f"            up to {memory['programs']:.2f} GB more for compiled programs before they are dropped",
    ]
    if not timed:
        lines.append("time        not known: of these cells no training is small enough to be timed")
    else:
        lines += [
            f"compiling   {_duration(answer['compile_seconds'])} for {answer['programs']} programs that no "
            "cache has, spread over workers",
            f"process     {_duration(process['wall'])} on {process['workers']} workers",
            f"local       {_duration(local['wall'])} on {local['processes']} processes of "
            f"{local['workers']} workers"
            if local["wall"] is not None
            else f"local       {ELSEWHERE}",
        ]
    if timed and slurm["wall"] is not None:
        lines += [
            f"slurm       {_duration(slurm['wall'])} in {slurm['jobs']} jobs of {slurm['cpus']} cores like "
            f"these, {slurm['parallel']} at a time;",
            f"            the longest {_duration(slurm['longest_job'])} of {slurm['minutes']} min",
        ]
    elif timed:
        lines.append(f"slurm       {ELSEWHERE}")
    for name in [name for name in seconds if name in memory]:
        cells, room = memory[name]["cells"], memory[name]["room"]
        if cells["divided"] or cells["too large"]:
            lines.append(
                f"in {room:.1f} GB   {name}: {cells['divided']} cells are divided, {cells['too large']} are "
                "larger all the same"
            )
    for refusal in answer["refused"]:
        lines.append(f"will fail   {refusal['cell']}: {refusal['error']}")
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
    if timed and found["not_timed"]:
        lines.append(f"not timed   {', '.join(found['not_timed'])}: taken at the median rate of the others")
    return [*lines, f"            on {found['device']}, in {found['seconds']:.0f} s"]


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
