"""``nstar status``: what of an experiment is stored, in flight, failed and missing."""

import argparse
import json
from typing import Any

from sims.cli.dispatch import Subparsers
from sims.cli.options import add_experiment, add_preset_and_store, chosen, store_path
from sims.cli.roster import Roster
from sims.experiments import EXPERIMENTS, PRESETS
from sims.store import Store
from sims.store.leases import is_leased

_COUNTS = ("cells", "done", "in flight", "failed", "missing")


def add_command(subparsers: Subparsers) -> None:
    """Add ``status``."""
    parser = subparsers.add_parser("status", help="what is stored, missing and failed", allow_abbrev=False)
    add_experiment(parser, optional=True)
    add_preset_and_store(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:

    store = Store(store_path(args))
    rosters = [_remembered(Roster(experiment, args.preset, store.root)) for experiment in chosen(args)]
    entries = [_count(store, roster) for roster in rosters]
    others = _count_others(store, {id for roster in rosters for id in roster.ids()})
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


def _count_others(store: Store, asked: set[str]) -> int:
    """Cells in the store that no experiment has at any preset: measured otherwise, or by another version.
    asked: ids of cells that some experiment has.
    """
    left = set(store.ids()) - asked
    for experiment in EXPERIMENTS.values():
        for preset in PRESETS:
            if not left:
                return 0
            left.difference_update(_remembered(Roster(experiment, preset, store.root)).every_id)
    return len(left)


def _remembered(roster: Roster) -> Roster:
    """The same, its ids kept by the store, so that they are read and not made the next time."""
    roster.keep()
    return roster


def _count(store: Store, roster: Roster) -> dict[str, Any]:

    counts: dict[str, Any] = {"name": roster.experiment.name, **dict.fromkeys(_COUNTS, 0), "failures": []}
    failed = []
    for id in roster.ids():
        counts["cells"] += 1
        if store.digest(id) is not None:
            counts["done"] += 1
        elif is_leased(store.root / "leases", id):
            counts["in flight"] += 1
        elif store.failure_path(id).exists():
            failed.append(id)
        else:
            counts["missing"] += 1
    units = {unit.id: unit for unit in roster.units()} if failed else {}
    for id in failed:
        error = store.failure(units[id])
        counts["missing" if error is None else "failed"] += 1
        if error is not None:
            counts["failures"].append({"cell": units[id].label, "error": error})
    return counts
