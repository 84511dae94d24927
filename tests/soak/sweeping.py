"""The sweep that is tormented: planted cells in worker processes, by a clock that a file moves.

``python -m tests.soak.sweeping STORE TABLE CLOCK CELLS PAUSE``: cells into STORE, their table to TABLE once
all are there; the file CLOCK holds the seconds by which `time.time` is wrong; a round takes PAUSE seconds.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sims.pieces.cell import Cell
from sims.store import Store
from sims.sweep import sweep
from sims.sweep.attempt import Measure
from sims.sweep.executors.local import Local
from sims.sweep.progress import Progress
from sims.tables.rows import collect, write_csv
from tests.sims.planted import planted_cell, planted_measuring

CLOCK = "SOAK_CLOCK"


def soak_cells(count: int) -> list[Cell]:
    return [planted_cell(20 + index % 120, seeds=(index, index + 1)) for index in range(count)]


def move_the_clock() -> None:
    """From now on `time.time` is wrong by what the file $SOAK_CLOCK says."""
    path, right = Path(os.environ[CLOCK]), time.time

    def wrong() -> float:
        try:
            return right() + float(path.read_text())
        except (OSError, ValueError):
            return right()

    time.time = wrong


@contextlib.contextmanager
def soaked_measuring(workers: int) -> Iterator[Measure]:
    move_the_clock()
    with planted_measuring(workers) as measure:
        yield measure


def main() -> int:
    store_path, table, clock, cells, pause = sys.argv[1:]
    os.environ.update({CLOCK: clock, "PLANTED_PAUSE": pause})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    move_the_clock()
    wanted = soak_cells(int(cells))
    progress = Progress(sys.stderr, interval=1.0)
    store = Store.open(store_path, report=progress.note)
    report = sweep(wanted, store, Local(2, measuring=soaked_measuring), progress=progress)
    if report.interrupted:
        return 130
    if report.failed:
        return 1
    write_csv(Path(table), collect(store, wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
