"""Bracket by doubling, then bisect on a geometric grid of n; a pure state machine for one seed."""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, ClassVar

from sims.pieces import added, register
from sims.pieces.errors import is_number, require
from sims.pieces.fields import Checked, Number, Whole
from sims.search.outcome import Censoring, State, Threshold, is_monotone

MAX_N = 10_000_000
"""Largest training set that a search may ask for."""
CONFIRM_STEP = 1.25
"""How far beyond the bracket, as a ratio, the confirming evaluations lie."""
MAX_RATIO = 1e6
"""Of the points further above it."""


@lru_cache
def geometric_grid(n_min: int, n_max: int, ratio: float) -> tuple[int, ...]:
    """Increasing integers from `n_min` to `n_max`; neighbours differ by a factor of at most `ratio`, or by
    one.
    """
    points = [n_min]
    while points[-1] < n_max:
        points.append(min(max(points[-1] + 1, math.floor(points[-1] * ratio)), n_max))
    return tuple(points)


@register("search")
@dataclass(frozen=True, kw_only=True)
class Bisection(Checked):
    """Find where failure turns into success, to within neighbouring points of `grid()`.

    From `start` (default `n_min`) n is doubled or halved until a failure and a success are bracketed, and the
    bracket is bisected on the grid. With ``confirm=1`` (the default) one point about 25 % above the bracket
    and one about 25 % below it are then evaluated. If exactly one of them contradicts the bracket, the
    search resumes, once, on that side of it: an early lucky success would otherwise end the search far from
    where the curve crosses one half. A contradiction leaves ``monotone=False`` in the threshold; nothing is
    smoothed away, and every evaluation stays in the record.

    beyond: ratios > 1, as (2.0, 4.0), at which points further above and below the bracket are looked at
    beside, where ``confirm=1``: a curve that has been up before or falls again (a dip), or never gets steady
    (a plateau), is seen by nothing nearer.
    """

    name: ClassVar[str] = "bisection"
    version: ClassVar[int] = 1

    n_min: Annotated[int, Whole(1)]
    n_max: Annotated[int, Whole(1, MAX_N)]
    ratio: Annotated[float, Number(above=1)] = 1.05
    start: Annotated[int | None, Whole(1)] = None
    confirm: Annotated[int, Whole(0, 1)] = 1
    beyond: tuple[float, ...] = added(())

    def __post_init__(self) -> None:
        super().__post_init__()
        enough = f"an integer >= n_min = {self.n_min} and <= {MAX_N}"
        require(self.n_min <= self.n_max, "n_max", self.n_max, enough)
        inside = self.start is None or self.n_min <= self.start <= self.n_max
        require(inside, "start", self.start, f"an integer in [{self.n_min}, {self.n_max}], or None")
        fine = all(is_number(ratio) and 1 < ratio <= MAX_RATIO for ratio in self.beyond)
        fine = fine and (self.confirm == 1 or not self.beyond)
        require(fine, "beyond", self.beyond, f"ratios > 1, at most {MAX_RATIO:g}, with confirm=1")

    def grid(self) -> tuple[int, ...]:
        """All the n that the search may evaluate, increasing."""
        return geometric_grid(self.n_min, self.n_max, self.ratio)

    def start_state(self) -> State:
        """The state before any evaluation."""
        return State()

    def propose(self, state: State) -> int | None:
        """The next n to evaluate, or None when the search has ended."""
        return state.checks[0] if state.checks else self._bracketing(state)

    def observe(self, state: State, n: int, success: bool) -> State:
        """The state after the outcome of evaluating the proposed `n`.

        Raises ValueError if `n` is not what `propose` asked for.
        """
        if n != self.propose(state):
            raise ValueError(f"observed n = {n}, but {self.propose(state)} was proposed")
        success = bool(success)
        state = replace(state, evaluated=(*state.evaluated, (n, success)))
        if state.checks:
            state = replace(state, checks=state.checks[1:])
            return state if state.checks else self._resume(state)
        state = replace(state, high=n) if success else replace(state, low=n)
        if self.confirm and not state.confirmed and self._bracketing(state) is None:
            state = replace(state, checks=self._checks(state), confirmed=True)
        return state

    def threshold(self, state: State) -> Threshold:
        """The threshold that a finished search has found.

        Raises ValueError while the search has not ended.
        """
        if self.propose(state) is not None:
            raise ValueError("the search has not ended")
        censored: Censoring = "left" if state.low is None else "right" if state.high is None else "none"
        return Threshold(state.low or 0, state.high, censored, is_monotone(state.evaluated))

    def _bracketing(self, state: State) -> int | None:
        """The next n of the doubling and of the bisection; None when the bracket cannot be narrowed."""
        grid = self.grid()
        low, high = state.low, state.high
        if low is None and high is None:
            start = self.n_min if self.start is None else self.start
            return grid[bisect_right(grid, start) - 1]
        if low is None:
            assert high is not None
            return None if high == grid[0] else grid[max(bisect_right(grid, high // 2) - 1, 0)]
        if high is None:
            return None if low == grid[-1] else grid[min(bisect_left(grid, 2 * low), len(grid) - 1)]
        below, above = bisect_left(grid, low), bisect_left(grid, high)
        return grid[(below + above) // 2] if above - below > 1 else None

    def _checks(self, state: State) -> tuple[int, ...]:
        """The unevaluated grid points nearest to 25 % above and below the bracket, and to `beyond`, on the
        sides where there are any.
        """
        known = {n for n, _ in state.evaluated}
        found: list[int] = []
        if state.high is not None:
            for ratio in (CONFIRM_STEP, *self.beyond):
                above = [n for n in self.grid() if n > state.high and n not in {*known, *found}]
                found += self._nearest(above, state.high * ratio)
        if state.low is not None:
            for ratio in (CONFIRM_STEP, *self.beyond):
                below = [n for n in self.grid() if n < state.low and n not in {*known, *found}]
                found += self._nearest(below, state.low / ratio)
        return tuple(found)

    @staticmethod
    def _nearest(points: list[int], target: float) -> list[int]:
        return [min(points, key=lambda n: (abs(math.log(n / target)), n))] if points else []

    @staticmethod
    def _resume(state: State) -> State:
        """Move the bracket to the side on which alone a check has contradicted it; else leave it."""
        failed_above = [n for n, success in state.evaluated if state.high and n > state.high and not success]
        succeeded_below = [n for n, success in state.evaluated if state.low and n < state.low and success]
        if failed_above and not succeeded_below:
            low = max(failed_above)
            return replace(
                state, low=low, high=min((n for n, s in state.evaluated if s and n > low), default=None)
            )
        if succeeded_below and not failed_above:
            high = min(succeeded_below)
            below = [n for n, success in state.evaluated if not success and n < high]
            return replace(state, low=max(below, default=None), high=high)
        return state
