"""Curves of a test error against n: how many times the samples one net needs for the error of another."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.special import stdtrit

from paper_repro.rules.base import (
    LEVEL,
    SIZES,
    Asked,
    Finding,
    Row,
    Where,
    complete,
    in_words,
    matching,
    not_run,
)
from paper_repro.rules.evidence import tails
from paper_repro.rules.ratios import BOUNDED, Sizes, ending, test_ratios, verdict_of
from sims.search.estimate import Estimate
from sims.tables.sweeps import of_experiment

LEVELS = 101
"""Levels of error, evenly spaced in its logarithm, over which a ratio of n is averaged."""
JACKKNIFE = "jackknife over seeds, 95 % interval of Student's t"


@dataclasses.dataclass(frozen=True)
class Curve:
    """The test errors of one cell: ns, increasing (sizes,); errors (seeds, sizes); rows: where they stand."""

    ns: tuple[int, ...]
    errors: np.ndarray
    rows: tuple[Row, ...]

    @property
    def log_ns(self) -> np.ndarray:
        """Logarithms of n (sizes,)."""
        return np.log(self.ns)


Statistic = Callable[[np.ndarray, np.ndarray], float | None]
"""A number from the errors (seeds, sizes) of two nets, None where they do not define it."""


def jackknife(statistic: Statistic, above: np.ndarray, below: np.ndarray) -> Estimate:
    """`statistic` of the errors of two nets with independent seeds, with its interval.

    The variance is the sum of those of the delete-one jackknife over the seeds of either net; the interval is
    Student's t with the degrees of freedom of the net with fewer seeds. Open where that has one seed, or
    where a seed left out leaves the statistic without a value.
    """
    value = statistic(above, below)
    if value is None:
        return Estimate(None, None, None, "not defined")
    seeds = min(len(above), len(below))
    if seeds < 2:
        return Estimate(None, value, None, "one seed")
    without_above = [statistic(np.delete(above, seed, axis=0), below) for seed in range(len(above))]
    without_below = [statistic(above, np.delete(below, seed, axis=0)) for seed in range(len(below))]
    if None in without_above or None in without_below:
        return Estimate(None, value, None, "hangs on one seed")
    variance = sum(
        (len(left) - 1) ** 2 / len(left) * np.var(np.array(left, dtype=float), ddof=1)
        for left in (without_above, without_below)
    )
    half = float(stdtrit(seeds - 1, 0.975)) * math.sqrt(float(variance))
    return Estimate(value - half, value, value + half, JACKKNIFE)


def log_means(errors: np.ndarray) -> np.ndarray:
    """Logarithm of the mean over seeds (sizes,)."""
    return np.log(errors.mean(axis=0))


def log_n_at(levels: np.ndarray, log_ns: np.ndarray, log_errors: np.ndarray) -> np.ndarray:
    """Least log n at which the curve through the points, straight between them, is down at each level.

    levels: log errors, each between the curve's first value and its least one.
    """
    lowest = np.minimum.accumulate(log_errors)
    # The first measured n that is down at the level, and the falling segment that leads to it, if any.
    place = np.searchsorted(-lowest, -levels)
    before = np.maximum(place - 1, 0)
    fall = np.where(place > 0, log_errors[before] - log_errors[place], 1.0)
    share = (log_errors[before] - levels) / fall
    return log_ns[before] + share * (log_ns[place] - log_ns[before])


def log_shift(above: Curve, below: Curve) -> Estimate | None:
    """Logarithm of how many times the samples of `below` the net `above` needs for the same mean error.

    The mean over the levels that both curves reach, from the lower of their first errors down to the higher
    of their least ones. Where one curve lies wholly over the other (by a one-sided t-test at `LEVEL`), only
    the bound that the ends of the curves give; None where not even that is sure.
    """

    def shift(errors: np.ndarray, others: np.ndarray) -> float | None:
        one, two = log_means(errors), log_means(others)
        top, bottom = min(one[0], two[0]), max(one.min(), two.min())
        if bottom >= top:
            return None
        levels = np.linspace(top, bottom, LEVELS)
        apart = log_n_at(levels, above.log_ns, one) - log_n_at(levels, below.log_ns, two)
        return float(apart.mean())

    found = jackknife(shift, above.errors, below.errors)
    if found.best is not None:
        return found
    seeds = min(len(above.errors), len(below.errors))
    for sign, high, low in ((1, above, below), (-1, below, above)):
        # Down to its least error, the higher curve has not come to where the lower one begins.
        gap = jackknife(lambda a, b: float(log_means(a).min() - log_means(b)[0]), high.errors, low.errors)
        if tails(gap, 0.0, seeds=seeds).above <= LEVEL:
            bound = sign * math.log(high.ns[-1] / low.ns[0])
            return Estimate(*((bound, bound, None) if sign > 0 else (None, bound, bound)), BOUNDED)
    return None


def curve_of(rows: Sequence[Row], asked: Asked) -> Curve:
    """The curve of one cell's evaluations. Raises ValueError where they are of several cells, which is an
    error of the statement, or lack a seed at some n."""
    cells = {row["cell"] for row in rows}
    if len(cells) != 1:
        raise ValueError(
            f"where: matches {len(cells)} cells at one size of {asked.id}; allowed: columns that leave one"
        )
    risks = {(row["seed"], row["n"]): row["risk"] for row in rows}
    seeds, ns = (sorted({place[part] for place in risks}) for part in (0, 1))
    if len(risks) < len(seeds) * len(ns):
        raise ValueError(f"rows: a seed of {asked.id} lacks an n that others have")
    errors = np.array([[risks[seed, n] for n in ns] for seed in seeds], dtype=float)
    return Curve(tuple(ns), errors, tuple(rows))


def curves(asked: Asked, above: Where, below: Where) -> Iterator[tuple[str, Curve, Curve]]:
    """Each size in words with both curves there, of the sizes that have both, in their order."""
    rows = of_experiment(asked.tables.evaluations, asked.experiment)
    rows = [row for row in rows if asked.protocol in (None, row["protocol"])]
    for size in sorted({tuple(row[name] for name in SIZES) for row in rows}):
        here = matching(rows, dict(zip(SIZES, size, strict=True)))
        sides = [matching(here, where) for where in (above, below)]
        if all(sides):
            place = ", ".join(f"{name} = {value:g}" for name, value in zip(SIZES, size, strict=True))
            yield place, curve_of(sides[0], asked), curve_of(sides[1], asked)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SamplesForSameError:
    """n of `above` over n of `below` at the same mean test error lies in [low, high].

    above, below: columns of evaluations to match, which leave one cell a size; name: the ratio in words.
    The error probability holds for seeds whose errors scatter about one value; where at some n a part of them
    has learnt and a part has not, the rule can be wrong more often.
    """

    name: str
    above: Where
    below: Where
    low: float
    high: float
    sizes: Sizes

    @property
    def text(self) -> str:
        """The rule in words."""
        which = (
            "The ratio at each size." if self.sizes == "every" else "Geometric mean of the ratio over sizes."
        )
        return (
            f"Test error against n, mean over seeds, straight between the measured n on logarithmic axes: "
            f"the least n where {in_words(self.above)}, over that where {in_words(self.below)}, for the "
            "same error; geometric mean over the errors that both curves reach, evenly in their logarithm, "
            "with a jackknife over the seeds of both. Where one curve lies wholly over the other, the ends "
            f"of the curves bound the ratio. {which} {ending(self.low, self.high, self.sizes)}"
        )

    def decide(self, asked: Asked) -> Finding:
        """One ratio within its range."""
        pairs = list(curves(asked, self.above, self.below))
        used = [row for _, above, below in pairs for row in (*above.rows, *below.rows)]
        found = {place: log_shift(above, below) for place, above, below in pairs}
        ratios = {place: shift for place, shift in found.items() if shift is not None}
        if not ratios:
            why = "no size with both curves" if not pairs else "no size at which the curves bound a ratio"
            return not_run(used, why)
        seeds = min(len(curve.errors) for _, *both in pairs for curve in both)
        test = test_ratios(self.name, ratios, self.low, self.high, self.sizes, seeds=seeds)
        finding = verdict_of([test], used)
        finding = dataclasses.replace(finding, evidence=tuple(dict.fromkeys(test.evidence + test.each)))
        if self.sizes == "typical":
            return finding
        return complete(finding, asked, lacking=len(found) - len(ratios))
