"""Evaluate every n of a list: a whole learning curve rather than only its crossing."""

from dataclasses import dataclass, replace
from typing import ClassVar

from sims.pieces import register
from sims.pieces.errors import is_whole, require
from sims.search.outcome import State, Threshold, is_monotone


@register("search")
@dataclass(frozen=True, kw_only=True)
class Grid:
    """Evaluate all of `ns` (increasing integers).

    The threshold's `high` is the smallest n from which every larger one succeeds, its `low` the point before
    it, which fails. If all succeed it is left-censored; if the largest fails it is right-censored.
    """

    name: ClassVar[str] = "grid"
    version: ClassVar[int] = 1

    ns: tuple[int, ...]

    def __post_init__(self) -> None:
        whole = isinstance(self.ns, tuple) and all(is_whole(n) and n >= 1 for n in self.ns)
        rising = whole and sorted(set(self.ns)) == list(self.ns) != []
        require(rising, "ns", self.ns, "strictly increasing integers >= 1, at least one")

    def grid(self) -> tuple[int, ...]:
        """All the n that the search evaluates, increasing."""
        return self.ns

    def start_state(self) -> State:
        """The state before any evaluation."""
        return State()

    def propose(self, state: State) -> int | None:
        """The next n to evaluate, or None when every one has been."""
        return self.ns[len(state.evaluated)] if len(state.evaluated) < len(self.ns) else None

    def observe(self, state: State, n: int, success: bool) -> State:
        """The state after the outcome of evaluating the proposed `n`.

        Raises ValueError if `n` is not what `propose` asked for.
        """
        if n != self.propose(state):
            raise ValueError(f"observed n = {n}, but {self.propose(state)} was proposed")
        return replace(state, evaluated=(*state.evaluated, (n, bool(success))))

    def threshold(self, state: State) -> Threshold:
        """The threshold of the whole curve.

        Raises ValueError while the search has not ended.
        """
        if self.propose(state) is not None:
            raise ValueError("the search has not ended")
        monotone = is_monotone(state.evaluated)
        failures = [n for n, success in state.evaluated if not success]
        if not failures:
            return Threshold(0, self.ns[0], "left", monotone)
        low = max(failures)
        if low == self.ns[-1]:
            return Threshold(low, None, "right", monotone)
        return Threshold(low, self.ns[self.ns.index(low) + 1], "none", monotone)
