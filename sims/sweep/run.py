"""Sweep: compute the cells that a store lacks, wherever; what happens to one harms no other."""

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Sequence

from sims.measuring.units import Unit
from sims.store import Store
from sims.store.leases import Leases
from sims.sweep.attempt import Fate
from sims.sweep.executors.base import Executor, Ledger
from sims.sweep.interrupts import Interrupts
from sims.sweep.progress import Progress

ROUNDS = 5
"""How often cells whose files are lost or damaged behind the sweep's back are computed again."""


@dataclasses.dataclass(frozen=True)
class SweepReport:
    """What became of the cells.

    computed: now; found: in the store, or computed meanwhile by another process; failed: with the message;
    interrupted: Ctrl-C ended the sweep early, the rest of the cells is still to do.
    """

    computed: tuple[Unit, ...]
    found: tuple[Unit, ...]
    failed: tuple[tuple[Unit, str], ...]
    interrupted: bool


def sweep(
    cells: Iterable[Unit], store: Store, executor: Executor, *, progress: Progress | None = None
) -> SweepReport:
    """Compute what is missing and keep it in the store; return what became of each cell.

    A cell that raises is recorded as failed and the rest goes on; a cell that another process holds is left
    to it, and taken over if that dies. Ctrl-C keeps every finished cell and returns with `interrupted` set as
    soon as the trainings in progress have ended. At the end every cell is read back: one that is gone or
    damaged is computed again. A sweep that died on this store, on this machine, is named.
    """
    progress = progress or Progress(None)
    with Leases(store.root / "leases") as leases:
        _name_the_died(leases, progress)
        try:
            mark = leases.take(f"sweep-{uuid.uuid4().hex}")
        except OSError as error:
            mark = None
            progress.note(f"this sweep leaves no mark in the store: {error.strerror}")
        try:
            with Interrupts() as interrupts:
                return _sweep(cells, store, executor, Ledger(progress, interrupts))
        finally:
            if mark is not None:
                mark.release()


def is_finished(ids: Collection[str], store: Store, progress: Progress) -> bool:
    """Whether the store has all of these cells; if so it is said, as a sweep with nothing to do would."""
    if not store.tidy() >= set(ids):
        return False
    with Leases(store.root / "leases") as leases:
        _name_the_died(leases, progress)
    progress.begin(found=len(ids), waiting=[])
    progress.end()
    return True


def _name_the_died(leases: Leases, progress: Progress) -> None:
    for holder in leases.clear("sweep-"):
        progress.note(f"a sweep of this store (process {holder.get('pid')}) had died; going on from there")


def _sweep(cells: Iterable[Unit], store: Store, executor: Executor, ledger: Ledger) -> SweepReport:
    unique = {cell.id: cell for cell in cells}.values()
    there = store.tidy() & {cell.id for cell in unique}
    todo = [cell for cell in unique if cell.id not in there]
    ledger.progress.begin(found=len(there), waiting=[cell.kind for cell in todo])
    interrupted = _run(todo, unique, there, store, executor, ledger) if todo else False
    ledger.progress.end()
    return SweepReport(
        computed=tuple(ledger.computed.values()),
        found=tuple(cell for cell in unique if cell.id in there and not ledger.knows(cell))
        + tuple(ledger.arrived.values()),
        failed=tuple(ledger.failed.values()),
        interrupted=interrupted,
    )


def _is_there(store: Store, cell: Unit) -> bool:
    try:
        return store.holds(cell)
    except Exception:  # noqa: BLE001 - raised again when its turn comes, as the failure of this cell
        return False


def _run(
    todo: Sequence[Unit],
    every: Iterable[Unit],
    there: set[str],
    store: Store,
    executor: Executor,
    ledger: Ledger,
) -> bool:
    cells = todo
    for _ in range(ROUNDS):
        if executor.run(cells, store, ledger):
            return True
        _name_the_lost(cells, ledger)
        cells = [cell for cell in every if cell.id not in ledger.failed and not _is_there(store, cell)]
        if not cells:
            return False
        for cell in cells:
            ledger.note(f"{cell.label}: its file is gone or damaged; computing it again")
            there.discard(cell.id)
            ledger.reopen(cell)
    for cell in cells:
        ledger.settle(cell, Fate("failed", f"computed {ROUNDS} times, and each time its file was lost"))
    return False


def _name_the_lost(cells: Sequence[Unit], ledger: Ledger) -> None:
    """Count cells of which nothing is known as failed: no sweep that lost one may look complete."""
    for cell in cells:
        if not ledger.knows(cell):
            ledger.settle(cell, Fate("failed", "lost: what worked on it has died"))
