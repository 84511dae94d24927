"""The waiting side of Slurm: which jobs have which cells, what came of them, what is to be sent again."""

import contextlib
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from sims.measuring.units import Unit
from sims.pieces.errors import InputError
from sims.store import Store, write_atomically
from sims.sweep.attempt import Fate
from sims.sweep.executors.base import Ledger

ATTEMPTS = 3
"""A cell that was left behind by so many jobs of which none has computed anything is a failure."""
QUESTIONS = 5
"""Looks at the store for one question to Slurm."""
_ALIVE = frozenset(
    (
        *("PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING"),
        *("STAGE_OUT", "RESIZING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"),
    )
)

Submit = Callable[[Sequence[Unit], int], dict[str, list[Unit]]]
"""Cells and how many jobs may run at a time -> jobs, each with its cells."""


def in_queue(jobs: Sequence[str]) -> set[str] | None:
    """Those of the jobs (``12`` or ``12_3``) that wait or run; None if Slurm does not answer."""
    arrays = sorted({job.split("_")[0] for job in jobs})
    command = ["squeue", "--noheader", "--array", "--states=all", "--format=%i %T"]
    command.append(f"--jobs={','.join(arrays)}")
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode != 0 and "Invalid job id" not in answer.stderr:
        return None
    lines = (line.split() for line in answer.stdout.splitlines())
    alive = {line[0] for line in lines if len(line) == 2 and line[1] in _ALIVE}
    # A single job is no array to Slurm, and one to whoever asks for all of them.
    return {job for job in jobs if job in alive or job.split("_")[0] in alive}


