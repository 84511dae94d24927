"""``nstar figures``: draw from a store, or from tables that a layer above publishes. Computes no cell."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sims.cli.options import (
    add_preset_and_store,
    not_writable,
    of_toml,
    preset_of,
    require_place,
    store_path,
)

if TYPE_CHECKING:
    from sims.tables.gather import Tables


def _figure_names(text: str) -> list[str]:
    """The figure of this name, or those of the sweep that a TOML file makes."""
    from figures.catalogue import FIGURES

    if text.endswith(".toml"):
        from figures.dsd.n_star import figures_of

        of_sweep = {spec.name: spec for spec in figures_of(of_toml(text))}
        if not of_sweep:
            raise argparse.ArgumentTypeError(f"got {text!r}; allowed: a sweep with two k, d or sigma or more")
        FIGURES.update(of_sweep)
        return list(of_sweep)
    if text not in FIGURES:
        raise argparse.ArgumentTypeError(f"got {text!r}; allowed: {', '.join(FIGURES)}, or a TOML file")
    return [text]


def add_commands(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
    *,
    published: "Callable[[str], Tables] | None" = None,
) -> None:
    """Add the command ``figures``.

    published: gives the published tables of a preset, for ``--published``; without it there is no such
    option, as published tables belong to a layer above this one.
    """
    parser = subparsers.add_parser(
        "figures",
        help="draw every figure from stored cells",
        description="Draw figures from the cells that a store holds, as PNG, SVG and PDF, each beside the "
        "CSV of what it shows and a JSON of where it came from. Computes no cell; says which are missing.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        type=_figure_names,
        help="figures to draw, or a TOML file with a sweep of your own (default: all figures)",
    )
    source = None if published is None else "draw from the published tables instead of a store"
    add_preset_and_store(parser, published=source)
    default_out = "<store>/figures"
    if published is not None:
        default_out += "; results/published/PRESET/figures with --published"
    parser.add_argument("--out", metavar="DIR", help=f"folder to draw into (default: {default_out})")
    parser.set_defaults(handler=figures_command, published=False, published_tables=published)


def figures_command(args: argparse.Namespace) -> int:
    """Draw; 0 also when cells are missing, which standard error then says."""
    args.preset = preset_of(args)
    root = Path("results") / "published" / args.preset if args.published else store_path(args)
    source = "" if args.published else f" --store {root}"
    out = Path(args.out) if args.out else root / "figures"
    require_place("out", out, folder=True)

    from figures.catalogue import FIGURES  # late: matplotlib and jax take seconds to import
    from figures.write import write_side_by_side
    from sims.machine.pool import available_cores
    from sims.tables.gather import from_store

    names = [name for names in args.names for name in names] or list(FIGURES)
    specs = [FIGURES[name] for name in names]
    tables = args.published_tables(args.preset) if args.published else from_store(root, args.preset)
    try:
        # A process takes seconds to start: few figures are drawn here.
        processes = min(4, available_cores(), len(specs) // 8)
        paths = write_side_by_side([spec.name for spec in specs], tables, out, processes=processes)
    except OSError as error:
        raise not_writable("out", out, error, folder=True) from error
    needed = dict.fromkeys(experiment for spec in specs for experiment in spec.experiments)
    for experiment in needed:
        missing = tables.missing[experiment]
        if missing:
            shown = "; ".join(missing[:3]) + ("; ..." if len(missing) > 3 else "")
            print(
                f"nstar figures: {experiment}: {len(missing)} cells missing ({shown}); "
                f"compute them with: nstar run {experiment} --preset {args.preset}{source}",
                file=sys.stderr,
            )
    for path in paths:
        if path.suffix == ".png":
            print(path)
    return 0
