"""``nstar report``, ``nstar reproduce`` and ``nstar verify``."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sims.cli.options import (
    PUBLISHED_PRESET,
    add_preset_and_store,
    integer,
    not_writable,
    preset_of,
    require_place,
    store_path,
)
from sims.experiments import PRESETS
from sims.pieces.errors import require

if TYPE_CHECKING:
    from sims.tables.gather import Tables


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands ``report``, ``reproduce`` and ``verify``."""
    report = subparsers.add_parser(
        "report",
        help="write report.html, or print JSON: verdicts, evidence, figures, how to rerun each",
        description="Hold every claim against the cells of a store and write one self-contained HTML file, "
        "the verdict table first; or print all claims as JSON. Computes no cell.",
        allow_abbrev=False,
    )
    add_preset_and_store(report, published="use the published tables instead of a store")
    report.add_argument(
        "--out",
        metavar="FILE",
        help="file to write (default: <store>/report.html; report.html with --published)",
    )
    report.add_argument(
        "--json",
        action="store_true",
        help="write no file; print every claim with its verdict and evidence as one JSON array",
    )
    report.set_defaults(handler=report_command)

    reproduce = subparsers.add_parser(
        "reproduce",
        help="the published figures and report at once, then what this machine says to them",
        description="Draw the published figures and write the report; then compute n* of FCN, LCN and CNN "
        "along k with fresh seeds and recompute a sample of published cells, draw the one over the published "
        "intervals, and say at the top of the report whether all agrees. A second call goes on where the "
        "first was stopped. Exit status 1 if anything disagrees or fails.",
        allow_abbrev=False,
    )
    reproduce.add_argument(
        "--out",
        metavar="DIR",
        default="results/reproduced",
        help="folder for report, figures and cells (default: %(default)s)",
    )
    reproduce.add_argument(
        "--seed", type=integer, default=0, metavar="S", help="seed of the draw of cells (default: 0)"
    )
    reproduce.add_argument(
        "--workers", type=integer, metavar="N", help="trainings side by side (default: one a core)"
    )
    reproduce.set_defaults(handler=reproduce_command)

    verify = subparsers.add_parser(
        "verify",
        help="recompute a random sample of the published cells and compare",
        description="Recompute published cells from nothing and compare: identical, agrees within the "
        "interval, or disagrees. Exit status 1 if any disagrees or cannot be recomputed.",
        allow_abbrev=False,
    )
    verify.add_argument(
        "--sample",
        type=integer,
        default=8,
        metavar="N",
        help="cells to recompute, drawn at random (default: %(default)s)",
    )
    verify.add_argument("--seed", type=integer, default=0, metavar="S", help="seed of the draw (default: 0)")
    verify.add_argument(
        "--preset",
        choices=PRESETS,
        default=PUBLISHED_PRESET,
        help="whose published tables (default: %(default)s)",
    )
    verify.set_defaults(handler=verify_command)


def published_tables(preset: str) -> "Tables":
    """The published tables of a preset. Raises `InputError` if nothing of it is published."""
    from paper_repro.published.reader import read_published  # late: the tables' reader imports jax

    return read_published(preset)


def published_rows(preset: str) -> list[dict[str, Any]]:
    """Rows of the published n* of a preset, one a cell and seed, each with its ``experiment``. Raises
    `InputError` if nothing of it is published.
    """
    return list(published_tables(preset).thresholds)


def report_command(args: argparse.Namespace) -> int:
    """Write or print the report; 0 whatever the verdicts are, for a contradiction is a result."""
    require(not (args.json and args.out), "out", args.out, "nothing with --json, which writes no file")
    args.preset = preset_of(args)
    store = store_path(args)
    out = Path(args.out) if args.out else (Path() if args.published else store) / "report.html"
    if not args.json:
        require_place("out", out)

    from sims.store import write_atomically
    from sims.tables.gather import from_store  # late: jax takes seconds to import

    tables = published_tables(args.preset) if args.published else from_store(store, args.preset)
    for experiment, missing in tables.missing.items():
        if missing:
            print(f"nstar report: {experiment}: {len(missing)} cells missing", file=sys.stderr)
    if args.json:
        from paper_repro.report.as_json import claims_as_json

        print(claims_as_json(tables, options=_options(args)))
        return 0
    from paper_repro.report.page import render_report  # late: with --json nothing needs matplotlib

    html = render_report(tables, options=_options(args))
    try:
        write_atomically(out, html)
    except OSError as error:
        raise not_writable("out", out, error) from error
    print(out)
    return 0


def _options(args: argparse.Namespace) -> str:
    # DIR, not the folder's name: the report is to be handed on, and must not tell of this machine.
    source = " --published" if args.published else " --store DIR" if args.store else ""
    return f"--preset {args.preset}{source}"


def reproduce_command(args: argparse.Namespace) -> int:
    """Draw, compute, compare; 1 if anything disagrees or fails."""
    out = Path(args.out)
    require(args.workers is None or args.workers >= 1, "workers", args.workers, "an integer >= 1")
    require_place("out", out, folder=True)
    from paper_repro.reproduce import reproduce  # late: matplotlib and jax take seconds to import

    try:
        return reproduce(out, seed=args.seed, workers=args.workers)
    except OSError as error:
        raise not_writable("out", out, error, folder=True) from error


def verify_command(args: argparse.Namespace) -> int:
    """Recompute and compare; 1 if a cell disagrees."""
    from paper_repro.published.verify import verify

    require(args.sample >= 1, "sample", args.sample, "an integer >= 1")
    return verify(preset=args.preset, sample=args.sample, seed=args.seed)
