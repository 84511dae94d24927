"""``nstar run``: compute the cells of an experiment that the store lacks, and write its tables."""

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sims.cli.executors import add_executor, executor_of
from sims.cli.options import add_experiment, add_preset_and_store, chosen, store_path
from sims.experiments import Experiment
from sims.experiments.sizes import PROTOCOLS
from sims.progress import Progress

if TYPE_CHECKING:
    from sims.cli.dispatch import Subparsers
    from sims.store import Store
    from sims.sweep import SweepReport


def add_command(subparsers: "Subparsers") -> None:
    """Add ``run``."""
    parser = subparsers.add_parser("run", help="compute what is missing of an experiment", allow_abbrev=False)
    add_experiment(parser)
    add_preset_and_store(parser)
    parser.add_argument("--protocol", choices=PROTOCOLS, help="only this one (default: all)")
    add_executor(parser)
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:
    from sims.store import Store

    executor = executor_of(args)
    experiments = chosen(args)
    # The units come first: nothing is written for input that they refuse.
    units = [unit for one in experiments for unit in one.units(args.preset, protocol=args.protocol)]
    progress = Progress(sys.stderr)
    store = Store.open(store_path(args, new=True), report=progress.note)

    from sims.sweep import sweep

    # A scheduler's SIGTERM is a Ctrl-C: what is finished is kept, and the same command goes on from here.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = sweep(units, store, executor, progress=progress)
    finally:
        signal.signal(signal.SIGTERM, before)
    status = _conclude(report)
    try:
        for experiment in experiments:
            for path in write_tables(store, experiment, args.preset):
                print(path)
    except OSError as error:
        print(f"nstar run: the tables could not be written: {error}", file=sys.stderr)
        return status or 1
    return status


def write_tables(store: "Store", experiment: Experiment, preset: str) -> list[Path]:
    """Write the experiment's tables, of the cells there are, to ``<store>/tables``; return their paths."""
    from sims.pieces import registered
    from sims.table import (
        EVALUATION_COLUMNS,
        collect,
        collect_evaluations,
        collect_quantities,
        quantity_columns,
        write_csv,
    )

    brackets = store.root / "tables" / f"{experiment.name}.csv"
    if experiment.probe is not None:
        rows = collect_quantities(store, experiment.probes(preset))
        write_csv(brackets, rows, quantity_columns(registered("probe")[experiment.probe]))
        return [brackets]
    cells = experiment.cells(preset)
    evaluations = store.root / "tables" / f"{experiment.name}-evaluations.csv"
    write_csv(brackets, collect(store, cells))
    write_csv(evaluations, collect_evaluations(store, cells), EVALUATION_COLUMNS)
    return [brackets, evaluations]


def _conclude(report: "SweepReport") -> int:
    for cell, message in report.failed:
        print(f"nstar run: failed: {cell.label}: {message}", file=sys.stderr)
    if report.interrupted:
        print("nstar run: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 1 if report.failed else 0
