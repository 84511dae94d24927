"""What a fit sees: one interval for n* a seed, at its k, d and sigma."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sims.pieces.errors import require
from sims.search import Threshold


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One seed's n* lies in (low, high]: ``low = 0`` if left-censored, ``high = None`` if right-censored."""

    k: float
    d: float
    sigma: float
    low: float
    high: float | None

    def __post_init__(self) -> None:
        for name in ("k", "d", "sigma"):
            value = getattr(self, name)
            require(0 < value < math.inf, name, value, "a finite number > 0")
        require(0 <= self.low < math.inf, "low", self.low, "a finite number >= 0")
        inside = self.high is None or self.low < self.high < math.inf
        require(inside, "high", self.high, f"a finite number > low = {self.low}, or None")

    @staticmethod
    def of(threshold: Threshold, *, k: float, d: float, sigma: float) -> "Observation":
        """The observation that a seed's threshold makes."""
        return Observation(k=k, d=d, sigma=sigma, low=threshold.low, high=threshold.high)

    @property
    def censored(self) -> bool:
        """Whether one end is missing."""
        return self.low == 0 or self.high is None

    @property
    def cell(self) -> tuple[float, float, float]:
        """(k, d, sigma)"""
        return (self.k, self.d, self.sigma)


def relative_to(
    observations: Sequence[Observation], rate: Callable[[float, float, float], float]
) -> list[Observation]:
    """The observations of n* / rate(k, d, sigma).

    A claim n* = O(rate) says that no power of k or d is left in this ratio from above, Omega(rate) none from
    below: fit the power family to it and test its exponents against 0.
    """
    scales = [rate(*o.cell) for o in observations]
    return [
        replace(o, low=o.low / scale, high=None if o.high is None else o.high / scale)
        for o, scale in zip(observations, scales, strict=True)
    ]


def log_intervals(observations: Sequence[Observation]) -> tuple[np.ndarray, np.ndarray]:
    """log low and log high, shape (len(observations),) each; infinite where censored."""
    with np.errstate(divide="ignore"):
        low = np.log([float(o.low) for o in observations])
    high = np.log([math.inf if o.high is None else float(o.high) for o in observations])
    return low, high


def log_middles(observations: Sequence[Observation]) -> np.ndarray:
    """Geometric middle of each interval on the log scale; the finite end of a censored one. Shape (n,)."""
    low, high = log_intervals(observations)
    low, high = np.where(np.isfinite(low), low, high), np.where(np.isfinite(high), high, low)
    return (low + high) / 2


def of_cells(observations: Sequence[Observation]) -> list[Observation]:
    """One observation a cell in place of its seeds: geometric means of their ends, censored where one is."""
    cells: dict[tuple[float, float, float], list[Observation]] = {}
    for o in observations:
        cells.setdefault(o.cell, []).append(o)
    found = []
    for seeds in cells.values():
        low, high = log_intervals(seeds)
        ends = float(np.exp(low.mean())), float(np.exp(high.mean()))
        found.append(replace(seeds[0], low=ends[0], high=ends[1] if math.isfinite(ends[1]) else None))
    return found
