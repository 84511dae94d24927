"""A bound on the memory of this process while code runs whose needs nobody has estimated: a user's own."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from sims.machine.memory import SHARE, free_memory, resident
from sims.machine.versions import default_device

_lock = threading.Lock()
_inside: list[tuple[int, int]] = []
"""An entry for everyone inside, each the limits that held before the first of them."""


@contextlib.contextmanager
def bounded(limit: float | None) -> Iterator[None]:
    """Within, an allocation by which the process would have more than so many bytes raises `MemoryError`, on
    whichever thread; without it the system ends the process, and all else that it computes.

    limit: None for what the process has and most of what is free. It is Linux's bound on private writable
    memory (RLIMIT_DATA), touched or not. On an accelerator, whose drivers reserve much, and where the system
    is another, nothing is bound. Several may be inside at a time: the bound is the first one's.
    """
    data = _data()
    if data is None or default_device().platform != "cpu":
        yield
        return
    import resource

    with _lock:
        if not _inside:
            before = resource.getrlimit(resource.RLIMIT_DATA)
            further = SHARE * free_memory() if limit is None else max(limit - resident(), 0.0)
            ends = [end for end in before if end != resource.RLIM_INFINITY]
            most = min([data + further, *ends])
            if most < float("inf"):
                resource.setrlimit(resource.RLIMIT_DATA, (int(most), before[1]))
        else:
            before = _inside[0]
        _inside.append(before)
    try:
        yield
    finally:
        with _lock:
            _inside.pop()
            if not _inside:
                resource.setrlimit(resource.RLIMIT_DATA, before)


def _data() -> float | None:
    """Bytes of private writable memory, as RLIMIT_DATA counts them; None where the system does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024.0 * float(next(line.split()[1] for line in lines if line.startswith("VmData:")))
    return None
