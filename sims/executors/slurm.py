"""Cells in job arrays of Slurm, by submitit: the cluster's scheduler does the scheduling."""

import contextlib
import dataclasses
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from sims.attempt import Fate
from sims.errors import require
from sims.executors.base import Ledger
from sims.executors.job import Job, shares
from sims.executors.measuring import Measuring, measuring
from sims.store import Store
from sims.units import Unit

ATTEMPTS = 3
"""Arrays in which a cell is submitted, at most: jobs may be killed, or their node lost."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slurm:
    """Job arrays over the cells that are missing, on a store that all nodes see under the same path.

    jobs: tasks of an array, at most; cells are shared among them by cost. parallel: tasks that run at a
    time, at most. minutes: time limit of a task; shortly before it, and on preemption, the task is requeued
    and goes on with what is missing. cpus, mem_gb, gpus: of a task. partition: none for the cluster's
    default. parameters: further options of sbatch, as submitit passes them. cost: of a cell, in any unit.
    poll: seconds between two looks at the store. grace: seconds after the end of a job in which its files
    may still become visible over the network. Raises `InputError`, named by the option.
    """

    name: ClassVar[str] = "slurm"
    jobs: int = 64
    parallel: int = 32
    minutes: int = 240
    cpus: int = 1
    mem_gb: float = 8.0
    gpus: int = 0
    partition: str | None = None
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    cost: Callable[[Unit], float] = lambda cell: 1.0
    poll: float = 2.0
    grace: float = 20.0
    measuring: Measuring = measuring

    def __post_init__(self) -> None:
        for field in ("jobs", "parallel", "minutes", "cpus"):
            require(getattr(self, field) >= 1, field, getattr(self, field), "an integer >= 1")
        require(self.gpus >= 0, "gpus", self.gpus, "an integer >= 0")
        require(self.mem_gb > 0, "mem_gb", self.mem_gb, "a number > 0")
        for command in ("sbatch", "squeue", "srun"):
            there = shutil.which(command) is not None
            require(there, "executor", "slurm", f"slurm where its commands are; {command} is not on the path")
        try:
            import submitit  # noqa: F401
        except ImportError:
            require(False, "executor", "slurm", "slurm where submitit is installed: pip install nstar[slurm]")

    def run(self, cells: Sequence[Unit], store: Store, ledger: Ledger) -> bool:
        """See `Executor`. Ctrl-C ends the waiting; the jobs go on, and `scancel` ends them."""
        return _Run(self, cells, store, ledger).drain()

    def submit(self, cells: Sequence[Unit], store: Store) -> dict[str, list[Unit]]:
        """Submit one array for the cells; its tasks, each with its cells. Raises what submitit raises."""
        from submitit import SlurmExecutor

        executor = SlurmExecutor(folder=(store.root / "slurm").resolve() / "%j", max_num_timeout=1000)
        options: dict[str, Any] = {
            "job_name": "nstar",
            "time": self.minutes,
            "cpus_per_task": self.cpus,
            "mem": f"{round(self.mem_gb * 1024)}MB",
            "array_parallelism": self.parallel,
            "partition": self.partition,
            "gpus_per_node": self.gpus or None,
            "stderr_to_stdout": True,
        }
        options = {name: value for name, value in options.items() if value is not None}
        executor.update_parameters(**{**options, **self.parameters})
        groups = [
            [cells[index] for index in own] for own in shares([self.cost(cell) for cell in cells], self.jobs)
        ]
        root = str(store.root.resolve())
        jobs = [Job(root, tuple(own), self.cpus, self.measuring) for own in groups]
        with executor.batch():
            submitted = [executor.submit(job) for job in jobs]
        return {str(one.job_id): own for one, own in zip(submitted, groups, strict=True)}


def in_queue(jobs: Sequence[str]) -> set[str] | None:
    """Those of the jobs (``12`` or ``12_3``) that wait or run; None if Slurm does not answer."""
    arrays = sorted({job.split("_")[0] for job in jobs})
    command = [
        "squeue",
        "--noheader",
        "--array",
        "--states=all",
        "--format=%i %T",
        f"--jobs={','.join(arrays)}",
    ]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode != 0 and "Invalid job id" not in answer.stderr:
        return None
    lines = (line.split() for line in answer.stdout.splitlines())
    over = {
        "COMPLETED",
        "FAILED",
        "CANCELLED",
        "TIMEOUT",
        "NODE_FAIL",
        "BOOT_FAIL",
        "DEADLINE",
        "OUT_OF_MEMORY",
    }
    alive = {line[0] for line in lines if len(line) == 2 and line[1] not in over}
    # A single job is no array to Slurm, and one to whoever asks for all of them.
    return {job for job in jobs if job in alive or job.split("_")[0] in alive}


class _Run:
    """One sweep over arrays."""

    def __init__(self, executor: Slurm, cells: Sequence[Unit], store: Store, ledger: Ledger) -> None:
        self._executor = executor
        self._store = store
        self._ledger = ledger
        self._open = {cell.id: cell for cell in cells}
        self._jobs: dict[str, list[Unit]] = {}
        self._ended: dict[str, float] = {}
        self._times: Counter[str] = Counter()

    def drain(self) -> bool:
        """Until every cell has its fate; True if Ctrl-C came first."""
        for cell in self._open.values():
            # The message of an earlier sweep: what a job of this one writes must be told from it.
            with contextlib.suppress(OSError):
                self._store.failure_path(cell.id).unlink(missing_ok=True)
        try:
            self._submit(list(self._open.values()))
            while self._open:
                time.sleep(self._executor.poll)
                self._look()
                self._follow()
                self._ledger.tick()
        except KeyboardInterrupt:
            self._ledger.interrupts.seen()
            arrays = " ".join(sorted({job.split("_")[0] for job in self._jobs}))
            self._ledger.note(f"not waiting any more; the jobs go on, and end by: scancel {arrays}")
            return True
        return False

    def _submit(self, cells: Sequence[Unit]) -> None:
        if not cells:
            return
        tasks = self._executor.submit(cells, self._store)
        self._jobs |= tasks
        self._times.update(cell.id for cell in cells)
        arrays = ", ".join(sorted({job.split("_")[0] for job in tasks}))
        self._ledger.note(f"submitted {len(cells)} cells in {len(tasks)} jobs: {arrays}")

    def _look(self) -> None:
        """Settle the cells that are in the store, or have failed."""
        for cell in list(self._open.values()):
            if self._store.path(cell.id).exists():
                record = self._store.load(cell)
                if record is not None:
                    seconds = record.provenance.get("seconds")
                    self._settle(cell, Fate("computed"), seconds if isinstance(seconds, float) else None)
                    self._ledger.trained(getattr(record.result, "trainings", 0))
            elif (error := self._store.failure(cell)) is not None:
                self._settle(cell, Fate("failed", error), None)

    def _settle(self, cell: Unit, fate: Fate, seconds: float | None) -> None:
        del self._open[cell.id]
        self._ledger.settle(cell, fate, seconds=seconds)

    def _follow(self) -> None:
        """Submit anew what jobs have left behind that are no more."""
        pending = {job: own for job, own in self._jobs.items() if any(cell.id in self._open for cell in own)}
        alive = in_queue(list(pending)) if pending else set()
        if alive is None:
            return
        now = time.monotonic()
        left: list[Unit] = []
        for job, own in pending.items():
            if job in alive:
                self._ended.pop(job, None)
            elif now - self._ended.setdefault(job, now) > self._executor.grace:
                left += [cell for cell in own if cell.id in self._open]
                self._ledger.note(f"job {job} has ended with {len(left)} cells not computed")
                del self._jobs[job]
        for cell in [cell for cell in left if self._times[cell.id] >= ATTEMPTS]:
            self._settle(cell, Fate("failed", f"lost with its job, {ATTEMPTS} times"), None)
            left.remove(cell)
        self._submit(left)


def logs(store: Store, job: str) -> Path:
    """The folder with what a job has printed."""
    return store.root / "slurm" / job
