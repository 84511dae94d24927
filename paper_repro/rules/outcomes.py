"""Outcomes of tests, numbers such as 0 or 1, that must all be the predicted ones."""

import dataclasses

from paper_repro.rules.base import (
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    complete,
    decided,
    not_run,
    of_rows,
    undetermined,
)
from paper_repro.rules.predictions import is_exactly
from paper_repro.rules.quantities import named, places
from sims.search.estimate import Estimate


@dataclasses.dataclass(frozen=True, kw_only=True)
class AllEqualPredicted:
    """Every outcome, a number such as 0 or 1, is the predicted one.

    p_quantity: name of the quantity of the same cell (and abscissa) that gives each outcome's error
    probability: that of this outcome if it were wrong. None: outcomes are exact, and so is the finding.
    null: the outcome to which `p_quantity` is the p-value, as 1 is where a test rejects "1" and says 0;
    that outcome itself then counts as exact. undecided: the number that stands for no outcome, which neither
    agrees nor differs. where: columns to match; rows without a prediction are left out, and counted.
    """

    quantity: str
    where: Where = dataclasses.field(default_factory=dict)
    p_quantity: str | None = None
    null: float | None = None
    undecided: float | None = None

    @property
    def text(self) -> str:
        """The rule in words."""
        opening = f"Each {self.quantity}{of_rows(self.where)} against the predicted one."
        if self.undecided is not None:
            opening += f" A value of {self.undecided:g} is undecided and denies a reproduction."
        if self.p_quantity is None:
            return (
                f"{opening} Reproduced if all are equal, contradicted if at least one is not. Outcomes are "
                "exact, so that no chance enters the finding."
            )
        exact = "" if self.null is None else f" An outcome of {self.null:g} is exact."
        return (
            f"{opening} Reproduced if all are equal and none has an error probability ({self.p_quantity}) "
            f"above {LEVEL:g} (intersection-union); contradicted if at least one differs (Bonferroni over "
            f"outcomes).{exact}"
        )

    def decide(self, asked: Asked) -> Finding:
        """Equality of every row, with the error probabilities that the probe gives."""
        found = asked.quantities(self.quantity, self.where)
        rows = [row for row in found if row["predicted"] is not None]
        if not rows:
            return not_run(found, f"no {self.quantity} with a prediction")
        chances = self._chances(asked, rows)
        if None in chances:
            why = f"an outcome of {self.quantity} comes without {self.p_quantity}"
            return undetermined(rows, why)
        errors = [chance for chance in chances if chance is not None]
        equal = [is_exactly(row["value"], row["predicted"]) for row in rows]
        open_ones = [self.undecided is not None and row["value"] == self.undecided for row in rows]
        differing = [
            chance
            for chance, same, is_open in zip(errors, equal, open_ones, strict=True)
            if not (same or is_open)
        ]
        p_contradicted = min(1.0, len(rows) * min(differing)) if differing else 1.0
        tests = (max(errors) if all(equal) else 1.0, p_contradicted)
        summary = self._summary(sum(equal), len(differing), sum(open_ones), len(found) - len(rows))
        finding = decided(rows, tests, summary, self._evidence(rows, errors, equal, open_ones))
        return complete(finding, asked)

    def _chances(self, asked: Asked, rows: list[Row]) -> list[float | None]:
        """Error probability of each outcome: 0 if it is exact, 1 if it is undecided, None if not given."""
        given: dict[tuple[str, float | None], float] = {}
        if self.p_quantity is not None:
            for row in asked.quantities(self.p_quantity, self.where):
                given[row["cell"], row["at"]] = min(max(row["value"], 0.0), 1.0)
        chances: list[float | None] = []
        for row in rows:
            if self.undecided is not None and row["value"] == self.undecided:
                chances.append(1.0)
            elif self.p_quantity is None or row["value"] == self.null:
                chances.append(0.0)
            else:
                chances.append(given.get((row["cell"], row["at"])))
        return chances

    def _evidence(
        self, rows: list[Row], errors: list[float], equal: list[bool], open_ones: list[bool]
    ) -> tuple[Evidence, ...]:
        """Differing ones first, then undecided ones."""
        found, where = [], places(rows)
        for index in sorted(range(len(rows)), key=lambda index: (equal[index], open_ones[index])):
            notes = [] if equal[index] else ["undecided" if open_ones[index] else "differs"]
            if 0 < errors[index] < 1:
                notes.append(f"error probability {errors[index]:.2g}")
            value = rows[index]["value"]
            found.append(
                Evidence(
                    named(self.quantity, where[index]),
                    Estimate(value, value, value, "outcome"),
                    f"{rows[index]['predicted']:g}",
                    ", ".join(notes),
                )
            )
        return tuple(found)

    def _summary(self, equal: int, differing: int, undecided: int, left_out: int) -> str:
        parts = [f"{equal} of {equal + differing + undecided} outcomes as predicted"]
        parts += [
            f"{count} {what}"
            for count, what in (
                (differing, "differ"),
                (undecided, "undecided"),
                (left_out, "without a prediction left out"),
            )
            if count
        ]
        return "; ".join(parts)
