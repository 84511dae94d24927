"""n* of a cell from the evaluations of its seeds, with its interval and the name of the method."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sims.pieces.errors import require
from sims.search import SeedResult


@dataclass(frozen=True)
class Estimate:
    """A value with its interval, (low, best, high) by `method`.

    None stands for what does not exist: the best value of a cell that is censored as a whole, or an upper end
    that the data do not bound. ``low = 0`` is a lower end that the data do not bound.
    """

    low: float | None
    best: float | None
    high: float | None
    method: str


def estimate_threshold(
    results: Sequence[SeedResult], *, level: float = 0.95, most_steps: int | None = None
) -> Estimate:
    """n* of a cell: the smallest n such that, at it and at every larger n, at least half of all repetitions
    (problem, samples and start drawn anew) reach the target.

    Two seeds or more. best: where the mean over seeds of the probability of success, each given what it
    showed, crosses one half (`sims.search.probit`); for seeds that are steps in n, a median of their
    thresholds. Interval: it holds that of every reading below, so that it does not hang on which is true.

    * Noise: all evaluations, random-effects probit with a lapse rate, t-corrected profile interval.
    * Steps that may fall back: each seed from where it succeeds for good, whatever it did below; the same
      interval.
    * From six seeds on, no law of the thresholds at all: the ordered thresholds between which their median
      lies at the level (exact, binomial).

    What a reader must know stands in `method`: seeds censored, seeds that fail again above a success, most of
    them falling back (a dip or a wide transition; best is then of the second reading), success that levels
    off (a plateau), seeds in two groups (two modes); and, where `most_steps` says how many steps a training
    may take, that more than one success in ten, or one failure, was selected at the last of them: n* may then
    be of these steps and not of samples (limited by steps). If every seed is right-censored, the largest n is
    a lower bound and there is no best value; likewise on the left. If the crossing lies outside the n that
    were evaluated there is no best value either, but the end that the data do bound.

    One seed: its bracket (the range in which its outcomes switch, where they contradict each other). That
    says where this seed switches and nothing of other seeds, so no interval over seeds exists; the method
    says so.

    Raises `InputError` for no results or a level outside (0, 1).
    """
    from sims.search import probit  # late: it imports scipy

    require(len(results) > 0, "results", list(results), "at least one seed")
    require(0 < level < 1, "level", level, "a number between 0 and 1")
    m = len(results)
    curves = [[(outcome.n, outcome.success) for outcome in result.outcomes] for result in results]
    limited = _limited(results, most_steps)
    notes = _notes(results) + limited
    evaluated = [n for curve in curves for n, _ in curve]
    if all(result.threshold.censored == "right" for result in results):
        bound = max(result.threshold.low for result in results)
        return Estimate(float(bound), None, None, f"lower bound: all {m} seeds right-censored{limited}")
    if all(result.threshold.censored == "left" for result in results):
        bound = min(result.threshold.high or math.inf for result in results)
        return Estimate(0.0, None, float(bound), f"upper bound: all {m} seeds left-censored{limited}")
    if m == 1:
        low, high = probit.switch_range(curves[0])
        best = math.sqrt(low * high) if low > 0 and math.isfinite(high) else None
        method = "bracket of one seed; no interval over seeds exists" + notes
        return Estimate(float(low), best, high if math.isfinite(high) else None, method)
    noise = probit.profile_interval(curves, level)
    steps = noise
    if any(probit.fails_above(curve) for curve in curves):
        steps = probit.profile_interval(curves, level, steps=True)
    settled = [probit.settled(curve) for curve in curves]
    ends = [(math.exp(reading.low), math.exp(reading.high)) for reading in (noise, steps)]
    ranks = _median_ranks(m, level)
    if ranks is not None:
        lows, highs = sorted(low for low, _ in settled), sorted(high for _, high in settled)
        ends.append((lows[ranks[0] - 1], highs[ranks[1] - 1]))
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    seen, falls_back = _shape(curves, settled, noise.lapse)
    best = math.exp((steps if falls_back else noise).centre)
    method = f"median over {m} seeds, {100 * level:g} % interval of all readings{notes}{seen}"
    end = high if math.isfinite(high) else None
    if best > max(evaluated):
        return Estimate(low, None, None, f"{method}; beyond the largest n")
    if best < min(evaluated):
        return Estimate(0.0, None, end, f"{method}; below the smallest n")
    return Estimate(low, best, end, method)


def _median_ranks(m: int, level: float) -> tuple[int, int] | None:
    """Ranks (from 1) of the ordered values between which the median of their law lies with probability
    `level` at least, whatever the law; None if the smallest and the largest are not enough.

    Each value lies below the median with probability one half, so the number of those is binomial.
    """
    from scipy.special import bdtr  # late, as above

    rank = 0
    while 2 * bdtr(rank, m, 0.5) <= 1 - level:
        rank += 1
    return (rank, m + 1 - rank) if rank else None


MOST_AT_LAST_STEP = 0.1
"""Share of the successes, or failures, that may be selected at the last step of a training."""
FAR_BACK = 1.5
"""A seed that fails at so many times its first success, or more, has fallen back."""
PLATEAU = 5.41
"""Of the likelihood ratio of a lapse rate: one run in a hundred exceeds it where there is none, the rate
being 0 or more.
"""


def _shape(
    curves: Sequence[Sequence[tuple[int, bool]]], settled: Sequence[tuple[float, float]], lapse: float
) -> tuple[str, bool]:
    """What the seeds look like that are not steps of one law, in words, and whether most fall back to rise
    again for good.

    The bars are such that at most one in twenty cells of the well-behaved learners of `tests.coverage` is
    called anything.
    """
    m = len(curves)
    first = [min((n for n, success in curve if success), default=math.inf) for curve in curves]
    back = sum(last >= FAR_BACK * start for (last, _), start in zip(settled, first, strict=True))
    plateau = lapse > PLATEAU and back >= m / 2
    falls_back = not plateau and back >= 2 * m / 3 + 1
    seen = ""
    if plateau:
        seen = f"; {back} of {m} seeds fall back, and success levels off: a plateau"
    if falls_back:
        seen = f"; {back} of {m} seeds fall back: a dip or a wide transition"
    logs = sorted(math.log(low * high) / 2 for low, high in settled if low > 0 and math.isfinite(high))
    if _two_groups(logs):
        seen += "; seeds in two groups: two modes"
    return seen, falls_back


def _two_groups(values: Sequence[float]) -> bool:
    """Whether ordered values split into two groups of at least two, with a gap between that is more than
    1.2 + 30 / m times the standard deviation within groups.

    Of normal samples 0.1 to 1.4 % do, of m = 4 to 60 (simulated, 6000 samples each); of Student's t with two
    degrees of freedom up to 4 % for m <= 20.
    """
    m = len(values)
    for cut in range(2, m - 1):
        groups = values[:cut], values[cut:]
        means = [sum(group) / len(group) for group in groups]
        squares = sum((x - mean) ** 2 for group, mean in zip(groups, means, strict=True) for x in group)
        within = max(math.sqrt(squares / (m - 2)), 0.05)
        if groups[1][0] - groups[0][-1] > (1.2 + 30 / m) * within:
            return True
    return False


def estimate_ratio(a: Estimate, b: Estimate, *, over_seeds: bool = True) -> Estimate:
    """a / b of two independent estimates of positive numbers.

    The interval is built on the log scale from the two intervals by the method of variance estimates recovery
    (MOVER, Zou and Donner 2008, doi:10.1002/sim.3095): log best_a - log best_b, minus and plus the root of
    the summed squares of the two distances from best to the end that matters. Where a best value is missing
    (a censored cell), or the intervals are not over seeds (`over_seeds` False: a cell has one), the ends are
    the cautious low_a / high_b and high_a / low_b; ends that no data bound are 0 and None.
    """
    best = a.best / b.best if a.best is not None and b.best is not None else None
    recovered = over_seeds and best is not None
    low, high = 0.0, None
    if a.low and b.high is not None:
        low = a.low / b.high
        if recovered and a.best and b.best and best:
            low = best / math.exp(math.hypot(math.log(a.best / a.low), math.log(b.high / b.best)))
    if a.high is not None and b.low:
        high = a.high / b.low
        if recovered and a.best and b.best and best:
            high = best * math.exp(math.hypot(math.log(a.high / a.best), math.log(b.best / b.low)))
    how = "MOVER of the two intervals" if recovered else "ends of the two ranges"
    return Estimate(low, best, high, f"ratio, {how}; numerator: {a.method}; denominator: {b.method}")


def at_last_step(result: SeedResult, most_steps: int | None, *, success: bool = True) -> int:
    """Successes of the seed, or failures, whose net was selected at step `most_steps`, the last that training
    may take.
    """
    return sum(
        outcome.success == success and most_steps is not None and outcome.selected.get("step") == most_steps
        for outcome in result.outcomes
    )


def _limited(results: Sequence[SeedResult], most_steps: int | None) -> str:
    """Of successes or of failures more than one in ten at the last step: with more, these might succeed and
    those be failures no longer.
    """
    words = ""
    for success, name in ((True, "successes"), (False, "failures")):
        every = sum(outcome.success == success for result in results for outcome in result.outcomes)
        last = sum(at_last_step(result, most_steps, success=success) for result in results)
        if last > MOST_AT_LAST_STEP * every:
            words += f"; {last} of {every} {name} selected at the last step: limited by steps"
    return words


def _notes(results: Sequence[SeedResult]) -> str:
    """What a reader must know of the seeds: how many are censored, how many contradict themselves."""
    counts = [
        (sum(result.threshold.censored == "left" for result in results), "left-censored"),
        (sum(result.threshold.censored == "right" for result in results), "right-censored"),
        (sum(not result.threshold.monotone for result in results), "not monotone"),
    ]
    return "".join(f"; {count} {what}" for count, what in counts if count)
