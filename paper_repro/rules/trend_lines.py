"""Trend lines of a test error: a power law in n, extrapolated to the error of another net."""

import dataclasses
import math

import numpy as np
from scipy.special import stdtr, stdtrit

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Where,
    all_of,
    complete,
    decided,
    in_words,
    not_run,
)
from paper_repro.rules.error_curves import Curve, curves, jackknife, log_means
from paper_repro.rules.evidence import Sided, tails
from paper_repro.rules.ratios import exponentiated
from sims.search.estimate import Estimate

LARGEST = 700.0
"""Logarithm of a number of times beyond which none is given."""


@dataclasses.dataclass(frozen=True)
class _Line:
    """The least-squares line of log mean error on log n: slope; and at one n its value with the standard
    error and the degrees of freedom that the scatter about the line gives; the slope's error too."""

    slope: float
    value: float
    slope_error: float
    value_error: float
    degrees: int


def _line(log_ns: np.ndarray, log_errors: np.ndarray, log_n: float) -> _Line:
    middle = log_ns.mean()
    spread = float(np.sum((log_ns - middle) ** 2))
    slope = float(np.sum((log_ns - middle) * log_errors)) / spread
    residuals = log_errors - log_errors.mean() - slope * (log_ns - middle)
    degrees = len(log_ns) - 2
    scatter = float(np.sum(residuals**2)) / degrees
    return _Line(
        slope=slope,
        value=float(log_errors.mean()) + slope * (log_n - middle),
        slope_error=math.sqrt(scatter / spread),
        value_error=math.sqrt(scatter * (1 / len(log_ns) + (log_n - middle) ** 2 / spread)),
        degrees=degrees,
    )


def _both(estimate: Estimate, seeds: int, error: float, degrees: int) -> tuple[Sided, Estimate]:
    """Tests of a value against 0, and its interval: by its seeds and by the scatter about the line, the
    larger p-value and the wider interval of the two."""
    best = estimate.best
    assert best is not None
    by_seeds = tails(estimate, 0.0, seeds=seeds)
    scaled = best / error if error else math.copysign(math.inf, best)
    below, above = (float(stdtr(degrees, sign * scaled)) for sign in (1, -1))
    half = -float(stdtrit(degrees, 0.025)) * error
    ends = (
        None if estimate.low is None else min(estimate.low, best - half),
        None if estimate.high is None else max(estimate.high, best + half),
    )
    test = Sided(below=max(by_seeds.below, below), above=max(by_seeds.above, above))
    return test, Estimate(ends[0], best, ends[1], "the wider of jackknife and scatter, 95 % interval")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExtrapolatedAbove:
    """By its trend line, the net `above` needs at least `factor` times the samples that `below` had last for
    the error that `below` has there, at every size.

    The line is held against that error at the n that is `factor` times as large, where it is linear in what
    is measured, and not the n at which both meet. above, below: columns of evaluations to match, which leave
    one cell a size; names: both nets in words.
    """

    names: tuple[str, str]
    above: Where
    below: Where
    factor: float

    @property
    def text(self) -> str:
        """The rule in words."""
        one, two = self.names
        return (
            f"A least-squares line through the {one}'s mean test error ({in_words(self.above)}) against n, "
            f"both in logarithms and at all n measured, extrapolated to {self.factor:g} times the largest n "
            f"at which the {two} ({in_words(self.below)}) is measured, and held against the {two}'s mean "
            "error at that largest n. Tests by a jackknife over the seeds of both and by the scatter about "
            "the line, the larger p-value of the two. Reproduced if at every size the line falls and still "
            f"lies above that error (intersection-union), contradicted if at some size it lies below "
            f"(Bonferroni over sizes), each at error probability {LEVEL:g}. An error that is not shown to "
            "fall has no trend line to extrapolate, and denies a reproduction."
        )

    def decide(self, asked: Asked) -> Finding:
        """Tests at every size."""
        pairs = list(curves(asked, self.above, self.below))
        used = [row for _, above, below in pairs for row in (*above.rows, *below.rows)]
        if not pairs or any(len(above.ns) < FEWEST for _, above, _ in pairs):
            why = "no size with both curves" if not pairs else f"fewer than {FEWEST} n of a line measured"
            return not_run(used, why)
        tests = [self._test(place, above, below) for place, above, below in pairs]
        known = sorted(times for *_, times in tests if times is not None)
        one, two = self.names
        summary = f"at none of {len(tests)} sizes the {one}'s error is shown to fall"
        if known:
            summary = (
                f"the {one}'s line meets the {two}'s error at {known[0]:.3g} to {known[-1]:.3g} times its "
                f"samples, at {len(known)} of {len(tests)} sizes"
            )
        both = all_of((within, beyond) for within, beyond, *_ in tests)
        finding = decided(used, both, summary, (evidence for *_, evidence, _ in tests))
        return complete(finding, asked)

    def _test(self, place: str, above: Curve, below: Curve) -> tuple[float, float, Evidence, float | None]:
        """p-values of "falls and lies above" and of "lies below"; the evidence; where both meet, as a
        multiple of the largest n of `below` (None for a line that is not shown to fall)."""
        one, two = self.names
        seeds = min(len(above.errors), len(below.errors))
        log_n = math.log(self.factor * below.ns[-1])

        def line_of(errors: np.ndarray) -> _Line:
            return _line(above.log_ns, log_means(errors), log_n)

        line = line_of(above.errors)
        gap = jackknife(lambda a, b: line_of(a).value - float(log_means(b)[-1]), above.errors, below.errors)
        slope = jackknife(lambda a, _: line_of(a).slope, above.errors, below.errors)
        falling, exponent = _both(slope, seeds, line.slope_error, line.degrees)
        at, distance = _both(gap, seeds, line.value_error, line.degrees)
        note = ", ".join(
            f"{'open' if value is None else f'{value:.2g}'}" for value in (exponent.low, exponent.high)
        )
        note = f"exponent {line.slope:.2g} [{note}]"
        times = None
        if falling.below <= LEVEL and gap.best is not None:
            # The line is gap.best above at `factor` times n, and falls by -slope for each e-fold of n.
            log_times = math.log(self.factor) - gap.best / line.slope
            times = math.exp(log_times) if log_times < LARGEST else math.inf
            note += f", met at {times:.3g} times the samples"
        else:
            note += ", not shown to fall: no line to extrapolate"
        evidence = Evidence(
            f"{one}'s line at n = {self.factor * below.ns[-1]:g} over {two}'s error at n = {below.ns[-1]}, "
            f"at {place}",
            exponentiated(distance),
            "above 1",
            note,
        )
        return max(at.above, falling.below), at.below, evidence, times
