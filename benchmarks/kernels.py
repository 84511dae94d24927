"""`python -m benchmarks.kernels`: the CNN's tangent kernel against neural-tangents, and a large one alone.

Two parts, each in processes of its own. The ratio: n = 384, k = 32, d = 16, float32, ReLU, one hidden layer,
global pooling, ours and that of neural-tangents with patches as channels (images (n, k, d), filters of one
patch) in turns. The large matrix: n = 4096, k = 64, d = 16, once, with the peak memory of its process.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.results import RESULTS, spread, write

RATIO = {"n": 384, "k": 32, "d": 16}
LARGE = {"n": 4096, "k": 64, "d": 16}
ON_ACCELERATOR = {"n": 16_384, "k": 64, "d": 16}

OPERATIONS_OF_A_PAIR = 2 * 10 + 14
"""Floating-point operations of the ReLU moments of one pair of patches beside the product of 2 d: a
polynomial of degree 9 and its factor, two square roots, and the sums and products of the recursion, counted
in the source.
"""


def images(n: int, k: int, d: int):
    """Standard normal images, float32."""
    import numpy as np

    return np.random.default_rng(0).normal(size=(n, k, d)).astype(np.float32)


def operations(n: int, k: int, d: int) -> float:
    """Floating-point operations of the matrix, its symmetric half counted once."""
    return n * (n + 1) / 2 * k**2 * (2 * d + OPERATIONS_OF_A_PAIR)


def workspace(n: int, k: int, d: int) -> dict:
    """Bytes of temporaries of the compiled block and blocks at a time; result, inputs and features apart."""
    import jax
    import numpy as np

    from theory.kernels import PatchKernel
    from theory.kernels.gram import _block, _cores, _features, rows_of_block

    kernel = PatchKernel("cnn")
    rows = min(rows_of_block(kernel.numbers_a_pair((k, d)), 4), n)
    features = _features(kernel, images(rows, k, d))
    zero = np.int32(0)
    compiled = _block.lower(kernel, rows, features, features, zero, zero).compile()
    found = compiled.memory_analysis()
    at_once = _cores() if jax.default_backend() == "cpu" else 1
    each = found.temp_size_in_bytes + found.output_size_in_bytes
    return {"rows": rows, "block_bytes": each, "blocks_at_once": at_once, "bytes": each * at_once}


def part_ratio(runs: int) -> dict:
    """Seconds of both, in turns, after one run of each that compiles."""
    import jax
    import numpy as np

    from theory.kernels import ntk
    from theory.kernels.neural_tangents import stax

    nets = stax()
    net = nets.serial(nets.Conv(1, (1,)), nets.Relu(), nets.GlobalAvgPool(), nets.Dense(1))[2]
    peer = jax.jit(lambda x: net(x, None, "ntk"))
    x = images(**RATIO)
    sides = {"nstar": lambda: ntk("cnn", x), "neural_tangents": lambda: np.asarray(peer(x))}
    first = {name: side() for name, side in sides.items()}
    exact = ntk("cnn", x, dtype=np.float64)
    seconds = {name: [] for name in sides}
    for _ in range(runs):
        for name, side in sides.items():
            start = time.perf_counter()
            side()
            seconds[name].append(time.perf_counter() - start)
    ratios = [b / a for a, b in zip(*seconds.values(), strict=True)]
    return {
        **RATIO,
        "seconds": seconds,
        "ratio": spread(ratios),
        "workspace": workspace(**RATIO),
        "largest_error": {
            name: float(np.max(np.abs(value - exact)) / exact.max()) for name, value in first.items()
        },
    }


def part_large(sizes: dict) -> dict:
    """Seconds, peak memory of the process and fractions of the machine's limits, of one matrix."""
    import jax

    from benchmarks.roofline import matrix_product_gflops, triad_gigabytes_a_second
    from sims.machine.memory import peak_resident
    from theory.kernels import ntk

    x = images(**sizes)
    ntk("cnn", x[: 2 * workspace(**sizes)["rows"]])
    start = time.perf_counter()
    matrix = ntk("cnn", x)
    seconds = time.perf_counter() - start
    device = jax.devices()[0].memory_stats() or {}
    peak = peak_resident()
    limits = {"matrix_product_gflops": matrix_product_gflops(), "triad_gb_s": triad_gigabytes_a_second()}
    rate = operations(**sizes) / seconds / 1e9
    # The least that has to move: the inputs and the matrix, once.
    moved = (x.nbytes + matrix.nbytes) / seconds / 1e9
    return {
        **sizes,
        "seconds": seconds,
        "pairs_of_patches_a_second": sizes["n"] * (sizes["n"] + 1) / 2 * sizes["k"] ** 2 / seconds,
        "peak_process_bytes": peak,
        "peak_device_bytes": device.get("peak_bytes_in_use"),
        "workspace": workspace(**sizes),
        "gflops": rate,
        "limits": limits,
        "fraction_of_matrix_product_rate": rate / limits["matrix_product_gflops"],
        "fraction_of_memory_rate": moved / limits["triad_gb_s"],
    }


def machine() -> dict:
    """What was measured on, and with which versions."""
    import jax

    return {
        "device": jax.devices()[0].device_kind,
        "cores": len(os.sched_getaffinity(0)),
        "python": sys.version.split()[0],
        "jax": jax.__version__,
    }


def in_process(part: str, runs: int) -> dict:
    """A part in a process of its own, so that peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.kernels", "--part", part, "--runs", str(runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each side")
    parser.add_argument("--part", choices=("ratio", "large", "accelerator"), help="print one part's JSON")
    parser.add_argument("--accelerator", action="store_true", help="the large matrix of n = 16,384 alone")
    parser.add_argument("--output", type=Path, help="where to write the JSON (benchmarks/results/...)")
    options = parser.parse_args()
    if options.part == "ratio":
        print(json.dumps(part_ratio(options.runs)))
    elif options.part:
        print(json.dumps(part_large(LARGE if options.part == "large" else ON_ACCELERATOR)))
    else:
        parts = ("accelerator",) if options.accelerator else ("ratio", "large")
        result = {part: in_process(part, options.runs) for part in parts}
        result["machine"] = machine()
        name = "kernels-accelerator.json" if options.accelerator else "kernels.json"
        for part in parts:
            print(part, json.dumps({k: v for k, v in result[part].items() if k != "seconds"}, indent=1))
        write(result, options.output or RESULTS / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
