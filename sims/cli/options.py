"""Options and values that several commands share."""

import argparse
from pathlib import Path

from sims.errors import require
from sims.experiments import EXPERIMENTS, PRESETS, Experiment


def integer(text: str) -> int:
    """An argument that is an integer; what range is allowed is for the piece to say that takes it."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {text!r}; allowed: an integer") from None


def number(text: str) -> float:
    """An argument that is a number, NaN and infinities included: the piece that takes it refuses them."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {text!r}; allowed: a number") from None


def add_experiment(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """The positional EXPERIMENT, or ``all`` (the default where it may be left out)."""
    parser.add_argument(
        "experiment",
        metavar="EXPERIMENT",
        choices=[*EXPERIMENTS, "all"],
        default="all",
        nargs="?" if optional else None,
        help=f"{', '.join(EXPERIMENTS)}, or all",
    )


def add_preset_and_store(parser: argparse.ArgumentParser) -> None:
    """``--preset`` and ``--store``."""
    parser.add_argument("--preset", choices=PRESETS, default="quick", help="sizes (default: %(default)s)")
    parser.add_argument("--store", metavar="DIR", help="folder of results (default: results/PRESET)")


def chosen(args: argparse.Namespace) -> list[Experiment]:
    """The experiments that EXPERIMENT stands for."""
    return list(EXPERIMENTS.values()) if args.experiment == "all" else [EXPERIMENTS[args.experiment]]


def store_path(args: argparse.Namespace, *, new: bool = False) -> Path:
    """The store that the arguments name; one named to a command that only reads must exist.

    new: whether the command makes the store where there is none. Raises `InputError` for ``store``.
    """
    if args.store is None:
        return Path("results") / args.preset
    path = Path(args.store)
    require(bool(args.store) and (new or path.is_dir()), "store", args.store, "an existing folder")
    return path
