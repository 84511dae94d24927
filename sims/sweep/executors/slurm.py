"""Cells in job arrays of Slurm, by submitit: the cluster's scheduler does the scheduling."""

import dataclasses
import functools
import math
import shutil
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sims.costs.shares import shares
from sims.machine.memory import LEAST_GB
from sims.measuring.units import Unit
from sims.pieces.errors import require
from sims.pieces.fields import Number, Whole
from sims.store import Store
from sims.sweep.executors.arrays import Arrays
from sims.sweep.executors.base import Ledger, require_cell_minutes
from sims.sweep.executors.job import Job
from sims.sweep.executors.measuring import Measuring, measuring

SHARE = 0.95
"""Of the memory of a task, what its process may take: Slurm kills what takes more than all of it."""
_OURS = frozenset(("array", "chdir", "error", "job-name", "open-mode", "output", "signal"))
"""Options of sbatch that the executor sets and nobody else may."""


RANGES = {
    "jobs": Whole(1),
    "parallel": Whole(1),
    "minutes": Whole(5),
    "cpus": Whole(1),
    "gpus": Whole(0),
    "mem_gb": Number(least=math.ceil(100 * LEAST_GB / SHARE) / 100),
}
"""Of the numbers that a job array can have."""


def require_ranges(numbers: Mapping[str, float]) -> None:
    """Raise `InputError` for one that is out of its range, see `RANGES`."""
    for name, value in numbers.items():
        require(RANGES[name].allows(value), name, value, str(RANGES[name]))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slurm:
    """Job arrays over the cells that are missing, on a store that all nodes see under the same path.

    jobs: tasks of an array, at most, among which the cells are dealt out so that all cost alike. parallel:
    tasks that run at a time, at most. minutes: time limit of a task; shortly before it, and where the cluster
    sends a signal before preemption, the task is requeued and goes on with what is missing. cpus, mem_gb,
    gpus: of a task; what does not fit the memory waits or is divided. cell_minutes: a cell that takes longer
    fails, and the others of its task go on in another. partition: none for the cluster's
    default. parameters: further options, as submitit takes them. poll: seconds between two looks at the
    store. grace: seconds after the end of a job in which its files may still become visible over the network.
    Raises `InputError`, named by the option.

    >>> import nstar
    >>> nstar.Slurm(minutes=2)
    Traceback (most recent call last):
    sims.pieces.errors.InputError: minutes: got 2; allowed: an integer >= 5
    """

    name: ClassVar[str] = "slurm"
    jobs: int = 64
    parallel: int = 32
    minutes: int = 240
    cpus: int = 1
    mem_gb: float = 8.0
    gpus: int = 0
    cell_minutes: float | None = None
    partition: str | None = None
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    poll: float = 2.0
    grace: float = 90.0
    measuring: Measuring = measuring

    def __post_init__(self) -> None:
        require_ranges({name: getattr(self, name) for name in RANGES})
        require_cell_minutes(self.cell_minutes)
        taken = sorted(_OURS & set(self.parameters.get("additional_parameters", {})))
        require(not taken, "sbatch", ", ".join(taken), "an option that nstar does not set itself")
        for command in ("sbatch", "squeue", "srun"):
            there = shutil.which(command) is not None
            require(there, "executor", "slurm", f"slurm where its commands are; {command} is not on the path")
        try:
            import submitit  # noqa: F401
        except ImportError:
            require(False, "executor", "slurm", "slurm where submitit is installed: pip install nstar[slurm]")

    def run(self, cells: Sequence[Unit], store: Store, ledger: Ledger) -> bool:
        """See `Executor`. Jobs of an earlier sweep on this store are waited for. Ctrl-C ends the waiting; the
        jobs go on, and `scancel` ends them. Raises `InputError` if sbatch takes nothing.
        """

        def submit(missing: Sequence[Unit], parallel: int) -> dict[str, list[Unit]]:
            return self.submit(missing, store, parallel=parallel)

        arrays = Arrays(
            cells, store, ledger, submit, parallel=self.parallel, poll=self.poll, grace=self.grace
        )
        return arrays.drain()

    def submit(self, cells: Sequence[Unit], store: Store, *, parallel: int) -> dict[str, list[Unit]]:
        """Submit one array for the cells, of which `parallel` tasks run at a time; its tasks, each with its
        cells. Raises what submitit raises.
        """
        from submitit import SlurmExecutor

        from sims.costs.plan import relative_costs

        root = store.root.resolve()
        # How often a job may reach its time limit is for `Job` to say, by what it has done.
        executor = SlurmExecutor(folder=root / "slurm" / "%j", max_num_timeout=10_000)
        options: dict[str, Any] = {
            "job_name": "nstar",
            "time": self.minutes,
            "cpus_per_task": self.cpus,
            "mem": f"{math.ceil(self.mem_gb * 1024)}MB",
            "array_parallelism": parallel,
            "partition": self.partition,
            "gpus_per_node": self.gpus or None,
            "stderr_to_stdout": True,
        }
        options = {name: value for name, value in options.items() if value is not None}
        executor.update_parameters(**{**options, **self.parameters})
        groups = [[cells[index] for index in own] for own in shares(relative_costs(cells), self.jobs)]
        computing = self.measuring
        if computing is measuring:  # one that tests plant takes no memory
            computing = functools.partial(measuring, memory=SHARE * 1e9 * self.mem_gb)
        with executor.batch():
            submitted = [
                executor.submit(
                    Job(str(root), tuple(own), self.cpus, computing, self.gpus, self.cell_minutes)
                )
                for own in groups
            ]
        return {str(one.job_id): own for one, own in zip(submitted, groups, strict=True)}
