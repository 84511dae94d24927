"""Options and values that several commands share."""

import argparse
import errno
import os
import tempfile
from pathlib import Path
from typing import Any

from sims.experiments import EXPERIMENTS, PRESETS, Experiment
from sims.experiments.from_toml import read_toml
from sims.machine.versions import device, versions
from sims.pieces.cell import Cell, ProbeCell
from sims.pieces.errors import InputError, got, require

PRESET = "quick"
PUBLISHED_PRESET = "paper"
"""The preset that is published."""
_OF_FILES: set[str] = set()
"""Names of the experiments that TOML files made."""


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
        type=_experiment,
        default="all",
        nargs="?" if optional else None,
        help=f"{', '.join(EXPERIMENTS)}, or all; or a TOML file with a sweep of your own",
    )


def _experiment(text: str) -> str:
    """Name of an experiment, of all, or of the one that a TOML file makes, which is then known."""
    if text.endswith(".toml"):
        return of_toml(text).name
    if text not in (*EXPERIMENTS, "all"):
        allowed = f"{', '.join(EXPERIMENTS)}, all, or a TOML file"
        raise argparse.ArgumentTypeError(f"got {text!r}; allowed: {allowed}")
    return text


def of_toml(path: str) -> Experiment:
    """The experiment of a TOML file, found by its name from now on, in place of one that a file of that name
    made before. Raises `argparse.ArgumentTypeError`.
    """
    try:
        experiment = read_toml(Path(path))
        free = experiment.name not in EXPERIMENTS or experiment.name in _OF_FILES
        require(free, "name", experiment.name, "a name that no other experiment has")
    except InputError as error:
        line = f"{error.option}: {got(error.value)}; allowed: {error.allowed}"
        raise argparse.ArgumentTypeError(line) from None
    _OF_FILES.add(experiment.name)
    EXPERIMENTS[experiment.name] = experiment
    return experiment


def add_preset_and_store(parser: argparse.ArgumentParser, *, published: str | None = None) -> None:
    """``--preset`` and ``--store``; with help for it also ``--published``, in place of a store. The preset of
    such a command is to be asked of `preset_of`.
    """
    also = "" if published is None else f"; {PUBLISHED_PRESET} with --published"
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default=PRESET if published is None else None,
        help=f"sizes (default: {PRESET}{also})",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--store", metavar="DIR", help="folder of results (default: results/PRESET)")
    if published is not None:
        source.add_argument("--published", action="store_true", help=published)


def preset_of(args: argparse.Namespace) -> str:
    """The preset that the arguments name, or the one that their source has where they name none."""
    return args.preset or (PUBLISHED_PRESET if args.published else PRESET)


def require_place(option: str, path: Path, *, folder: bool = False) -> None:
    """Raise `InputError` for ``option`` where no such file, or no file in such a folder, could be written.
    Leaves nothing behind.
    """
    try:
        if not folder and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        nearest = next(one for one in ((path, *path.parents) if folder else path.parents) if one.exists())
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise not_writable(option, path, error, folder=folder) from error


def not_writable(option: str, path: Path, error: OSError, *, folder: bool = False) -> InputError:
    """What is said of a file, or a folder, that the system does not let us write."""
    what = "a folder that can be made or written to" if folder else "a file that can be written"
    return InputError(option, str(path), f"{what} ({error.strerror})")


def made_by(cell: Cell | ProbeCell, seconds: float) -> dict[str, Any]:
    """What a measured cell's answer says of how it came about."""
    return {
        "seconds": round(seconds, 3),
        "versions": versions(),
        "device": device(),
        "cell": cell.id,
        "config": cell.config(),
    }


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
