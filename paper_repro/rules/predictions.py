"""Quantities against what theory predicts for each: agreement within errors, or within a few per cent."""

import dataclasses

import numpy as np
from scipy.special import stdtr, stdtrit

from paper_repro.rules.base import (
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Outcome,
    Row,
    Where,
    cells_of,
    complete,
    not_run,
    of_rows,
    outcome_of,
    undetermined,
)
from paper_repro.rules.quantities import degrees_of, error_of, estimate_of, named, places, sided
from sims.probes.intervals import interval_of

ROUNDING = 1e-9
"""Exact values agree if they differ by no more than this, in units of the larger of 1 and the prediction."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AgreesWithPrediction:
    """Every value of a quantity agrees with its prediction.

    relative=None: the prediction is exact, so that values differ from it by Monte-Carlo error alone.
    Contradicted if a t-test of every value, Bonferroni over values, rejects that at `family_error`. What no
    test rejects may still be off by less than the errors show, so that the claim is reproduced only if every
    value is shown, by two one-sided tests, to lie within `resolution` of its prediction; the error
    probability is that of this statement. The summary says how close all values provably are.

    relative=0.05: the prediction is good to 5 %. Reproduced if two one-sided tests of every value say so
    (intersection-union), contradicted if one lies outside (Bonferroni).

    absolute: distances are differences, not fractions of the prediction (which may be 0). where: columns to
    match; rows without a prediction are left out, and counted.
    """

    quantity: str
    where: Where = dataclasses.field(default_factory=dict)
    relative: float | None = None
    resolution: float = 0.1
    absolute: bool = False
    family_error: float = 0.01

    @property
    def margin(self) -> float:
        """The distance from the prediction within which a value has to lie."""
        return self.resolution if self.relative is None else self.relative

    def _distance(self, value: float, digits: str = "g") -> str:
        return f"{value:{digits}}" if self.absolute else f"{100 * value:{digits}} %"

    @property
    def text(self) -> str:
        """The rule in words."""
        opening = f"Each {self.quantity}{of_rows(self.where)} against its own prediction."
        near = f"lies within {self._distance(self.margin)} of its prediction"
        if self.relative is None:
            return (
                f"{opening} Contradicted if a t-test of at least one rejects equality (Bonferroni over "
                f"values, error probability {self.family_error:g} for all together). Otherwise reproduced if "
                f"every one is shown to be near: it {near}, two one-sided tests each at error probability "
                f"{LEVEL:g} (intersection-union)."
            )
        return (
            f"{opening} Reproduced if every one {near}, two one-sided tests each at error probability "
            f"{LEVEL:g} (intersection-union); contradicted if at least one lies outside (Bonferroni over "
            "values)."
        )

    def decide(self, asked: Asked) -> Finding:
        """Tests of every row."""
        found = asked.quantities(self.quantity, self.where)
        rows = [row for row in found if row["predicted"] is not None]
        if not rows:
            return not_run(found, f"no value of {self.quantity} with a prediction")
        units = [1.0 if self.absolute else abs(row["predicted"]) for row in rows]
        if not all(units):
            why = f"a prediction of {self.quantity} is 0, from which no relative distance can be taken"
            return undetermined(rows, why)
        outcome, p = self._outcome(rows, units)
        order = np.argsort([-self._surprise(row) for row in rows], kind="stable")
        where, within = places(rows), f" ± {self._distance(self.margin)}"
        evidence = [
            Evidence(
                named(self.quantity, where[index]),
                estimate_of(rows[index]),
                f"{rows[index]['predicted']:.4g}" + (within if self.relative is not None else ""),
                f"{abs(rows[index]['value'] - rows[index]['predicted']) / error:.2f} standard errors away"
                if (error := error_of(rows[index]))
                else "",
            )
            for index in order
        ]
        finding = Finding(
            outcome=outcome,
            error_probability=p,
            summary=self._summary(rows, units, left_out=len(found) - len(rows)),
            evidence=tuple(evidence),
            cells=cells_of(rows),
        )
        return complete(finding, asked)

    def _outcome(self, rows: list[Row], units: list[float]) -> tuple[Outcome, float]:
        count, near, beyond = len(rows), [], []
        for row, unit in zip(rows, units, strict=True):
            low = sided(row, row["predicted"] - self.margin * unit)
            high = sided(row, row["predicted"] + self.margin * unit)
            near.append(max(low.above, high.below))
            beyond.append(2 * min(low.below, high.above))
        p_near = max(near)
        if self.relative is not None:
            return outcome_of(p_near, min(1.0, count * min(beyond)))
        p_differs = min(1.0, count * min(_p_equal(row) for row in rows))
        # Equality is the statement: a small difference that is certain contradicts it, however near.
        if p_differs <= self.family_error:
            return "contradicted", p_differs
        return ("reproduced" if p_near <= LEVEL else "inconclusive"), p_near

    def _surprise(self, row: Row) -> float:
        """Standard errors between value and prediction; for exact values, whether they differ."""
        error, distance = error_of(row), abs(row["value"] - row["predicted"])
        return distance / error if error else float("inf") if _p_equal(row) < 1 else 0.0

    def _summary(self, rows: list[Row], units: list[float], *, left_out: int) -> str:
        count = len(rows)
        parts = [f"{count} value{'s' if count > 1 else ''} of {self.quantity}"]
        noisy = [row for row in rows if error_of(row)]
        if noisy:
            worst = max(noisy, key=self._surprise)
            allowed = -stdtrit(degrees_of(worst), self.family_error / (2 * count))
            expected = f" ({allowed:.1f} are allowed)" if self.relative is None else ""
            parts.append(
                f"the farthest {self._surprise(worst):.1f} standard errors from its prediction{expected}"
            )
        distances = [
            max(abs(end - row["predicted"]) for end in interval_of(row, tail=LEVEL)) / unit
            for row, unit in zip(rows, units, strict=True)
        ]
        near = self._distance(max(distances), ".2g")
        parts.append(f"all within {near} of the prediction (95 % confidence)")
        if left_out:
            parts.append(f"{left_out} without a prediction left out")
        return "; ".join(parts)


def is_exactly(value: float, predicted: float) -> bool:
    """Whether an exact value is the predicted one, up to rounding."""
    return abs(value - predicted) <= ROUNDING * max(1.0, abs(predicted))


def _p_equal(row: Row) -> float:
    """Two-sided p-value of "the true value is the prediction"; for an exact value 0 or 1."""
    error = error_of(row)
    if error == 0:
        return float(is_exactly(row["value"], row["predicted"]))
    return float(2 * stdtr(degrees_of(row), -abs(row["value"] - row["predicted"]) / error))
