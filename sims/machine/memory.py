"""Memory: trainings say how much they will need, and wait until there is room for it.

A cell keeps the samples of every repetition that is under way, and needs more while it trains. Both are
estimated before (`sims.measuring.need`); here is only who has to wait. A repetition is let in when the
samples of all that are in fit beside the largest training of any of them, and beside the trainings that run
now: then one training can always go on, and nobody waits for ever. What would not fit alone is let in alone.
Who came first goes first, so that nothing large waits while small ones pass it.
"""

import contextlib
import ctypes
import functools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Literal

from sims.machine.versions import default_device
from sims.pieces.errors import require

Fit = Literal["whole", "divided", "too large"]
"""How a cell's largest training fits into the memory: lane by lane if need be, or not even so."""
LEAST_GB = 0.6
"""No process is given less: it takes about half a gigabyte, whatever it computes."""
SHARE = 0.8
"""Of the memory that is free, what is taken unless a limit is given."""
PROGRAM = 4.0e6
"""Bytes of a compiled program, large and small ones in the mean: 2.8e6 to 4.6e6 where it was measured."""
COMPILER = 1.2e8
"""Bytes of the compiler's own while it compiles: 1.0e8 to 1.6e8 where it was measured, one at a time."""
FIRST_PROGRAMS = 20
"""Compiled programs that are set aside for; what a process keeps beyond is counted when it is there."""
PROGRAMS = COMPILER + FIRST_PROGRAMS * PROGRAM
"""Bytes set aside for both. A process may keep more programs than that (`Memory.most_programs`)."""
TIDY = 1.0
"""Seconds between two looks at what the process has beyond what it should have."""
SLACK = 0.05
"""So much more than it should have a process may have, freed and not given back: giving back takes time."""
PROGRAMS_SHARE = 0.1
"""So much of it compiled programs may take before they are dropped."""
LEAST_PROGRAMS = 128
"""So many are kept whatever the memory: a cell of a new shape brings a dozen."""
DEVICE_SHARE = 0.9
"""Of an accelerator's memory, what is planned with: the rest is for programs and gaps."""


def resident() -> float:
    """Bytes of physical memory that this process has now; 0 where the system does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return float(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0.0


def peak_resident() -> float:
    """The most bytes of physical memory that this process has had."""
    import resource
    import sys

    with contextlib.suppress(OSError, ValueError, StopIteration):
        return 1024.0 * _number(Path("/proc/self/status"), "VmHWM:")
    # Elsewhere. On Linux this one is also of what the process was before it began this program: a large
    # parent's copy.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) if sys.platform == "darwin" else 1024.0 * peak


@functools.cache
def _trim() -> Callable[[int], int] | None:
    """glibc's ``malloc_trim``; None with another C library."""
    with contextlib.suppress(OSError, AttributeError):
        return ctypes.CDLL(None).malloc_trim
    return None


