"""Measure one cell: drive its search with its evaluator and estimate n* from what the seeds showed."""

import contextlib
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from sims.pieces.cell import Cell
from sims.search import Outcome, SeedResult, Threshold, run_search
from sims.search.drive import Holding
from sims.search.estimate import Estimate, estimate_threshold

if TYPE_CHECKING:
    from sims.machine.pool import Pool

OnOutcome = Callable[[Outcome], None]


class Evaluate(Protocol):
    """What a search is driven with: outcomes of (seed, n) requests, in their order."""

    target: float
    floor: float

    def __call__(self, requests: list[tuple[int, int]], /) -> list[Outcome]:
        """Train and judge."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellResult:
    """What a cell's measurement found.

    target: the risk to reach; floor: the risk that the target is counted from; n_star: the estimate over
    seeds; per_seed: bracket and every evaluation of each seed; trainings, steps: totals over evaluations.
    """

    target: float
    floor: float
    n_star: Estimate
    per_seed: tuple[SeedResult, ...]
    trainings: int
    steps: int

    def to_json(self) -> dict[str, Any]:
        """JSON-ready form, as kept in the store."""
        return {
            "target": self.target,
            "floor": self.floor,
            "n_star": dataclasses.asdict(self.n_star),
            "per_seed": [_seed_to_json(seed) for seed in self.per_seed],
            "trainings": self.trainings,
            "steps": self.steps,
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> "CellResult":
        """The inverse of `to_json`. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        return CellResult(
            target=float(data["target"]),
            floor=float(data["floor"]),
            n_star=Estimate(**data["n_star"]),
            per_seed=tuple(_seed_from_json(seed) for seed in data["per_seed"]),
            trainings=int(data["trainings"]),
            steps=int(data["steps"]),
        )


def _seed_to_json(result: SeedResult) -> dict[str, Any]:
    threshold = result.threshold
    return {
        "seed": result.seed,
        "low": threshold.low,
        "high": threshold.high,
        "censored": threshold.censored,
        "monotone": threshold.monotone,
        "evaluations": [_outcome_to_json(outcome) for outcome in result.outcomes],
    }


def _seed_from_json(data: dict[str, Any]) -> SeedResult:
    seed = int(data["seed"])
    threshold = Threshold(
        low=data["low"], high=data["high"], censored=data["censored"], monotone=data["monotone"]
    )
    outcomes = tuple(_outcome_from_json(seed, item) for item in data["evaluations"])
    return SeedResult(seed=seed, threshold=threshold, outcomes=outcomes)


def _outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "n": outcome.n,
        "risk": outcome.risk,
        "success": outcome.success,
        "steps": outcome.steps,
        "trainings": outcome.trainings,
        "selected": outcome.selected,
    }


def _outcome_from_json(seed: int, data: dict[str, Any]) -> Outcome:
    return Outcome(**{**data, "seed": seed, "risk": float(data["risk"])})


def measure_cell(cell: Cell, pool: "Pool", *, on_outcome: OnOutcome | None = None) -> CellResult:
    """Compute a cell, always anew.

    pool runs the trainings (`sims.machine.pool.Pool`); on_outcome is called with every outcome as it comes,
    from a training thread, and an exception that it raises ends the measurement. Raises what the evaluator
    raises.
    """
    from sims.measuring.evaluate import Evaluator  # late: it imports jax

    evaluate = Evaluator(cell, pool, on_outcome=on_outcome)
    return measure_with(cell, evaluate, lock_step=False, holding=evaluate.repetition)


def measure_with(
    cell: Cell, evaluate: Evaluate, *, lock_step: bool = True, holding: Holding = contextlib.nullcontext
) -> CellResult:
    """`measure_cell` with a given evaluator; `lock_step` and `holding` as in `run_search`."""
    results = tuple(run_search(cell.search, evaluate, cell.seeds, lock_step=lock_step, holding=holding))
    outcomes = [outcome for result in results for outcome in result.outcomes]
    return CellResult(
        target=float(evaluate.target),
        floor=float(evaluate.floor),
        n_star=estimate_threshold(results, most_steps=getattr(cell.learner, "steps", None)),
        per_seed=results,
        trainings=sum(outcome.trainings for outcome in outcomes),
        steps=sum(outcome.steps for outcome in outcomes),
    )
