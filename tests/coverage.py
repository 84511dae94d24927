"""How often the interval of n* holds it: searches on planted learners, from log-normal thresholds to curves
that dip.

    python -m tests.coverage --runs 300 --seeds 3 5 10 20 [--start 100] [--learner dip] [--json FILE]

A learner is success at (seed, n), and its n* is known: the smallest n from which on success has probability
one half at least. One row a learner and number of seeds: share of runs whose interval holds n*, share
flagged, share of the misses that are flagged, median of best / n* and of the interval's log width.
"""

import argparse
import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from sims.search import Bisection, Outcome, SeedResult, run_search
from sims.search.estimate import Estimate, estimate_threshold

TRUTH = 100.0
"""Median threshold of a log-normal learner, samples."""
SPREAD = 0.25
"""Standard deviation of its log thresholds."""
LAST = 40_000
FLAGS = ("fall back", "plateau", "two modes")

Success = Callable[[int, int], bool]


@dataclasses.dataclass(frozen=True)
class Learner:
    """plant(rng, seeds) gives success(seed, n); n_star by theory or by 200,000 simulated seeds; steady: one
    threshold a seed, or noise about one, of which nothing need be said.
    """

    plant: Callable[[np.random.Generator, int], Success]
    n_star: float
    steady: bool = False


def _log_normal(rng: np.random.Generator, seeds: int) -> np.ndarray:
    return math.log(TRUTH) + SPREAD * rng.standard_normal(seeds)


def _steps(log_tau: np.ndarray) -> Success:
    return lambda seed, n: bool(math.log(n) >= log_tau[seed])


def _chances(rng: np.random.Generator) -> Callable[[int, int], float]:
    """One uniform number for every seed and n, the same whenever it is asked for."""
    entropy = int(rng.integers(2**62))
    return lambda seed, n: float(np.random.default_rng([entropy, seed, n]).random())


def _of(
    law: Callable[[np.random.Generator, int], np.ndarray],
) -> Callable[[np.random.Generator, int], Success]:
    return lambda rng, seeds: _steps(law(rng, seeds))


def _some(share: float, factor: float) -> Callable[[np.random.Generator, int], Success]:
    """A share of seeds that needs `factor` times as many samples."""

    def law(rng: np.random.Generator, seeds: int) -> np.ndarray:
        return _log_normal(rng, seeds) + np.where(rng.random(seeds) < share, math.log(factor), 0)

    return _of(law)


def _plateau(ceiling: float) -> Callable[[np.random.Generator, int], Success]:
    """Above its threshold a seed succeeds with this probability, by itself at every n."""

    def plant(rng: np.random.Generator, seeds: int) -> Success:
        step, chance = _steps(_log_normal(rng, seeds)), _chances(rng)
        return lambda seed, n: step(seed, n) and chance(seed, n) < ceiling

    return plant


def _dip(rng: np.random.Generator, seeds: int) -> Success:
    """From 1.3 to 2.2 times its threshold a seed succeeds one time in ten."""
    log_tau, chance = _log_normal(rng, seeds), _chances(rng)

    def success(seed: int, n: int) -> bool:
        beyond = math.log(n) - log_tau[seed]
        return beyond >= 0 and (not math.log(1.3) < beyond < math.log(2.2) or chance(seed, n) < 0.1)

    return success


def _fresh(width: float) -> Callable[[np.random.Generator, int], Success]:
    """Sets drawn anew for every n: a probit curve of this width in log n."""

    def plant(rng: np.random.Generator, seeds: int) -> Success:
        log_tau, chance = _log_normal(rng, seeds), _chances(rng)
        return lambda seed, n: chance(seed, n) < ndtr((math.log(n) - log_tau[seed]) / width)

    return plant


def _nested(width: float, length: float) -> Callable[[np.random.Generator, int], Success]:
    """Nested sets: an Ornstein-Uhlenbeck process in log n, of this standard deviation and correlation length,
    added to log n.
    """

    def plant(rng: np.random.Generator, seeds: int) -> Success:
        log_tau = _log_normal(rng, seeds)
        at = np.linspace(0, math.log(LAST), 3000)
        kept = math.exp(-(at[1] - at[0]) / length)
        steps = rng.standard_normal((len(at), seeds))
        path = np.empty_like(steps)
        path[0] = steps[0]
        for i in range(1, len(at)):
            path[i] = kept * path[i - 1] + math.sqrt(1 - kept**2) * steps[i]

        def success(seed: int, n: int) -> bool:
            place = round(math.log(n) / (at[1] - at[0]))
            return bool(math.log(n) + width * path[place, seed] >= log_tau[seed])

        return success

    return plant


