"""What computes cells in a process: the usual way, and the hook by which tests plant another."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from sims.attempt import Measure

Measuring = Callable[[int], AbstractContextManager[Measure]]
"""Given a number of trainings side by side, a context that gives a `Measure`. A function of a module, so
that another process can import it.
"""


@contextlib.contextmanager
def measuring(workers: int) -> Iterator[Measure]:
    """`sims.units.measure_unit` on a pool of ``workers`` threads, compiled programs kept on disk."""
    from sims.compilation import keep_compiled_programs
    from sims.pool import Pool
    from sims.units import measure_unit

    keep_compiled_programs()
    with Pool(workers) as pool:
        yield lambda unit, on_outcome: measure_unit(unit, pool, on_outcome=on_outcome)
