"""The threads on which trainings run, shared by all cells in flight. XLA releases the interpreter while it
computes.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from threadpoolctl import threadpool_limits

from sims.machine.memory import Memory
from sims.pieces.errors import require

A = TypeVar("A")
B = TypeVar("B")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compile_for_several_cores() -> None:
    """Have XLA compile for two cores where this process may use one only. No effect once jax has computed.

    Loops that may be divided among cores are compiled otherwise than those that may not, and round otherwise;
    into how many parts they are divided in the end changes nothing (measured: one core, two, eight).
    """
    if available_cores() == 1:
        os.environ.setdefault("NPROC", "2")  # what XLA's CPU client takes for the number of cores


class Pool:
    """At most `workers` trainings at a time (default: one a core). Use as a context manager.

    Inside it BLAS and LAPACK of numpy and scipy take one thread, in the whole process: more would quarrel for
    the cores, and sums would depend on their number. Leaving gives the threads back. For the same reason XLA
    always compiles for several cores.

    memory: what the trainings may hold together (default: most of what is free).
    """

    def __init__(self, workers: int | None = None, *, memory: Memory | None = None) -> None:
        require(workers is None or workers >= 1, "workers", workers, "an integer >= 1")
        compile_for_several_cores()
        self.workers = workers or available_cores()
        self.memory = memory or Memory()
        self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="training")
        self._limits: threadpool_limits | None = None

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """`function` of every item, in order; the first error is raised once all have ended."""
        futures = [self._executor.submit(function, item) for item in items]
        errors = [error for error in (future.exception() for future in futures) if error is not None]
        if errors:
            raise errors[0]
        return [future.result() for future in futures]

    def __enter__(self) -> Self:
        import scipy.linalg  # noqa: F401  (its BLAS must be loaded before its threads can be limited)

        self._limits = threadpool_limits(limits=1, user_api="blas")
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        if self._limits is not None:
            self._limits.restore_original_limits()