def _never(rng: np.random.Generator, seeds: int) -> np.ndarray:
    return np.where(rng.random(seeds) < 0.1, np.inf, _log_normal(rng, seeds))


LEARNERS = {
    "log-normal": Learner(_of(_log_normal), TRUTH, steady=True),
    "heavy tails": Learner(
        _of(lambda rng, seeds: math.log(TRUTH) + SPREAD * rng.standard_t(2, seeds)), TRUTH, steady=True
    ),
    "Cauchy": Learner(_of(lambda rng, seeds: math.log(TRUTH) + 0.2 * rng.standard_cauchy(seeds)), TRUTH),
    "skew": Learner(_of(lambda rng, seeds: math.log(TRUTH) + rng.exponential(0.5, seeds)), TRUTH * 2**0.5),
    "20 % need 4 x": Learner(_some(0.2, 4), 108.3),
    "35 % need 4 x": Learner(_some(0.35, 4), 120.2),
    "20 % need 1/4": Learner(_some(0.2, 0.25), 92.3),
    "10 % never": Learner(_of(_never), 103.6),
    "plateau .9": Learner(_plateau(0.9), 103.6),
    "plateau .7": Learner(_plateau(0.7), 115.2),
    "plateau .6": Learner(_plateau(0.6), 127.4),
    "plateau .4": Learner(_plateau(0.4), math.inf),
    "dip": Learner(_dip, 208.8),
    "nested .3 .3": Learner(_nested(0.3, 0.3), TRUTH, steady=True),
    "nested .6 1": Learner(_nested(0.6, 1.0), TRUTH, steady=True),
    "nested 1 2": Learner(_nested(1.0, 2.0), TRUTH, steady=True),
    "fresh .3": Learner(_fresh(0.3), TRUTH, steady=True),
    "fresh .8": Learner(_fresh(0.8), TRUTH),
}
"""Thresholds that are steps, plateaus, dips, and noise about a threshold. `fresh .8` is no steady one: its
success rises from one tenth to nine tenths over an eightfold range of n.
"""


def search(start: int) -> Bisection:
    """The search that is tried: checks on both sides, and looks at twice and four times the bracket."""
    return Bisection(n_min=5, n_max=2000, start=start, beyond=(2.0, 4.0))


def estimates(learner: Learner, seeds: int, runs: int, *, start: int = 100) -> Iterator[Estimate]:
    """The estimate of each run; the same runs at every call."""
    rng = np.random.default_rng([seeds, 7])
    for _ in range(runs):
        yield estimate_threshold(_searched(learner.plant(rng, seeds), seeds, start))


def _searched(success: Success, seeds: int, start: int) -> list[SeedResult]:
    def evaluate(requests: list[tuple[int, int]]) -> list[Outcome]:
        return [Outcome(seed, n, success(seed, n)) for seed, n in requests]

    return run_search(search(start), evaluate, range(seeds))


def holds(estimate: Estimate, n_star: float) -> bool:
    """Whether the interval holds n_star; an end that is not bounded holds all beyond."""
    return (estimate.low or 0) <= n_star <= (math.inf if estimate.high is None else estimate.high)


def flagged(estimate: Estimate) -> bool:
    """Whether the method says of the cell that it is no steady one."""
    return any(flag in estimate.method for flag in FLAGS)


def summary(name: str, seeds: int, runs: int, start: int) -> dict[str, object]:
    """One row, see the module."""
    learner = LEARNERS[name]
    found = list(estimates(learner, seeds, runs, start=start))
    missed = [estimate for estimate in found if not holds(estimate, learner.n_star)]
    known = learner.n_star if math.isfinite(learner.n_star) else TRUTH
    best = [math.inf if estimate.best is None else estimate.best / known for estimate in found]
    widths = [math.log((estimate.high or math.inf) / (estimate.low or 1e-9)) for estimate in found]
    return {
        "learner": name,
        "seeds": seeds,
        "runs": runs,
        "start": start,
        "coverage": round(1 - len(missed) / runs, 4),
        "flagged": round(sum(map(flagged, found)) / runs, 4),
        "misses flagged": round(sum(map(flagged, missed)) / len(missed), 4) if missed else None,
        "best": _finite(float(np.median(best))),
        "log width": _finite(float(np.median(widths))),
    }


def _finite(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Coverage of the interval of n* on planted learners.")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 5, 10, 20])
    parser.add_argument("--start", type=int, default=100)
    parser.add_argument("--learner", nargs="+", choices=LEARNERS, default=list(LEARNERS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    for name in options.learner:
        for seeds in options.seeds:
            rows.append(summary(name, seeds, options.runs, options.start))
            print(json.dumps(rows[-1]), flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
