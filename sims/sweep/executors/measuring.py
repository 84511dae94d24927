"""What computes cells in a process: the usual way, and the hook by which tests plant another."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from sims.machine.compilation import compiled_programs, keep_compiled_programs
from sims.machine.memory import SHARE, Memory, free_memory
from sims.machine.pool import Pool, compile_for_several_cores
from sims.measuring.threshold import OnOutcome
from sims.measuring.units import Result, Unit, measure_unit
from sims.sweep.attempt import Measure

Measuring = Callable[[int], AbstractContextManager[Measure]]
"""Given a number of trainings side by side, a context that gives a `Measure`. It must pickle: a function of a
module, or a `functools.partial` of one.
"""


class Pooled:
    """`sims.measuring.units.measure_unit` on a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __call__(self, unit: Unit, on_outcome: OnOutcome) -> Result:
        """Compute the unit."""
        return measure_unit(unit, self._pool, on_outcome=on_outcome)

    @property
    def memory(self) -> str:
        """The most memory that the process has had, in words, beside what was estimated."""
        self._pool.memory.note_programs(compiled_programs())
        return self._pool.memory.words

    def provenance(self, unit: Unit) -> dict[str, str]:
        """What of this process has a say in the last bits of the unit's result."""
        fit = self._pool.memory.fit_of(unit.id)
        return {} if fit == "whole" else {"memory": fit}


@contextlib.contextmanager
def measuring(workers: int, *, memory: float | None = None) -> Iterator[Measure]:
    """`Pooled` with ``workers`` threads, compiled programs kept on disk.

    memory: bytes for the process, none for most of what is free; see `sims.machine.memory.Memory`. Raises
    `InputError` where that is less than a process takes by itself.
    """

    keep_compiled_programs()
    compile_for_several_cores()
    limited = Memory(memory)
    limited.require_room("memory-gb")
    with Pool(workers, memory=limited) as pool:
        yield Pooled(pool)


def within(gigabytes: float | None, processes: int) -> Measuring:
    """What computes cells in one of so many processes that share a memory, None for most of what is free."""
    if gigabytes is None and processes == 1:
        return measuring
    total = SHARE * free_memory() if gigabytes is None else 1e9 * gigabytes
    return functools.partial(measuring, memory=total / processes)


def memory_of(measure: Measure) -> str | None:
    """What there is to say of the memory of a process, once it has computed; None for planted measures."""
    return measure.memory if isinstance(measure, Pooled) else None
