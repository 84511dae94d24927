"""The options of ``nstar run`` that say where cells are computed."""

import argparse
import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from sims.cli.options import integer, number
from sims.machine.memory import LEAST_GB
from sims.machine.pool import available_cores
from sims.pieces.errors import InputError, require
from sims.sweep.executors.base import Executor
from sims.sweep.executors.in_process import InProcess
from sims.sweep.executors.local import Local
from sims.sweep.executors.measuring import within
from sims.sweep.executors.slurm import RANGES, Slurm, require_ranges

EXECUTORS = ("process", "local", "slurm")
_SLURM = ("jobs", "parallel", "minutes", "cpus", "mem_gb", "gpus", "partition", "sbatch", "cell_minutes")

_OWN = {
    "process": ("workers", "memory_gb"),
    "local": ("processes", "devices", "memory_gb", "cell_minutes"),
    "slurm": _SLURM,
}
"""Options of each executor."""


def add_executor(parser: argparse.ArgumentParser) -> None:
    """``--executor`` and what belongs to each."""
    parser.add_argument(
        "--executor",
        choices=EXECUTORS,
        default="process",
        help="where cells are computed (default: process)",
    )
    parser.add_argument(
        "--memory-gb",
        type=number,
        help="memory of process or local together, accelerators' own apart; what does not fit waits, or is "
        "divided (default: most of what is free)",
    )
    parser.add_argument(
        "--cell-minutes",
        type=number,
        help="of local or slurm: a cell that takes longer fails, and the rest goes on (default: no limit)",
    )
    process = parser.add_argument_group("process: threads of this process")
    process.add_argument("--workers", type=integer, help="trainings side by side (default: one a core)")
    local = parser.add_argument_group("local: processes of this machine")
    local.add_argument("--processes", type=integer, help="how many (default: one a core, or a device)")
    local.add_argument("--devices", metavar="0,1,...", help="accelerators, one process each (default: none)")
    slurm = parser.add_argument_group("slurm: job arrays, on a store that all nodes see")
    slurm.add_argument("--jobs", type=integer, help="tasks of an array, at most (default: 64)")
    slurm.add_argument("--parallel", type=integer, help="tasks that run at a time, at most (default: 32)")
    slurm.add_argument(
        "--minutes", type=integer, help="time limit of a task, >= 5; then it is requeued (default: 240)"
    )
    slurm.add_argument("--cpus", type=integer, help="cores of a task (default: 1)")
    slurm.add_argument("--mem-gb", type=number, help="memory of a task (default: 8)")
    slurm.add_argument("--gpus", type=integer, help="accelerators of a task (default: 0)")
    slurm.add_argument("--partition", help="the cluster's partition (default: the cluster's)")
    slurm.add_argument(
        "--sbatch",
        metavar="OPTION[=VALUE]",
        action="append",
        help="another option of sbatch, e.g. account=lab or exclusive",
    )


def default_options(*, workers: int | None = None) -> argparse.Namespace:
    """The options of a plan for people as they are where none is given, but for `workers`."""
    parser = argparse.ArgumentParser()
    add_executor(parser)
    return argparse.Namespace(**{**vars(parser.parse_args([])), "workers": workers, "json": False})


def executor_of(args: argparse.Namespace) -> Executor:
    """The executor that the arguments ask for. Raises `InputError`, named by the option, also for options of
    another executor.
    """
    for option in dict.fromkeys(option for options in _OWN.values() for option in options):
        given = getattr(args, option)
        having = [executor for executor, options in _OWN.items() if option in options]
        fine = given is None or args.executor in having
        require(fine, option.replace("_", "-"), given, f"with --executor {' or '.join(having)} only")
    places = places_of(args)
    if args.executor == "local":
        return _local(args, places)
    if args.executor == "slurm":
        return _slurm(args)

    return InProcess(args.workers, measuring=within(args.memory_gb, 1))


@dataclasses.dataclass(frozen=True)
class Places:
    """Where the arguments would have cells computed, by processes of this machine and by Slurm.

    devices: accelerators; processes: each with so many threads; the rest as in
    `sims.sweep.executors.slurm.Slurm`.
    """

    devices: tuple[int, ...]
    processes: int
    threads: int
    jobs: int
    parallel: int
    minutes: int
    cpus: int
    gpus: int
    mem_gb: float


def places_of(args: argparse.Namespace) -> Places:
    """What the arguments say, or what stands for what they do not say, whatever the executor. Raises
    `InputError`, named by the option.
    """

    limit = args.memory_gb
    require(limit is None or LEAST_GB <= limit < math.inf, "memory-gb", limit, f"a number >= {LEAST_GB}")
    for option in ("workers", "processes"):
        given = getattr(args, option)
        require(given is None or given >= 1, option, given, "an integer >= 1")
    try:
        devices = () if args.devices is None else tuple(int(part) for part in args.devices.split(","))
    except ValueError:
        raise InputError("devices", args.devices, "integers with commas between, e.g. 0,1") from None
    fine = all(device >= 0 for device in devices) and len(set(devices)) == len(devices)
    require(fine, "devices", args.devices, "different integers >= 0")
    task = {
        name: getattr(Slurm, name) if getattr(args, name) is None else getattr(args, name) for name in RANGES
    }
    require_ranges(task)
    cores, processes = available_cores(), len(devices) or args.processes or available_cores()
    return Places(devices, processes, max(1, cores // processes), **task)


def _local(args: argparse.Namespace, places: Places) -> Executor:
    return Local(
        args.processes, devices=places.devices, memory_gb=args.memory_gb, cell_minutes=args.cell_minutes
    )


def further_options(texts: Sequence[str]) -> dict[str, Any]:
    """Options of sbatch as submitit takes them: one without a value is True."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        fine = bool(name) and not name.startswith("-") and (bool(value) or not equals)
        require(fine, "sbatch", text, "OPTION or OPTION=VALUE without dashes, e.g. account=lab")
        found[name] = value if equals else True
    return found


def _slurm(args: argparse.Namespace) -> Executor:

    given: dict[str, Any] = {option: getattr(args, option) for option in _SLURM if option != "sbatch"}
    given = {option: value for option, value in given.items() if value is not None}
    further = further_options(args.sbatch or ())
    return Slurm(**given, parameters={"additional_parameters": further} if further else {})
