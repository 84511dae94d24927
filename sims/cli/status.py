"""``nstar status``: what of an experiment is stored, in flight, failed and missing."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sims.cli.options import add_experiment, add_preset_and_store, chosen, store_path
from sims.experiments import EXPERIMENTS, PRESETS

if TYPE_CHECKING:
    from sims.cli.dispatch import Subparsers
    from sims.store import Store
    from sims.units import Unit

_COUNTS = ("cells", "done", "in flight", "failed", "missing")


def add_command(subparsers: "Subparsers") -> None:
    """Add ``status``."""
    parser = subparsers.add_parser("status", help="what is stored, missing and failed", allow_abbrev=False)
    add_experiment(parser, optional=True)
    add_preset_and_store(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:
    from sims.store import Store

    store = Store(store_path(args))
    experiments = chosen(args)
    units = [experiment.units(args.preset) for experiment in experiments]
    entries = [_count(store, one.name, own) for one, own in zip(experiments, units, strict=True)]
    others = _count_others(store, {unit.id for own in units for unit in own})
    if args.json:
        answer = {"store": str(store.root), "preset": args.preset, "experiments": entries, "others": others}
        print(json.dumps(answer, indent=1))
        return 0
    print(f"store {store.root}, preset {args.preset}")
    print(f"{'experiment':<16}" + "".join(f"{name:>11}" for name in _COUNTS))
    for entry in entries:
        print(f"{entry['name']:<16}" + "".join(f"{entry[name]:>11}" for name in _COUNTS))
    if others:
        print(f"{others} cells of other definitions")
    for entry in entries:
        for failure in entry["failures"]:
            print(f"failed: {entry['name']}: {failure['cell']}: {failure['error']}")
    return 0


def _count_others(store: "Store", asked: set[str]) -> int:
    """Cells in the store that no experiment has at any preset: measured otherwise, or by another version.
    asked: ids of cells that some experiment has.
    """
    stored = set(store.ids()) - asked
    if not stored:
        return 0
    known = {cell.id for one in EXPERIMENTS.values() for preset in PRESETS for cell in one.units(preset)}
    return len(stored - known)


def _count(store: "Store", name: str, units: "Sequence[Unit]") -> dict[str, Any]:
    from sims.leases import is_leased

    counts: dict[str, Any] = {"name": name, **dict.fromkeys(_COUNTS, 0), "failures": []}
    for cell in units:
        counts["cells"] += 1
        if store.holds(cell):
            counts["done"] += 1
        elif is_leased(store.root / "leases", cell.id):
            counts["in flight"] += 1
        elif (error := store.failure(cell)) is not None:
            counts["failed"] += 1
            counts["failures"].append({"cell": cell.label, "error": error})
        else:
            counts["missing"] += 1
    return counts
