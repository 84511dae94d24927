"""Conditions that a theorem puts on trained nets, read off the nets themselves, and claims about them."""

import dataclasses
from collections.abc import Callable, Sequence

from paper_repro.rules.base import (
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    by_cell,
    cell_places,
    complete,
    not_run,
    of_rows,
)
from theory.limits.boosting import passing_probability


@dataclasses.dataclass(frozen=True)
class Checked:
    """Whether a condition holds at a size (None: what it is about was not recorded), and what was found."""

    holds: bool | None
    text: str


Condition = Callable[[Row, Sequence[Row]], Checked]
"""A condition: from a row of the cell's n* and the cell's evaluations."""


def nets_have_at_least(column: str, least: float, words: str) -> Condition:
    """The condition that every net that reached the target has at least `least` in a column of evaluations,
    such as ``alignment_median``; words: what the column is."""

    def check(row: Row, evaluations: Sequence[Row]) -> Checked:
        reached = _of_successes(column, evaluations)
        if not reached:
            return Checked(None, f"{words} not recorded")
        below = sum(value < least for value in reached)
        found = f"{words} {min(reached):.2g} to {max(reached):.2g}"
        if below:
            return Checked(False, f"{found}, below {least:g} in {below} of {len(reached)} nets")
        return Checked(True, found)

    return check


def quiet_below_bias(most: float) -> Condition:
    """The condition k Phi(-b / (2 sigma)) <= most, b the final bias of every net that reached the target.

    What the proof of the FCN's lower bound asks of the noise: see
    `theory.limits.boosting.passing_probability`.
    """

    def check(row: Row, evaluations: Sequence[Row]) -> Checked:
        reached = _of_successes("final_bias", evaluations)
        if not reached:
            return Checked(None, "final bias not recorded")
        passing = passing_probability(row["k"], row["sigma"], reached).tolist()
        above = sum(value > most for value in passing)
        found = f"b {min(reached):.2g} to {max(reached):.2g}, p {min(passing):.2g} to {max(passing):.2g}"
        return Checked(not above, f"{found}, above {most:g} in {above} of {len(passing)} nets")

    return check


def _of_successes(column: str, evaluations: Sequence[Row]) -> list[float]:
    return [row[column] for row in evaluations if row["success"] and row.get(column) is not None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConditionHolds:
    """A condition holds at every size at which n* of `model` was measured. words: the condition."""

    condition: Condition
    words: str
    model: str
    where: Where = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"{self.words}, at each size at which n* of the {self.model.upper()} was measured"
            f"{of_rows(self.where)}, over the nets that reached the target. Reproduced if it holds for every "
            "net at every size, contradicted if at some size it fails for one; it is read off the nets, "
            "without a test. Inconclusive where it was not recorded."
        )

    def decide(self, asked: Asked) -> Finding:
        """The condition, size by size."""
        rows = asked.thresholds(self.where, self.model)
        if not rows:
            return not_run(rows, f"no n* of the {self.model.upper()} measured")
        cells = by_cell(rows)
        found = [self.condition(own[0], asked.evaluations_of(cell)) for cell, own in cells.items()]
        held, failed = (sum(check.holds is value for check in found) for value in (True, False))
        outcome = "contradicted" if failed else "reproduced" if held == len(found) else "inconclusive"
        finding = Finding(
            outcome=outcome,
            error_probability=0.0 if outcome != "inconclusive" else None,
            summary=f"holds at {held} of {len(found)} sizes, fails at {failed}",
            evidence=tuple(
                Evidence(f"{self.model.upper()} at {place}", None, "the condition", check.text)
                for place, check in zip(cell_places(rows), found, strict=True)
            ),
            cells=len(cells),
        )
        return complete(finding, asked, lacking=len(found) - held - failed)