class Arrays:
    """One sweep over arrays, those of an earlier sweep on the same store included.

    submit: sends cells; parallel: jobs that run at a time, in all arrays together as far as can be said;
    poll, grace: seconds, as in `sims.sweep.executors.slurm.Slurm`.
    """

    def __init__(
        self,
        cells: Sequence[Unit],
        store: Store,
        ledger: Ledger,
        submit: Submit,
        *,
        parallel: int,
        poll: float,
        grace: float,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._send = submit
        self._parallel = parallel
        self._poll = poll
        self._grace = grace
        self._open = {cell.id: cell for cell in cells}
        self._jobs: dict[str, list[Unit]] = {}
        self._open_before: dict[str, int] = {}
        self._ended: dict[str, float] = {}
        self._lost: Counter[str] = Counter()
        self._unsent: list[Unit] = []
        self._next_question = 0.0

    def drain(self) -> bool:
        """Until every cell has its fate; True if Ctrl-C came first. Raises `InputError` if the first array
        is not taken.
        """
        try:
            self._adopt()
            self._submit_first()
            while self._open:
                self._look()
                self._follow()
                self._ledger.tick()
                if self._open:
                    time.sleep(self._poll)
        except KeyboardInterrupt:
            self._ledger.interrupts.seen()
            arrays = " ".join(sorted({job.split("_")[0] for job in self._jobs}))
            self._ledger.note(f"not waiting any more; the jobs go on, and end by: scancel {arrays}")
            return True
        return False

    # Which jobs have which cells is kept in the store, so that a later sweep waits for them.

    def _notes(self) -> Path:
        return self._store.root / "slurm" / "arrays"

    def _adopt(self) -> None:
        """Take over the jobs of earlier sweeps that still wait or run."""
        for path in sorted(self._notes().glob("*.json")):
            try:
                noted = {str(job): list(ids) for job, ids in json.loads(path.read_text()).items()}
            except (OSError, ValueError, TypeError, AttributeError):
                continue
            alive = in_queue(list(noted)) if noted else set()
            if alive is None:
                continue
            if not alive:
                path.unlink(missing_ok=True)
            for job in sorted(alive):
                self._take(job, [self._open[id] for id in noted[job] if id in self._open])
        if self._jobs:
            cells = sum(len(own) for own in self._jobs.values())
            self._ledger.note(f"{cells} cells are with {len(self._jobs)} jobs of an earlier sweep")

    def _take(self, job: str, own: list[Unit]) -> None:
        if own:
            self._jobs[job] = own
            self._open_before[job] = len(own)

    def _submit_first(self) -> None:
        adopted = {cell.id for own in self._jobs.values() for cell in own}
        todo = [cell for cell in self._open.values() if cell.id not in adopted]
        for cell in todo:
            # The message of an earlier sweep: what a job of this one writes must be told from it.
            with contextlib.suppress(OSError):
                self._store.failure_path(cell.id).unlink(missing_ok=True)
        try:
            self._submit(todo, self._parallel)
        except Exception as error:
            raise InputError("executor", "slurm", f"what sbatch takes; it says: {_said(error)}") from error

    def _submit(self, cells: Sequence[Unit], parallel: int) -> None:
        if not cells:
            return
        tasks = self._send(cells, parallel)
        for job, own in tasks.items():
            self._take(job, own)
        arrays = sorted({job.split("_")[0] for job in tasks})
        self._ledger.note(f"submitted {len(cells)} cells in {len(tasks)} jobs: {', '.join(arrays)}")
        noted = {job: [cell.id for cell in own] for job, own in tasks.items()}
        try:
            write_atomically(self._notes() / f"{arrays[0]}.json", json.dumps(noted) + "\n")
        except OSError as error:
            self._ledger.note(f"a later sweep will not know of these jobs: {error.strerror}")

    # What has come of them

    def _look(self) -> None:
        """Settle the cells that are in the store, or have failed; see which have begun."""
        stored = set(self._store.ids())
        for id in [id for id in self._open if id in stored]:
            record = self._store.load(self._open[id])
            if record is not None:
                seconds = record.provenance.get("seconds")
                self._settle(id, Fate("computed"), float(seconds) if seconds is not None else None)
                self._ledger.trained(getattr(record.result, "trainings", 0))
        for id in _names(self._store.root / "failures", ".json"):
            if id in self._open and (error := self._store.failure(self._open[id])) is not None:
                self._settle(id, Fate("failed", error), None)
        for id in _names(self._store.root / "leases", ""):
            if id in self._open:
                self._ledger.started(self._open[id])

    def _settle(self, id: str, fate: Fate, seconds: float | None) -> None:
        self._ledger.settle(self._open.pop(id), fate, seconds=seconds)

    def _follow(self) -> None:
        """Submit anew what jobs have left behind that are no more."""
        now = time.monotonic()
        if now < self._next_question:
            return
        self._next_question = now + QUESTIONS * self._poll
        pending = {job: own for job, own in self._jobs.items() if any(cell.id in self._open for cell in own)}
        alive = in_queue(list(pending)) if pending else set()
        if alive is None:
            return
        for job, own in pending.items():
            if job in alive:
                self._ended.pop(job, None)
            elif now - self._ended.setdefault(job, now) >= self._grace:
                self._give_up(job, [cell for cell in own if cell.id in self._open])
        try:
            self._submit(self._unsent, max(1, self._parallel - len(alive)))
            self._unsent = []
        except Exception as error:  # noqa: BLE001 - a controller that is away may be back at the next look
            self._ledger.note(f"sbatch: {_said(error)}; trying again")

    def _give_up(self, job: str, left: list[Unit]) -> None:
        self._ledger.note(f"job {job} has ended with {len(left)} cells not computed")
        del self._jobs[job]
        # Only a job that has done nothing speaks against its cells.
        if len(left) >= self._open_before.pop(job):
            self._lost.update(cell.id for cell in left)
        for cell in left:
            self._ledger.given_up(cell)
            if self._lost[cell.id] >= ATTEMPTS:
                message = f"lost with its job {ATTEMPTS} times, none of which computed anything; "
                message += f"the last one's log is in the store's slurm/{job}"
                self._settle(cell.id, Fate("failed", message), None)
            else:
                self._unsent.append(cell)


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def _names(folder: Path, suffix: str) -> list[str]:
    """Names of the files of a folder, without the suffix that they must have; none if it cannot be read."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [name.removesuffix(suffix) for name in names if name.endswith(suffix)]
