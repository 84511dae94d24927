"""What a search sees and what it says: outcomes of single evaluations, and the threshold they bracket."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

Censoring = Literal["none", "left", "right"]


@dataclass(frozen=True)
class Outcome:
    """One evaluation: a learner given `n` samples under `seed`.

    `success` says whether the target was reached; `risk` is the selected risk, `steps` and `trainings` what
    it cost, `selected` the hyperparameters of the selected run.
    """

    seed: int
    n: int
    success: bool
    risk: float = float("nan")
    steps: int = 0
    trainings: int = 0
    selected: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Threshold:
    """Where a seed's success begins: it fails at `low` and succeeds at `high`.

    Left-censored (success at the smallest n): ``low = 0``. Right-censored (failure at the largest n): ``high
    = None``. `monotone` is False if any evaluated success lies below an evaluated failure.
    """

    low: int
    high: int | None
    censored: Censoring
    monotone: bool


@dataclass(frozen=True)
class SeedResult:
    """The threshold of one seed, with every evaluation that led to it in the order in which they were
    made.
    """

    seed: int
    threshold: Threshold
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class State:
    """All that a search knows about one seed.

    `low` and `high` are the ends of the bracket (None: not found yet), `evaluated` every (n, success) so far,
    `checks` the points still to be evaluated to confirm the bracket, and `confirmed` whether that has begun.
    """

    low: int | None = None
    high: int | None = None
    evaluated: tuple[tuple[int, bool], ...] = ()
    checks: tuple[int, ...] = ()
    confirmed: bool = False


class Search(Protocol):
    """A search is a pure state machine: it proposes an n, observes the outcome, and ends with a threshold."""

    name: ClassVar[str]
    version: ClassVar[int]

    def grid(self) -> tuple[int, ...]: ...

    def start_state(self) -> State: ...

    def propose(self, state: State) -> int | None: ...

    def observe(self, state: State, n: int, success: bool) -> State: ...

    def threshold(self, state: State) -> Threshold: ...


def is_monotone(evaluated: tuple[tuple[int, bool], ...]) -> bool:
    """Whether every evaluated success lies above every evaluated failure."""
    successes = [n for n, success in evaluated if success]
    failures = [n for n, success in evaluated if not success]
    return not successes or not failures or min(successes) > max(failures)
