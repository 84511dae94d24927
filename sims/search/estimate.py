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


def estimate_threshold(results: Sequence[SeedResult], *, level: float = 0.95) -> Estimate:
    """n* of a cell: the median over seeds of the n at which success has probability 1/2.

    Two seeds or more: maximum of the random-effects probit likelihood of all evaluations and its t-corrected
    profile interval (`sims.search.probit`). Seeds censored on some side enter as such. If every seed is
    right-censored, the largest n is a lower bound and there is no best value; likewise on the left. If the
    maximum lies outside the n that were evaluated there is no best value either, but the end that the
    likelihood does bound.

    One seed: its bracket (the range in which its outcomes switch, where they contradict each other). That
    says where this seed switches and nothing of other seeds, so no interval over seeds exists; the method
    says so.

    Raises `InputError` for no results or a level outside (0, 1).
    """
    from sims.search.probit import profile_interval, switch_range  # late: it imports scipy

    require(len(results) > 0, "results", list(results), "at least one seed")
    require(0 < level < 1, "level", level, "a number between 0 and 1")
    m = len(results)
    curves = [[(outcome.n, outcome.success) for outcome in result.outcomes] for result in results]
    notes = _notes(results)
    evaluated = [n for curve in curves for n, _ in curve]
    if all(result.threshold.censored == "right" for result in results):
        bound = max(result.threshold.low for result in results)
        return Estimate(float(bound), None, None, f"lower bound: all {m} seeds right-censored")
    if all(result.threshold.censored == "left" for result in results):
        bound = min(result.threshold.high or math.inf for result in results)
        return Estimate(0.0, None, float(bound), f"upper bound: all {m} seeds left-censored")
    if m == 1:
        low, high = switch_range(curves[0])
        best = math.sqrt(low * high) if low > 0 and math.isfinite(high) else None
        method = "bracket of one seed; no interval over seeds exists" + notes
        return Estimate(float(low), best, high if math.isfinite(high) else None, method)
    profile = profile_interval(curves, level)
    method = f"random-effects probit over {m} seeds, {100 * level:g} % profile interval, t-corrected{notes}"
    low = math.exp(profile.low) if math.isfinite(profile.low) else 0.0
    high = math.exp(profile.high) if math.isfinite(profile.high) else None
    best = math.exp(profile.best)
    if best > max(evaluated):
        return Estimate(low, None, None, f"{method}; beyond the largest n")
    if best < min(evaluated):
        return Estimate(0.0, None, high, f"{method}; below the smallest n")
    return Estimate(low, best, high, method)


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


def _notes(results: Sequence[SeedResult]) -> str:
    """What a reader must know of the seeds: how many are censored, how many contradict themselves."""
    counts = [
        (sum(result.threshold.censored == "left" for result in results), "left-censored"),
        (sum(result.threshold.censored == "right" for result in results), "right-censored"),
        (sum(not result.threshold.monotone for result in results), "not monotone"),
    ]
    return "".join(f"; {count} {what}" for count, what in counts if count)
