"""`python -m benchmarks`: time nstar against the plain PyTorch loop, print the ratio, write it as JSON."""

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.results import RESULTS, write
from benchmarks.speed import BenchmarkError, Settings, benchmark, default_nstar, report


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be an integer of at least 1")
    return value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, one pair: about a minute or two")
    parser.add_argument("--k", type=positive, default=20)
    parser.add_argument("--d", type=positive, default=20)
    parser.add_argument("--sigma", type=float, default=0.1)
    parser.add_argument("--reps", type=positive, help="seeds (5; with --quick 1)")
    parser.add_argument("--pairs", type=positive, help="paired runs (3; with --quick 1)")
    parser.add_argument("--torch-python", default=sys.executable, help="interpreter that has torch and numpy")
    parser.add_argument("--nstar", help="command to time (the nstar beside this interpreter)")
    parser.add_argument("--output", type=Path, help="where to write the JSON (benchmarks/results/...)")
    options = parser.parse_args()

    settings = Settings(
        k=options.k,
        d=options.d,
        sigma=options.sigma,
        reps=options.reps or (1 if options.quick else 5),
        pairs=options.pairs or (1 if options.quick else 3),
        nstar=tuple(shlex.split(options.nstar)) if options.nstar else default_nstar(),
        torch_python=options.torch_python,
    )
    name = f"speed-lcn-k{settings.k}-d{settings.d}-reps{settings.reps}-pairs{settings.pairs}.json"
    path = options.output or RESULTS / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        result = benchmark(settings)
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 2
    print(report(result))
    write(result, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
