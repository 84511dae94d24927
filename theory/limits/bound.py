"""Bound: a lower bound on sample complexity as a number and what it rests on; how bounds are inverted."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from theory.limits.information import Architecture
from theory.validation import FloatArray, positive_real

# A bound beyond this many samples is reported as infinite.
_LARGEST = 2.0**60

PROPER = "the learner returns a net of the named form (a proper learner); other predictors are not bounded"
EQUIVARIANT = {
    "cnn": "the learner is equivariant under one common orthogonal block",
    "lcn": "the learner is equivariant under one orthogonal block a patch",
    "fcn": "the learner is equivariant under O(kd)",
}
SUCCESS = "success is population squared risk <= target, with the stated probability over samples and start"
ONE_FILTER = (
    "LSA activation, one filter a patch, output weights one, one common bias; norms and bias are free"
)
UNIT_NORM = "every filter has norm at most 1"
"""The class of the paper's theorems; bounds without this condition leave the norms free."""


def choice(candidates: int) -> str:
    """The condition on what else than the n samples may enter the choice of the net."""
    if candidates == 1:
        return "nothing but the n samples and the learner's own randomness enters the choice of the net"
    return f"other samples, as a test set, choose one of at most {candidates} nets made from the n samples"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Every number of samples below `n` is excluded: there the learner succeeds with probability < `success`.

    n: real where the bound is continuous in n, else whole; 0 where it says nothing. method: which bound.
    target: squared risk to reach, None where a condition on alignments stands for it. alignment: the cosine
    of filter and signal that success implies, where the bound has one. log_chance: log of the probability of
    success without any sample, or an upper bound on it. information: nats that success needs, None for bounds
    that count probabilities directly. conditions: what the bound assumes, a sentence each.
    """

    architecture: Architecture
    method: str
    k: int
    d: int
    sigma: float
    target: float | None
    success: float
    n: float
    alignment: float | None
    log_chance: float
    information: float | None
    conditions: tuple[str, ...]


def probability(name: str, value: object) -> float:
    """`value` as a float, or a ValueError unless it is a number in (0, 1]."""
    value = positive_real(name, value)
    if value > 1:
        raise ValueError(f"{name}: got {value!r}; allowed: a number in (0, 1]")
    return value


def crossing(value: Callable[[float], float], level: float, low: float, high: float) -> float:
    """Where a non-decreasing `value`, below `level` at low and not at high, reaches it: the lower end of the
    last bracket of a bisection to a relative 1e-12.
    """
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high) or high - low < 1e-12 * high:
            break
        low, high = (low, middle) if value(middle) >= level else (middle, high)
    return low


def least_real(value: Callable[[float], float], level: float) -> float:
    """The least n >= 0 with value(n) >= level, for a non-decreasing `value`; inf beyond 2^60."""
    if value(0.0) >= level:
        return 0.0
    high = 1.0
    while value(high) < level:
        high *= 2
        if high > _LARGEST:
            return math.inf
    return crossing(value, level, 0.0, high)


def least_integer(value: Callable[[int], float], level: float) -> float:
    """The least integer n >= 0 with value(n) >= level, for a non-decreasing `value`; inf beyond 2^60."""
    if value(0) >= level:
        return 0.0
    low, high = 0, 1
    while value(high) < level:
        low, high = high, 2 * high
        if high > _LARGEST:
            return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if value(middle) >= level else (middle, high)
    return float(high)


def log_chernoff(count: int, level: float, values: FloatArray, log_probabilities: FloatArray) -> float:
    """Chernoff: log P(mean of `count` X <= level) <= min over s >= 0 of count (s level + log E exp(-s X)).

    For independent X, and for any X_1, X_2, ... whose conditional laws given those before have E exp(-s X)
    at most that of `values` with exp(log_probabilities), which may sum to more than 1. Any s is valid: an
    inexact minimum costs only strength.
    """
    grid = np.linspace(-7.0, 14.0, 106)
    least = 0.0
    for _ in range(2):
        s = np.exp(grid)
        exponents = s * level + np.asarray(logsumexp(log_probabilities - s[:, None] * values, axis=1))
        best = int(np.argmin(exponents))
        least = min(least, float(exponents[best]))
        grid = np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)], 41)
    return count * least
