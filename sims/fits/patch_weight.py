"""How much a patch costs beside a coordinate: the weight rho in n* = a sigma^2 (d + rho k) + c."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import root_scalar
from scipy.special import stdtr, stdtrit

from sims.pieces.errors import require
from sims.search.estimate import Estimate

FEWEST = 6
"""Cells below which nothing is fitted: three parameters leave fewer than three degrees of freedom."""
_LARGEST = 1e4
"""Weights beyond this are not told from infinity, n* ~ k alone."""
_GRID = np.concatenate([[0.0], np.geomspace(1e-3, _LARGEST, 141)])
_LEAST_SPREAD = 1e-3
"""Smallest standard deviation of log n* about the law; an exact law would otherwise have none."""
_COARSE, _FINE, _ROUNDS = 81, 21, 6
_OFFSETS = (math.log(1e-4), math.log(1e4))
"""Range of log((c / a sigma^2 + x) / spread of x), x the least d + rho k: from where n* of the least cell is
almost 0 to where n* is almost the same in every cell."""


@dataclass(frozen=True, kw_only=True)
class CellSize:
    """n* of one cell, in samples, at its number of patches, coordinates a patch and noise a coordinate."""

    k: float
    d: float
    sigma: float
    n: float

    def __post_init__(self) -> None:
        for name in ("k", "d", "sigma", "n"):
            value = getattr(self, name)
            require(0 < value < math.inf, name, value, "a finite number > 0")


@dataclass(frozen=True, kw_only=True)
class PatchWeight:
    """The fitted weight rho: 0 for n* ~ sigma^2 d, 1 for n* ~ sigma^2 (k + d); and what tests of it need.

    estimate: with a 95 % profile-likelihood interval, t-corrected; its high end is None where weights up to
    10^4 are not excluded. amplitude: a sigma^2 at `noise`, the geometric mean of the cells' sigma. offset: c,
    in samples, of either sign. spread: standard deviation of log n* of the cells about the law, by the
    degrees of freedom: noise of the seeds and lack of fit together.
    """

    estimate: Estimate
    amplitude: float
    offset: float
    noise: float
    spread: float
    cells: tuple[CellSize, ...]
    degrees: int

    def predict(self, k: float, d: float, sigma: float) -> float:
        """n* of the law at (k, d, sigma)."""
        assert self.estimate.best is not None
        return self.amplitude * (sigma / self.noise) ** 2 * (d + self.estimate.best * k) + self.offset

    def tails(self, weight: float) -> tuple[float, float]:
        """p-values of "rho is below `weight`" and "above", by Student's t on the profile likelihood."""
        require(weight >= 0, "weight", weight, "a number >= 0")
        best = self.estimate.best or 0.0
        least, reached = _profile(self.cells, np.array([best, weight])).squares
        size = math.sqrt(max(reached - least, 0.0)) / self.spread
        t = size if best > weight else -size
        return float(stdtr(self.degrees, t)), float(stdtr(self.degrees, -t))


@dataclass(frozen=True, kw_only=True)
class _Profile:
    """The best fit at each weight, arrays (W,): sum of squares of log n*, amplitude, offset; flat: whether it
    lies where n* is the same in every cell."""

    squares: np.ndarray
    amplitude: np.ndarray
    offset: np.ndarray
    flat: np.ndarray


