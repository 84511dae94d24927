"""``nstar run``: compute the cells of an experiment that the store lacks, and write its tables."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence

from sims.cli.dispatch import Subparsers
from sims.cli.divergence import divergence
from sims.cli.dry_run import dry_run
from sims.cli.executors import add_executor, executor_of
from sims.cli.options import add_experiment, add_preset_and_store, chosen, store_path
from sims.cli.roster import Roster
from sims.cli.tables import write_tables
from sims.measuring.threshold import CellResult
from sims.measuring.units import Unit
from sims.pieces import outside
from sims.pieces.errors import require
from sims.protocols import PROTOCOLS
from sims.store import Store
from sims.store.index import is_covered
from sims.sweep import SweepReport, is_finished, sweep
from sims.sweep.executors.base import Executor
from sims.sweep.progress import Progress


def add_command(subparsers: Subparsers) -> None:
    """Add ``run``."""
    parser = subparsers.add_parser("run", help="compute what is missing of an experiment", allow_abbrev=False)
    add_experiment(parser)
    add_preset_and_store(parser)
    parser.add_argument("--protocol", choices=PROTOCOLS, help="only this one (default: all)")
    add_executor(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what it would take, on every executor; compute nothing"
    )
    parser.add_argument("--json", action="store_true", help="with --dry-run: print one JSON object")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:

    require(args.dry_run or not args.json, "json", True, "with --dry-run only")
    root = store_path(args, new=True)
    rosters = [Roster(one, args.preset, root, protocol=args.protocol) for one in chosen(args)]
    if args.dry_run:
        store = Store(root)
        units = {unit.id: unit for roster in rosters for unit in roster.units()}
        missing = [unit for id, unit in units.items() if store.digest(id) is None]
        return dry_run(missing, len(units) - len(missing), args)
    executor = executor_of(args)
    # Units that the store does not know come first: nothing is written for input that they refuse.
    ids = {id for roster in rosters for id in roster.ids()}
    progress = Progress(sys.stderr)
    store = Store.open(root, report=progress.note)
    for roster in rosters:
        roster.keep()
    for roster in rosters:
        set_aside_changed(roster.units, store)
    status = 0 if is_finished(ids, store, progress) else _compute(rosters, store, executor, progress)
    try:
        paths = [path for roster in rosters for path in write_tables(store, roster)]
    except OSError as error:
        print(f"nstar run: the tables could not be written: {error}", file=sys.stderr)
        return status or 1
    for path in paths:
        print(path)
    return status


def set_aside_changed(units: Callable[[], Sequence[Unit]], store: Store) -> None:
    """Results of pieces from outside hold as long as the files do that they were made with. units: called
    where there are such files.
    """
    if not outside.modules():
        return

    for unit in units():
        if is_covered(unit):
            continue
        record = store.load(unit)
        changed = [] if record is None else outside.changed(record.provenance.get("versions", {}))
        if changed:
            reason = f"computed with another {', '.join(changed)}"
            store.set_aside(store.path(unit.id), reason, valid=True)


def _compute(rosters: Sequence[Roster], store: Store, executor: Executor, progress: Progress) -> int:

    units = [unit for roster in rosters for unit in roster.units()]
    # A scheduler's SIGTERM is a Ctrl-C: what is finished is kept, and the same command goes on from here.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = sweep(units, store, executor, progress=progress)
    finally:
        signal.signal(signal.SIGTERM, before)
    return _conclude(report, store)


def _conclude(report: SweepReport, store: Store) -> int:
    for cell, message in report.failed:
        print(f"nstar run: failed: {cell.label}: {message}", file=sys.stderr)
    said = divergence(results_of(report, store))
    if said is not None:
        print(f"nstar run: {said}", file=sys.stderr)
    if report.interrupted:
        print("nstar run: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 1 if report.failed else 0


def results_of(report: "SweepReport", store: "Store") -> "dict[str, CellResult]":
    """What was computed of cells that measure n*, by label."""
    records = {unit.label: store.load(unit) for unit in report.computed}
    found = {label: record.result for label, record in records.items() if record is not None}
    return {label: result for label, result in found.items() if isinstance(result, CellResult)}
