"""Growth of a probe's quantity: exponents of a power law through its values."""

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
from scipy.special import stdtr, stdtrit

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    all_of,
    decided,
    not_run,
    of_rows,
    undetermined,
)
from paper_repro.rules.evidence import Side, Sided, claimed
from paper_repro.rules.quantities import degrees_of, error_of
from sims.search.estimate import Estimate


@dataclasses.dataclass(frozen=True)
class Slope:
    """A fitted exponent with two standard errors, each with its degrees of freedom: from the values' own
    errors (None where values are exact) and from their scatter about the law."""

    value: float
    errors: tuple[tuple[float, float], ...]

    def sided(self, bound: float) -> Sided:
        """p-values of "the exponent is below `bound`" and "above": the larger of those of both errors."""
        return Sided(
            below=max(_tail(bound - self.value, *error) for error in self.errors),
            above=max(_tail(self.value - bound, *error) for error in self.errors),
        )

    @property
    def estimate(self) -> Estimate:
        """The exponent with the wider of both 95 % intervals."""
        half = max(-float(stdtrit(degrees, 0.025)) * error for error, degrees in self.errors)
        method = "weighted least squares on logarithms, 95 % interval of Student's t"
        return Estimate(self.value - half, self.value, self.value + half, method)


def _tail(distance: float, error: float, degrees: float) -> float:
    if error == 0:
        return float(distance <= 0)
    return float(stdtr(degrees, -distance / error))


def fit_slopes(rows: list[Row], variables: tuple[str, ...]) -> dict[str, Slope] | str:
    """Exponents of `variables` in a power law through the rows' values, or why there are none.

    Least squares of log value on the logs of the variables, weighted with the relative errors; where a value
    is exact, unweighted, so that only the scatter about the law says how well exponents are known.
    """
    if any(row.get(name) is None or row[name] <= 0 for row in rows for name in variables):
        return "a variable has no logarithm"
    if any(row["value"] <= 0 for row in rows):
        return "a value has no logarithm"
    few = [name for name in variables if len({row[name] for row in rows}) < FEWEST]
    if few:
        return f"fewer than {FEWEST} values of {few[0]} measured"
    design = np.array([[1.0, *(math.log(row[name]) for name in variables)] for row in rows])
    degrees = len(rows) - design.shape[1]
    if degrees < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return "too few places to tell the exponents apart"
    logs = np.log([row["value"] for row in rows])
    errors = np.array([error_of(row) / row["value"] for row in rows])
    known = bool(np.all(errors > 0))
    weights = 1 / errors if known else np.ones(len(rows))
    solution, *_ = np.linalg.lstsq(design * weights[:, None], logs * weights, rcond=None)
    covariance = np.linalg.inv((design * weights[:, None]).T @ (design * weights[:, None]))
    scatter = float(np.sum(((logs - design @ solution) * weights) ** 2)) / degrees
    own = min(degrees_of(row) for row in rows)
    slopes = {}
    for index, name in enumerate(variables, start=1):
        unit = math.sqrt(covariance[index, index])
        both = [(unit * math.sqrt(scatter), float(degrees))] + ([(unit, own)] if known else [])
        slopes[name] = Slope(float(solution[index]), tuple(both))
    return slopes


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantityExponent:
    """A quantity grows as the product of its probe's fields (or ``at``) to the powers `exponents`.

    exponents: power by variable, all fitted together; side: whether each exponent equals its power up to
    `margin`, or is at most or at least that, margin included. where: columns to match. Each exponent's test
    takes the larger p-value of two, one from the errors of the values, one from their scatter about the law:
    errors that are too small, or a law that is no power, do not make a finding.
    """

    quantity: str
    exponents: Mapping[str, float]
    margin: float
    side: Side = "equal"
    where: Where = dataclasses.field(default_factory=dict)

    def _against(self, power: float) -> str:
        if self.side == "equal":
            return f"{power:g} ± {self.margin:g}"
        return f"{self.side} {power:g} {'+' if self.side == 'at most' else '−'} {self.margin:g}"

    @property
    def text(self) -> str:
        """The rule in words."""
        wanted = ", ".join(f"{name}: {self._against(power)}" for name, power in self.exponents.items())
        several = len(self.exponents) > 1
        every = " all (intersection-union)" if several else ""
        one = "at least one lies outside (Bonferroni)" if several else "it lies outside"
        return (
            f"Exponents of a power law through {self.quantity}{of_rows(self.where)}, by least squares on "
            f"logarithms: {wanted}. Reproduced if{every} in this range, contradicted if {one}, each at error "
            f"probability {LEVEL:g}, by the errors of the values and by their scatter about the law."
        )

    def decide(self, asked: Asked) -> Finding:
        """Tests of every exponent."""
        rows = asked.quantities(self.quantity, self.where)
        if not rows:
            return not_run(rows, f"no value of {self.quantity}")
        slopes = fit_slopes(rows, tuple(self.exponents))
        if isinstance(slopes, str):
            missing = slopes.startswith("fewer")
            return (not_run if missing else undetermined)(rows, slopes)
        tests = [
            claimed(slopes[name].sided, power, self.side, self.margin)
            for name, power in self.exponents.items()
        ]
        evidence = [
            Evidence(f"exponent of {name}, {self.quantity}", slopes[name].estimate, self._against(power))
            for name, power in self.exponents.items()
        ]
        numbers = "; ".join(f"{item.what.split(',')[0]}: {item.text}" for item in evidence)
        return decided(rows, all_of(tests), f"{numbers}; {len(rows)} values", evidence)
