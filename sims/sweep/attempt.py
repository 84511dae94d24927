"""One attempt at one cell: lease it, look once more whether it is there, compute it, keep what came out."""

import dataclasses
import errno
import threading
import time
import traceback
from collections.abc import Callable
from typing import Literal, TypeVar

from sims.machine.versions import device, versions
from sims.measuring.threshold import OnOutcome
from sims.measuring.units import Result, Unit
from sims.pieces.errors import in_words
from sims.search import Outcome
from sims.store import Store
from sims.store.leases import Leases

T = TypeVar("T")
Measure = Callable[[Unit, OnOutcome], Result]
"""Computes one cell, calling its second argument with every outcome."""

DELAYS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between attempts to write: a full disk may be cleared, a file server may come back."""
PASSING = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EIO,
        errno.ENOENT,
        errno.ESTALE,
        errno.EAGAIN,
        errno.EBUSY,
        errno.ETIMEDOUT,
        errno.EMFILE,
        errno.ENFILE,
    )
)
"""Errors that may pass. ENOENT: a folder, or a half-written file, that another program has just removed."""


class Stopped(Exception):
    """Raised inside a measurement to end it."""


@dataclasses.dataclass(frozen=True)
class Fate:
    """What became of an attempt.

    computed: stored now, in ``seconds``; arrived: another process had stored it; held: another is computing
    it; failed: with the ``message``; stopped: given up, as the sweep is to end.
    """

    kind: Literal["computed", "arrived", "held", "failed", "stopped"]
    message: str = ""
    seconds: float = 0.0


class Attempts:
    """Attempts at cells of one store, from any number of threads.

    measure: computes a cell; stopping: set when the sweep is to end; note: called with a line on what went
    wrong and is tried again.
    """

    def __init__(
        self,
        store: Store,
        leases: Leases,
        measure: Measure,
        *,
        stopping: threading.Event,
        note: Callable[[str], None],
    ) -> None:
        self._store = store
        self._leases = leases
        self._measure = measure
        self._stopping = stopping
        self._note = note

    def attempt(self, cell: Unit, *, begun: Callable[[], None], trained: Callable[[int], None]) -> Fate:
        """Compute the cell unless it is stored or held. Raises nothing of the cell's: a failure is recorded.

        begun: called when computing begins, or when it fails before; trained: with numbers of trainings.
        """
        start = time.perf_counter()
        try:
            lease = self.insist(f"lease on {cell.label}", lambda: self._leases.take(cell.id))
        except OSError as error:
            if self._stopping.is_set():
                return Fate("stopped")
            begun()
            return self._failed(cell, error, start)
        if lease is None:
            return Fate("held")
        try:
            return self._compute(cell, begun, trained)
        finally:
            lease.release()

    def _compute(self, cell: Unit, begun: Callable[[], None], trained: Callable[[int], None]) -> Fate:
        start = time.perf_counter()
        has_begun = False

        def on_outcome(outcome: Outcome) -> None:
            trained(outcome.trainings)
            if self._stopping.is_set():
                raise Stopped

        try:
            if self._store.load(cell) is not None:
                return Fate("arrived")
            begun()
            has_begun = True
            result = self._measure(cell, on_outcome)
            provenance = _provenance(start) | self._of_process(cell)
            self.insist(cell.label, lambda: self._store.save(cell, result, provenance))
        except Stopped:
            return Fate("stopped")
        except Exception as error:  # noqa: BLE001 - recorded, named and counted; the other cells go on
            if self._stopping.is_set():
                return Fate("stopped")  # what fails while all is being shut down is no finding
            if not has_begun:
                begun()
            return self._failed(cell, error, start)
        return Fate("computed", seconds=time.perf_counter() - start)

    def _of_process(self, cell: Unit) -> dict[str, object]:
        """What the measure adds to the provenance; a plain function adds nothing."""
        own = getattr(self._measure, "provenance", None)
        return {} if own is None else dict(own(cell))

    def _failed(self, cell: Unit, error: Exception, start: float) -> Fate:
        message = in_words(error)
        details = "".join(traceback.format_exception(error))
        try:
            self._store.save_failure(cell, message, details, _provenance(start))
        except OSError as second:
            self._note(f"the failure could not be recorded: {second}")
        return Fate("failed", message, time.perf_counter() - start)

    def insist(self, what: str, action: Callable[[], T]) -> T:
        """The value of `action`, tried again for a minute while it raises an `OSError` that may pass."""
        for delay in DELAYS:
            try:
                return action()
            except OSError as error:
                if error.errno not in PASSING or self._stopping.is_set():
                    raise
                self._note(f"{what}: {error.strerror}; trying again in {delay:g} s")
            self._stopping.wait(delay)
        return action()


def _provenance(start: float) -> dict[str, object]:
    seconds = round(time.perf_counter() - start, 3)
    return {"seconds": seconds, "versions": versions(), "device": device()}