def give_back() -> None:
    """Hand memory that was freed back to the system: glibc keeps much of it, the more the longer a process
    runs.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


def free_memory() -> float:
    """Bytes that this process may still take on this machine, as far as Linux and its control groups say;
    infinity where they do not.
    """
    free = float("inf")
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        free = 1024.0 * _number(Path("/proc/meminfo"), "MemAvailable:")
    for folder in _control_groups():
        for most, used, cached in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):  # "max": no limit
                limit = float((folder / most).read_text())
                # What was read from files is counted too, and given up where memory is short.
                taken = float((folder / used).read_text()) - _number(folder / "memory.stat", cached)
                free = min(free, limit - taken)
    return max(free, 0.0)


def _number(path: Path, name: str) -> float:
    """The number behind a name in a file of names and numbers."""
    lines = (line.split() for line in path.read_text().splitlines())
    return float(next(words[1] for words in lines if words and words[0] == name))


def _control_groups(
    mounted: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
) -> list[Path]:
    """Folders of the control groups whose limits hold for this process: its own and all above it, in versions
    1 and 2.
    """
    found = {mounted, mounted / "memory"}
    with contextlib.suppress(OSError, ValueError):
        for line in own.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers in ("", "memory"):
                top = mounted / controllers
                group = top / path.lstrip("/")
                found.update(folder for folder in (group, *group.parents) if folder.is_relative_to(top))
    return sorted(found)


class Memory:
    """What the trainings of one process may hold together.

    limit: bytes for the whole process, None for `SHARE` of what is free. On an accelerator its own memory
    counts too, and what is counted must fit into both: samples are drawn, and kernels solved, in the host's.
    """

    def __init__(self, limit: float | None = None) -> None:
        self._limit = limit
        self._change = threading.Condition()
        self._largest: dict[int, float] = {}
        self._samples: dict[int, float] = {}
        self._training = 0.0
        self._trainings = 0
        self.most_held = 0.0
        self._programs = 0
        self._tidied = 0.0
        self._repetitions: deque[object] = deque()
        self._waiting: deque[object] = deque()
        self._fits: dict[str, Fit] = {}

    @cached_property
    def _host_base(self) -> float:
        """Bytes that the process has beside its trainings."""
        _ = self._device_limit  # asking for the device begins jax's backend, which takes some
        return resident() + PROGRAMS

    @property
    def base(self) -> float:
        """Bytes that it has beside them where its peak is measured: none of an accelerator's."""
        return 0.0 if self._device_limit is not None else self._host_base

    @cached_property
    def room(self) -> float:
        """Bytes for all trainings and their samples; never negative."""
        device = float("inf") if self._device_limit is None else DEVICE_SHARE * self._device_limit
        limit = resident() + SHARE * free_memory() if self._limit is None else self._limit
        return min(max(limit - self._host_base, 0.0), device)

    @cached_property
    def _device_limit(self) -> float | None:
        device = default_device()
        if device.platform == "cpu":
            return None
        stats = device.memory_stats() or {}
        return float(stats.get("bytes_limit", float("inf")))

    @property
    def limit(self) -> float | None:
        """Bytes for the whole process that were given; None if none were."""
        return self._limit

    def require_room(self, option: str) -> None:
        """Raise `InputError` for the option that carried the limit, if that is less than a process takes by
        itself.
        """
        if self._limit is not None:
            least = f"more than {self._host_base / 1e9:.2f} GB a process, which it takes by itself"
            require(self.room > 0, option, f"{self._limit / 1e9:.2f} GB", least)

    @property
    def most_programs(self) -> int:
        """Compiled programs from which on they are to be dropped."""
        return max(LEAST_PROGRAMS, int(min(PROGRAMS_SHARE * (self.base + self.room) / PROGRAM, 1e6)))

    @property
    def programs_bytes(self) -> float:
        """Bytes that programs may take beyond those that `base` has room for, until they are dropped."""
        return 0.0 if self._device_limit is not None else PROGRAM * (self.most_programs - FIRST_PROGRAMS)

    @property
    def _further_programs(self) -> float:
        """Bytes of programs beyond those that `base` has room for."""
        further = 0 if self._device_limit is not None else max(self._programs - FIRST_PROGRAMS, 0)
        return PROGRAM * further

    @property
    def estimate(self) -> float:
        """The most bytes that the process should have had, by what was asked for and compiled."""
        return self.base + self._further_programs + self.most_held

    def note_programs(self, count: int) -> None:
        """So many compiled programs were there."""
        with self._change:
            self._programs = max(self._programs, count)

    def note_fit(self, id: str, fit: Fit) -> None:
        """How the cell with this id fits into `room`."""
        with self._change:
            self._fits[id] = fit

    def fit_of(self, id: str) -> Fit:
        """What was noted of the cell; "whole" for one that was not."""
        return self._fits.get(id, "whole")

    @property
    def words(self) -> str:
        """The most memory that was had, beside what was estimated, and what did not fit."""
        if self._device_limit is None:
            peak = peak_resident()
        else:
            peak = float((default_device().memory_stats() or {}).get("peak_bytes_in_use", float("nan")))
        words = [f"peak memory {peak / 1e9:.2f} GB, estimated {self.estimate / 1e9:.2f} GB"]
        for fit, what in (("divided", "divided to fit"), ("too large", "larger than the memory")):
            count = sum(one == fit for one in self._fits.values())
            words += [f"{count} {'cell' if count == 1 else 'cells'} {what}"] if count else []
        return ", ".join(words)

    @contextlib.contextmanager
    def repetition(self, samples: float, largest: float) -> Iterator[None]:
        """Room for a repetition: bytes that it keeps, and those of its largest training beside."""
        token = object()
        with self._change:
            self._wait(self._repetitions, lambda: not self._samples or self._fits_beside(samples, largest))
            self._samples[id(token)] = samples
            self._largest[id(token)] = largest
            self._note()
        try:
            yield
        finally:
            try:
                self._tidy()
            finally:
                with self._change:
                    del self._samples[id(token)], self._largest[id(token)]
                    self._change.notify_all()

    def _wait(self, queue: deque[object], ready: Callable[[], bool]) -> None:
        """Until it is the caller's turn in the queue, and ready."""
        ticket = object()
        queue.append(ticket)
        try:
            self._change.wait_for(lambda: queue[0] is ticket and ready())
        finally:
            queue.remove(ticket)
            self._change.notify_all()

    def _fits_beside(self, samples: float, largest: float) -> bool:
        kept = sum(self._samples.values()) + samples
        return kept + max(largest, self._training, *self._largest.values()) <= self.room

    @contextlib.contextmanager
    def training(self, needed: float) -> Iterator[None]:
        """Room for a training of a repetition that has been let in."""
        with self._change:
            self._wait(self._waiting, lambda: self._trainings == 0 or self._held + needed <= self.room)
            self._trainings += 1
            self._training += needed
            self._note()
        try:
            yield
        finally:
            with self._change:
                self._trainings -= 1
                self._training -= needed
                self._change.notify_all()
            self._tidy()

    def _tidy(self) -> None:
        """Give freed memory back, if there is much of it."""
        now = time.monotonic()
        if now - self._tidied >= TIDY and self._device_limit is None:
            self._tidied = now
            expected = self.base + self._further_programs + self._held
            if resident() > (1 + SLACK) * expected:
                give_back()

    @property
    def _held(self) -> float:
        return sum(self._samples.values()) + self._training

    def _note(self) -> None:
        self.most_held = max(self.most_held, self._held)
