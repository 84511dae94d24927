"""``nstar check``: the contracts of pieces in a module of your own, one line each."""

import argparse

from sims.cli.dispatch import Subparsers
from sims.pieces import KINDS, outside, registered
from sims.pieces.errors import require


def add_command(subparsers: Subparsers) -> None:
    """Add ``check``."""
    parser = subparsers.add_parser(
        "check", help="try the contracts of the pieces in a module of your own", allow_abbrev=False
    )
    parser.add_argument("module", metavar="MODULE", help="a file *.py, or a module that Python finds")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:
    """0 if all contracts of all its pieces hold, else 1."""
    module = outside.use(args.module)
    found = {
        (kind, name): cls
        for kind in KINDS
        for name, cls in registered(kind).items()
        if f"{cls.__module__}.".startswith(f"{module.__name__}.")
    }
    require(bool(found), "module", args.module, "a module that registers a piece: @register(KIND)")
    from sims.measuring.contracts import check_piece

    broken = 0
    for (kind, name), cls in found.items():
        for checked in check_piece(kind, cls):
            broken += checked.broken is not None
            said = "holds" if checked.broken is None else f"BROKEN: {' '.join(checked.broken.split())}"
            print(f"{kind} {name}: {checked.contract}: {said}")
    return 1 if broken else 0
