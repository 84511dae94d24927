"""The peer: protocol `lahoti` for an LCN as a plain PyTorch loop, the way a competent user would write it.

One training after another: `nn.Parameter`s for the weights and the shared bias, `torch.optim.SGD` with two
parameter groups, autograd, the bias clamped at zero, a look at 1000 test samples every ten steps, a loop over
the nine pairs of rates, the seeds and the numbers of samples. float32 on the CPU.

It gets its best settings: before the clock starts, a short calibration picks the faster of 1 or all cores as
threads and the faster of two ways to write the forward pass. It always trains the whole grid, as the protocol
says, and notes when the target was first reached, so that one run tells both times: `seconds` for the whole
grid and `seconds_early_exit` for a loop that leaves the grid as soon as a test loss reaches the target.

The file needs torch and numpy and nothing of nstar, so that another interpreter can run it as a script:

    python benchmarks/torch_loop.py --k 4 --d 4 --reps 1 --steps 100

Standard output is one JSON object.
"""

# PyTorch is installed for the benchmark alone, so a type checker may well not find it.
# pyright: reportMissingImports=false

import argparse
import json
import os
import sys
import time

import numpy as np
import torch

LR_W = (1e-1, 1e-2, 1e-3)
LR_B = (1e-2, 1e-3, 1e-4)
EVAL_EVERY = 10
TEST_SIZE = 1000
TOLERANCE = 0.03
INIT_STD = 1e-3


# --- Data -------------------------------------------------------------------------------------------------


def sample_dsd(rng, n, k, d, sigma, signal):
    """y = +-1, x = y w* in one of the k patches drawn uniformly, plus noise everywhere; x is (n, k, d)."""
    y = rng.choice([-1.0, 1.0], size=n)
    x = sigma * rng.standard_normal((n, k, d))
    x[np.arange(n), rng.integers(k, size=n)] += y[:, None] * signal
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


