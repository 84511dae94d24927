"""``python -m tests.soak [--faults 200]``: torment a sweep; its table must equal the quiet one."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.faults import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--cells", type=int, default=400)
    parser.add_argument("--pause", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="a new folder, for the log (default: a temporary one)")
    args = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nstar-soak-") as temporary:
        folder = args.folder or Path(temporary) / "soak"
        one = soak(folder, faults=args.faults, cells=args.cells, pause=args.pause, seed=args.seed)
    for kind, count in sorted(one.counts.items()):
        print(f"{count:4d}  {kind}")
    seconds = time.monotonic() - start
    faults = f"{sum(one.counts.values())} faults of {len(one.counts)} kinds"
    print(f"{faults} in {seconds:.0f} s, {one.starts} starts of the sweep, {args.cells} cells")
    print("every fault was named in the log, and the table equals that of the quiet run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
