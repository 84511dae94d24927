"""The options of ``nstar run`` that say where cells are computed."""

import argparse
from typing import TYPE_CHECKING, Any

from sims.cli.options import integer, number
from sims.errors import InputError, require

if TYPE_CHECKING:
    from sims.executors.base import Executor

EXECUTORS = ("process", "local", "slurm")
_SLURM = ("jobs", "parallel", "minutes", "cpus", "mem_gb", "gpus", "partition", "sbatch")


def add_executor(parser: argparse.ArgumentParser) -> None:
    """``--executor`` and what belongs to each."""
    parser.add_argument(
        "--executor",
        choices=EXECUTORS,
        default="process",
        help="where cells are computed (default: process)",
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
        "--sbatch", metavar="OPTION=VALUE", action="append", help="another option of sbatch, e.g. account=lab"
    )


def executor_of(args: argparse.Namespace) -> "Executor":
    """The executor that the arguments ask for. Raises `InputError`, named by the option, also for options of
    another executor.
    """
    own = {"process": ("workers",), "local": ("processes", "devices"), "slurm": _SLURM}
    for executor, options in own.items():
        for option in options:
            given = getattr(args, option)
            fine = given is None or executor == args.executor
            require(fine, option.replace("_", "-"), given, f"with --executor {executor} only")
    if args.executor == "local":
        return _local(args)
    if args.executor == "slurm":
        return _slurm(args)
    require(args.workers is None or args.workers >= 1, "workers", args.workers, "an integer >= 1")
    from sims.executors.in_process import PooledProcess

    return PooledProcess(args.workers)


def _local(args: argparse.Namespace) -> "Executor":
    from sims.executors.local import Local

    require(args.processes is None or args.processes >= 1, "processes", args.processes, "an integer >= 1")
    try:
        devices = [] if args.devices is None else [int(part) for part in args.devices.split(",")]
    except ValueError:
        raise InputError("devices", args.devices, "integers with commas between, e.g. 0,1") from None
    fine = all(device >= 0 for device in devices) and len(set(devices)) == len(devices)
    require(fine, "devices", args.devices, "different integers >= 0")
    return Local(args.processes, devices=devices)


def _slurm(args: argparse.Namespace) -> "Executor":
    from sims.executors.slurm import Slurm

    given: dict[str, Any] = {option: getattr(args, option) for option in _SLURM if option != "sbatch"}
    given = {option: value for option, value in given.items() if value is not None}
    further = {}
    for text in args.sbatch or ():
        name, equals, value = text.partition("=")
        require(bool(name and equals), "sbatch", text, "OPTION=VALUE, e.g. account=lab")
        further[name] = value
    return Slurm(**given, parameters={"additional_parameters": further} if further else {})