def seed_data(seed, n_max, k, d, sigma):
    """Training stream, test set and initial weights of one seed. Training sets are prefixes of the stream."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal(d)
    signal /= np.linalg.norm(signal)
    train = sample_dsd(rng, n_max, k, d, sigma, signal)
    test = sample_dsd(rng, TEST_SIZE, k, d, sigma, signal)
    w0 = torch.tensor(INIT_STD * rng.standard_normal((k, d)), dtype=torch.float32)
    return train, test, w0


def monte_carlo_target(k, sigma, draws=100_000):
    """Best squared loss over b of the net whose weights are the signal, plus the tolerance, from samples."""
    rng = np.random.default_rng(0)
    z = sigma * rng.standard_normal((draws, k))
    z[:, 0] += 1.0
    shrunk = (np.sign(z) * np.maximum(np.abs(z) - b, 0) for b in np.linspace(0, 0.6, 31))
    return float(min(np.mean((s.sum(axis=1) - 1) ** 2) for s in shrunk)) + TOLERANCE


# --- Model and training -----------------------------------------------------------------------------------


def forward_einsum(x, w, b):
    z = torch.einsum("nkd,kd->nk", x, w)
    return (torch.relu(z - b) - torch.relu(-z - b)).sum(dim=1)


def forward_multiply(x, w, b):
    z = (x * w).sum(dim=2)
    return (torch.relu(z - b) - torch.relu(-z - b)).sum(dim=1)


FORWARDS = {"einsum": forward_einsum, "multiply and sum": forward_multiply}


class Clock:
    """Time spent on test sets, apart from the rest."""

    def __init__(self):
        self.evaluating = 0.0


def train(forward, train_set, test_set, w0, lr_w, lr_b, steps, target, clock):
    """Lowest test loss along one path of full-batch SGD, and the moment the target was first reached."""
    x, y = train_set
    x_test, y_test = test_set
    w = torch.nn.Parameter(w0.clone())
    b = torch.nn.Parameter(torch.zeros(()))
    # foreach=False: with two small tensors the plain loop over parameters is the fastest of torch's variants.
    optimizer = torch.optim.SGD([{"params": [w], "lr": lr_w}, {"params": [b], "lr": lr_b}], foreach=False)
    best, reached = float("inf"), None
    for step in range(steps + 1):
        if step % EVAL_EVERY == 0:
            before = time.perf_counter()
            with torch.no_grad():
                loss = torch.mean((forward(x_test, w, b) - y_test) ** 2).item()
            now = time.perf_counter()
            clock.evaluating += now - before
            best = min(best, loss) if loss == loss else best
            if reached is None and best <= target:
                reached = now
        if step < steps:
            optimizer.zero_grad()
            loss = torch.mean((forward(x, w, b) - y) ** 2)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                b.clamp_(min=0)
    return best, reached


def evaluate(forward, train_set, test_set, w0, steps, target, clock):
    """The grid at one n: lowest test loss, its seconds, and those until the target was reached."""
    start = time.perf_counter()
    best, first = float("inf"), None
    for lr_w in LR_W:
        for lr_b in LR_B:
            loss, reached = train(forward, train_set, test_set, w0, lr_w, lr_b, steps, target, clock)
            best = min(best, loss)
            if first is None:
                first = reached
    end = time.perf_counter()
    return best, end - start, (first if first is not None else end) - start


# --- Search -----------------------------------------------------------------------------------------------


def geometric_grid(n_max, ratio):
    values = [1]
    value = 1.0
    while values[-1] < n_max:
        value *= ratio
        n = min(round(value), n_max)
        if n > values[-1]:
            values.append(n)
    return values


def bisect(grid, succeeds):
    """Neighbouring grid points (fails, succeeds); (0, first) or (last, None) if the grid does not reach."""
    failing, succeeding = -1, len(grid)
    while succeeding - failing > 1:
        middle = (failing + succeeding) // 2
        if succeeds(grid[middle]):
            succeeding = middle
        else:
            failing = middle
    return grid[failing] if failing >= 0 else 0, grid[succeeding] if succeeding < len(grid) else None


def calibrate(n, k, d, steps=150):
    """The faster number of threads and forward pass at n samples, from a few hundred steps of each."""
    train_set, test_set, w0 = seed_data(0, n, k, d, 0.1)
    timings = {}
    for threads in sorted({1, os.cpu_count() or 1}):
        torch.set_num_threads(threads)
        for name, forward in FORWARDS.items():
            train(forward, train_set, test_set, w0, 0.1, 0.01, steps // 3, 0.0, Clock())
            tries = []
            for _ in range(2):
                start = time.perf_counter()
                train(forward, train_set, test_set, w0, 0.1, 0.01, steps, 0.0, Clock())
                tries.append(time.perf_counter() - start)
            timings[threads, name] = min(tries) / steps
    threads, name = min(timings, key=lambda key: timings[key])
    table = [{"threads": t, "forward": f, "us_a_step": 1e6 * s} for (t, f), s in timings.items()]
    return threads, name, table


def run(*, k, d, sigma, reps, steps, n_max, ratio, plan, target, forward):
    """The protocol, timed: over the (seed, n) of `plan`, or where it is None over a bisection of its own."""
    clock = Clock()
    evaluations, brackets = [], []
    start = time.perf_counter()
    seeds = sorted({seed for seed, _ in plan}) if plan is not None else list(range(reps))
    for position, seed in enumerate(seeds):
        wanted = [n for s, n in plan if s == seed] if plan is not None else None
        (x, y), test_set, w0 = seed_data(seed, max(wanted) if wanted else n_max, k, d, sigma)

        def succeeds(n, seed=seed, x=x, y=y, test_set=test_set, w0=w0):
            loss, seconds, early = evaluate(
                FORWARDS[forward], (x[:n], y[:n]), test_set, w0, steps, target, clock
            )
            evaluations.append(
                {
                    "seed": seed,
                    "n": n,
                    "risk": loss,
                    "success": loss <= target,
                    "seconds": seconds,
                    "seconds_early_exit": early,
                }
            )
            return loss <= target

        if wanted is None:
            low, high = bisect(geometric_grid(n_max, ratio), succeeds)
            brackets.append({"seed": seed, "low": low, "high": high})
        else:
            for n in wanted:
                succeeds(n)
        elapsed = time.perf_counter() - start
        print(f"  torch: {position + 1}/{len(seeds)} seeds, {elapsed:.0f} s", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - start
    saved = sum(e["seconds"] - e["seconds_early_exit"] for e in evaluations)
    trainings = len(evaluations) * len(LR_W) * len(LR_B)
    in_training = sum(e["seconds"] for e in evaluations) - clock.evaluating
    return {
        "seconds": seconds,
        "seconds_early_exit": seconds - saved,
        "seconds_on_test_sets": clock.evaluating,
        "trainings": trainings,
        "us_a_step": 1e6 * in_training / max(trainings * steps, 1),
        "per_seed": brackets,
        "evaluations": evaluations,
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Protocol lahoti for an LCN as a plain PyTorch loop.")
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--d", type=int, default=20)
    parser.add_argument("--sigma", type=float, default=0.1)
    parser.add_argument("--reps", type=int, default=5, help="seeds, where no plan is given")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--n-max", type=int, default=1000)
    parser.add_argument("--ratio", type=float, default=1.05, help="of neighbouring grid points")
    parser.add_argument("--plan", help="JSON file: the list of [seed, n] to train, instead of a search")
    parser.add_argument("--target", type=float, help="test loss to reach; estimated where not given")
    parser.add_argument("--threads", type=int, help="calibrated where not given")
    parser.add_argument("--forward", choices=FORWARDS, help="calibrated where not given")
    options = parser.parse_args(arguments)

    plan = None
    if options.plan:
        with open(options.plan) as file:
            plan = [(int(seed), int(n)) for seed, n in json.load(file)]
    target = options.target
    if target is None:
        target = monte_carlo_target(options.k, options.sigma)

    threads, forward, calibration = options.threads, options.forward, []
    start = time.perf_counter()
    if threads is None or forward is None:
        ns = sorted(n for _, n in plan) if plan else [min(400, options.n_max)]
        best_threads, best_forward, calibration = calibrate(ns[len(ns) // 2], options.k, options.d)
        threads = best_threads if threads is None else threads
        forward = best_forward if forward is None else forward
    seconds_calibrating = time.perf_counter() - start
    torch.set_num_threads(threads)

    result = run(
        k=options.k,
        d=options.d,
        sigma=options.sigma,
        reps=options.reps,
        steps=options.steps,
        n_max=options.n_max,
        ratio=options.ratio,
        plan=plan,
        target=target,
        forward=forward,
    )
    settings = {
        "threads": threads,
        "forward": forward,
        "calibration": calibration,
        "seconds_calibrating": seconds_calibrating,
        "steps": options.steps,
        "target": target,
        "search": "given list of (seed, n)" if plan is not None else "own bisection",
        "versions": {"torch": torch.__version__, "numpy": np.__version__, "python": sys.version.split()[0]},
    }
    json.dump(settings | result, sys.stdout)
    print()


if __name__ == "__main__":
    main()
