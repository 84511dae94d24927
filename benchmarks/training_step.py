"""`python -m benchmarks.training_step`: the step of gradient descent beside the limits of the machine.

For each model and size as many trainings go side by side as a sweep has workers, each with all its lanes
(nine pairs of rates). A run of some steps is taken from a run of more; what is left is the time of steps and
of their looks at the test set, without start, compiling and drawing. The roofline: no program is faster than
its operations at the rate of a large matrix product, nor than its bytes at the rate of a stream triad.
Operations are counted in the traced program (`sims.learners.prices.operations`), bytes by hand, as if nothing
stayed in cache (`bytes_of_a_step`).
"""

import argparse
import dataclasses
import json
import statistics
import time
from pathlib import Path

from benchmarks.kernels import machine
from benchmarks.results import RESULTS, spread, write
from benchmarks.roofline import matrix_product_gflops, triad_gigabytes_a_second

SIZES = [
    ("cnn", 20, 20, 500),
    ("cnn", 32, 32, 4000),
    ("cnn", 64, 64, 16_000),
    ("lcn", 20, 20, 1000),
    ("lcn", 32, 32, 4000),
    ("lcn", 64, 64, 16_000),
    ("fcn", 8, 16, 1000),
    ("fcn", 16, 16, 4000),
    ("fcn", 32, 32, 8000),
]
"""(model, k, d, n)."""


def bytes_of_a_step(n: int, k: int, d: int, parameters: int, lanes: int) -> float:
    """Bytes that a step moves if nothing stays in cache: images read twice, forwards and for the gradient, by
    all lanes together; every lane's weights read twice and written, its gradient written and read. float32.
    """
    return 4.0 * (2 * n * k * d + 5 * lanes * parameters)


def measure(model: str, k: int, d: int, n: int, runs: int, pool, limits: dict) -> dict:
    """Seconds of a step of one training (all lanes), and fractions of the limits by all together."""
    import jax

    from sims.experiments import Setting
    from sims.measuring.need import layouts
    from sims.samples.datasets import Datasets
    from sims.tasks.base import task_key

    cell = Setting(k=k, d=d, sigma=0.1, model=model, protocol="lahoti", ns=(n,), seeds=(0,)).cell()
    learner = cell.learner
    key = task_key(cell.id, 0)
    data = Datasets(cell.task, key, capacity=n)
    train, monitor = cell.criterion.sets(data, n)
    sets = layouts(cell.criterion.sizes(n), n, k, d)

    def seconds(steps: int) -> float:
        shorter = dataclasses.replace(learner, steps=steps, patience=None)
        start = time.perf_counter()
        pool.map(
            lambda _: shorter.train(cell.model, jax.random.fold_in(key, 2), train, monitor, stop_below=None),
            range(pool.workers),
        )
        return time.perf_counter() - start

    def flops(steps: int) -> float:
        return dataclasses.replace(learner, steps=steps, patience=None).flops(cell.model, *sets)

    few = learner.eval_every
    seconds(few)
    first = seconds(few)
    more = few
    while seconds(more) < 0.5 + first:  # long enough to be told from a start
        more *= 4
    found = []
    for _ in range(runs):
        short, long = seconds(few), seconds(more)
        found.append((long - short) / (more - few))
    step = statistics.median(found)
    operations = (flops(more) - flops(few)) / (more - few)
    shapes = jax.eval_shape(lambda key: cell.model.init(key, k, d, std=0.0, bias=0.0), key)
    parameters = sum(leaf.size for leaf in jax.tree.leaves(shapes))
    lanes = learner.runs(cell.model)
    moved = bytes_of_a_step(n, k, d, parameters, lanes)
    by_product = pool.workers * operations / limits["matrix_product_gflops"] / 1e9
    by_memory = pool.workers * moved / limits["triad_gb_s"] / 1e9
    return {
        "model": model,
        "k": k,
        "d": d,
        "n": n,
        "trainings_side_by_side": pool.workers,
        "lanes": lanes,
        "parameters": parameters,
        "seconds_a_step": spread(found),
        "gflop_a_step": operations / 1e9,
        "gb_a_step": moved / 1e9,
        "gflops": pool.workers * operations / step / 1e9,
        "bound_by": "memory" if by_memory > by_product else "matrix product",
        "fraction_of_matrix_product_rate": by_product / step,
        "fraction_of_memory_rate": by_memory / step,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_step", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="timed pairs of runs of each size")
    parser.add_argument("--quick", action="store_true", help="the smallest size of each model")
    parser.add_argument(
        "--workers", type=int, help="trainings side by side (one a core; 1 on an accelerator)"
    )
    parser.add_argument("--output", type=Path, help="where to write the JSON (benchmarks/results/...)")
    options = parser.parse_args()

    import jax

    from sims.machine.pool import Pool

    accelerator = jax.default_backend() != "cpu"
    limits = {
        "matrix_product_gflops": matrix_product_gflops(8192 if accelerator else 1024),
        "triad_gb_s": triad_gigabytes_a_second(1024 if accelerator else 128),
    }
    print(json.dumps(limits), flush=True)
    smallest = {size[0]: size for size in reversed(SIZES)}.values()
    sizes = []
    with Pool(options.workers or (1 if accelerator else None)) as pool:
        for model, k, d, n in smallest if options.quick else SIZES:
            sizes.append(measure(model, k, d, n, options.runs, pool, limits))
            print(json.dumps(sizes[-1]), flush=True)
    result = {"machine": machine(), "limits": limits, "sizes": sizes}
    name = f"training-step{'-accelerator' if accelerator else ''}.json"
    write(result, options.output or RESULTS / name)


if __name__ == "__main__":
    main()
