"""What no move of the house may change: ids of all units, header and bytes of all published tables.

    python -m tests.guard

writes them anew to ``tests/guard.json``, after a change that is meant to alter them, and the digests that go
with the tables. The change then shows in the difference of these files: which experiments got other ids,
which tables other bytes.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from paper_repro.published.reader import PUBLISHED
from paper_repro.published.sums import digests, write_sums
from sims.experiments import EXPERIMENTS, PRESETS

KEPT = Path(__file__).with_name("guard.json")


def digest(ids: Iterable[str]) -> str:
    """sha256 of a set of ids, in whatever order they come."""
    return hashlib.sha256("\n".join(sorted(set(ids))).encode()).hexdigest()


def ids() -> dict[str, str]:
    """ "experiment/preset" -> `digest` of its units."""
    return {
        f"{name}/{preset}": digest(unit.id for unit in experiment.units(preset))
        for name, experiment in EXPERIMENTS.items()
        for preset in PRESETS
    }


def tables() -> dict[str, dict[str, str]]:
    """ "preset/file" of a published table -> its header and the sha256 of its bytes."""
    return {
        name: {
            "header": (PUBLISHED / name).read_text().partition("\n")[0],
            "sha256": digest,
        }
        for name, digest in digests().items()
    }


def _main() -> int:
    write_sums()
    KEPT.write_text(json.dumps({"ids": ids(), "tables": tables()}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
