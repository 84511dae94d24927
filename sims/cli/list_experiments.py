"""``nstar list``: the experiments, their presets and their numbers of cells."""

import argparse
import json

from sims.cli.dispatch import Subparsers
from sims.experiments import EXPERIMENTS, PRESETS


def add_command(subparsers: Subparsers) -> None:
    """Add ``list``."""
    parser = subparsers.add_parser("list", help="the experiments and their presets", allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:
    listing = [
        {
            "name": experiment.name,
            "title": experiment.title,
            "question": experiment.question,
            "presets": list(PRESETS),
            "cells": {preset: len(experiment.settings(preset)) for preset in PRESETS},
        }
        for experiment in EXPERIMENTS.values()
    ]
    if args.json:
        print(json.dumps(listing, indent=1))
        return 0
    print(f"{'experiment':<16}" + "".join(f"{preset:>8}" for preset in PRESETS) + "   question")
    for entry in listing:
        cells = "".join(f"{entry['cells'][preset]:>8}" for preset in PRESETS)
        print(f"{entry['name']:<16}{cells}   {entry['question']}")
    print("\nThe numbers are cells: one n* each, of one model at one (k, d, sigma).")
    return 0
