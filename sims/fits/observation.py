"""What a fit sees: one interval for n* a seed, at its k, d and sigma."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sims.pieces.errors import require


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

    @property
    def censored(self) -> bool:
        """Whether one end is missing."""
        return self.low == 0 or self.high is None

    @property
    def cell(self) -> tuple[float, float, float]:
        """(k, d, sigma)"""
        return (self.k, self.d, self.sigma)


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
    """One observation a cell in place of its seeds: geometric means of their ends, censored where one is. A
    cell with seeds censored on both sides says nothing, and gives none.
    """
    cells: dict[tuple[float, float, float], list[Observation]] = {}
    for o in observations:
        cells.setdefault(o.cell, []).append(o)
    found = []
    for seeds in cells.values():
        low, high = log_intervals(seeds)
        ends = float(np.exp(low.mean())), float(np.exp(high.mean()))
        if ends[0] > 0 or math.isfinite(ends[1]):
            found.append(replace(seeds[0], low=ends[0], high=ends[1] if math.isfinite(ends[1]) else None))
    return found