def _shape(cells: Sequence[CellSize]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """sigma^2 d and sigma^2 k in units of the geometric mean of sigma^2, and log n*: (N,) each."""
    noise = np.array([cell.sigma for cell in cells], dtype=float)
    square = (noise / np.exp(np.log(noise).mean())) ** 2
    k, d = np.array([cell.k for cell in cells]), np.array([cell.d for cell in cells])
    return square * d, square * k, np.log([cell.n for cell in cells])


def _profile(cells: Sequence[CellSize], weights: np.ndarray) -> _Profile:
    """Least squares on log n* at each of `weights` (W,).

    log n* = log a + log(x + c/a) with x = sigma^2 (d + rho k): log a is a mean, which leaves a search in c/a
    alone, over a grid that is refined around its best place.
    """
    by_d, by_k, log_n = _shape(cells)
    x = by_d + weights[:, None] * by_k
    least, span = x.min(1, keepdims=True), np.ptp(x, axis=1, keepdims=True)
    low, high = np.full((len(x), 1), _OFFSETS[0]), np.full((len(x), 1), _OFFSETS[1])
    unit = np.linspace(0.0, 1.0, _COARSE)
    for _ in range(_ROUNDS):
        above = span * np.exp(low + (high - low) * unit)
        residual = log_n - np.log((x - least)[:, None, :] + above[:, :, None])
        squares = np.square(residual - residual.mean(-1, keepdims=True)).sum(-1)
        place = squares.argmin(1)[:, None]
        width = (high - low) / (len(unit) - 1)
        centre = low + place * width
        low, high = np.maximum(centre - width, _OFFSETS[0]), np.minimum(centre + width, _OFFSETS[1])
        unit = np.linspace(0.0, 1.0, _FINE)
    ratio = (span * np.exp(centre) - least)[:, 0]
    amplitude = np.exp((log_n - np.log(x + ratio[:, None])).mean(1))
    return _Profile(
        squares=squares.min(1),
        amplitude=amplitude,
        offset=amplitude * ratio,
        flat=centre[:, 0] > _OFFSETS[1] - 1,
    )


def _identified(cells: Sequence[CellSize]) -> bool:
    """Whether the sizes tell sigma^2 d, sigma^2 k and a constant apart.

    With sigma^2 ~ 1/k they do not: sigma^2 k is the same in every cell.
    """
    by_d, by_k, _ = _shape(cells)
    columns = np.column_stack([by_d / by_d.max(), by_k / by_k.max(), np.ones(len(cells))])
    return bool(np.linalg.svd(columns, compute_uv=False)[-1] > 1e-3)


def patch_weight(cells: Sequence[CellSize], *, level: float = 0.95) -> PatchWeight | None:
    """Maximum-likelihood rho >= 0 in n* = a sigma^2 (d + rho k) + c, cells log-normal about it.

    The offset c of either sign takes up what does not grow, such as the held-out samples that a selection
    needs anyhow. Every cell is one observation, so that the degrees of freedom are cells - 3 and its seeds
    are not counted as if each were a size of its own. Normal errors on the log scale make the profile
    likelihood N/2 log of the sum of squares, whose t correction is that of least squares.

    None for fewer than `FEWEST` cells, sizes that cannot tell d, k and an offset apart, or n* that does not
    grow. Raises `InputError` for a level outside (0, 1).
    """
    require(0 < level < 1, "level", level, "a number between 0 and 1")
    if len(cells) < FEWEST or not _identified(cells):
        return None
    grid = _GRID
    for _ in range(4):
        profile = _profile(cells, grid)
        place = int(np.argmin(profile.squares))
        best = float(grid[place])
        grid = np.linspace(grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)], 21)
    if profile.flat[place]:
        return None
    least, degrees = float(profile.squares[place]), len(cells) - 3
    spread = max(math.sqrt(least / degrees), _LEAST_SPREAD)
    allowed = least + (spread * float(stdtrit(degrees, (1 + level) / 2))) ** 2

    def excess(weight: float) -> float:
        return float(_profile(cells, np.array([weight])).squares[0]) - allowed

    low = 0.0 if best == 0 or excess(0.0) <= 0 else root_scalar(excess, bracket=(0.0, best), xtol=1e-5).root
    high = None if excess(_LARGEST) <= 0 else root_scalar(excess, bracket=(best, _LARGEST), xtol=1e-5).root
    method = f"profile likelihood over {len(cells)} cells, {100 * level:g} % interval, t-corrected"
    return PatchWeight(
        estimate=Estimate(low, best, high, method),
        amplitude=float(profile.amplitude[place]),
        offset=float(profile.offset[place]),
        noise=math.exp(float(np.mean([math.log(cell.sigma) for cell in cells]))),
        spread=spread,
        cells=tuple(cells),
        degrees=degrees,
    )
