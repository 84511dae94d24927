"""Laws beside the points: fitted power laws, the growth that theorems state, and the families a fit may
belong to."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sims.fits import Fit, Observation, fit_family, test_lower, test_upper
from sims.fits.family import EXPONENTS, SHAPES
from sims.fits.patch_weight import CellSize
from sims.search.estimate import Estimate
from sims.tables.sweeps import SIZES
from theory.rates import CLAIMS

Row = Mapping[str, Any]
Rate = Callable[[float, float, float], float]

FAMILIES: dict[str, Rate] = {
    name: lambda k, d, _sigma, shape=shape: shape(k, d) for name, shape in SHAPES.items()
}
"""Growth in k and d of the families that fits choose between."""


_PARAMETER = {variable: parameter for parameter, variable in EXPONENTS.items()}


@dataclasses.dataclass(frozen=True)
class PowerFit:
    """A power law a k^alpha d^beta sigma^gamma in some of its variables, the others held.

    exponents: by variable, empty if the brackets determine none (then `status` says why); held: the values of
    k, d and sigma that the fit was made at, for variables that it does not move.
    """

    fit: Fit
    exponents: dict[str, Estimate]
    held: dict[str, float]
    status: str

    def predict(self, place: Mapping[str, float]) -> float:
        """n* at `place`, which gives the variables that were fitted. Raises ValueError if there is no law."""
        at = self.held | {name: place[name] for name in self.exponents}
        return float(self.fit.predict(**at))

    def tails(self, variable: str, bound: float) -> tuple[float, float]:
        """p-values of "the exponent is below `bound`" and "it is above": profile likelihood, Student's t."""
        name = _PARAMETER[variable]
        return test_lower(self.fit, name, bound).p_value, test_upper(self.fit, name, bound).p_value


@dataclasses.dataclass(frozen=True)
class Theorem:
    """A proven growth of n*, up to its constant. source: "upper bound" or "lower bound"."""

    name: str
    source: str
    rate: Rate


def observations(rows: Sequence[Row], *, vary: Sequence[str]) -> list[Observation]:
    """One interval-censored observation a seed; variables that are not in `vary` are held at the first row's
    value."""
    held = {name: rows[0][name] for name in SIZES} if rows else {}
    found = []
    for row in rows:
        place = held | {name: row[name] for name in vary}
        found.append(Observation(**place, low=row["low"], high=row["high"]))
    return found


def cell_sizes(rows: Sequence[Row]) -> list[CellSize]:
    """n* of every cell whose estimate has a best value; cells that are censored as a whole have none."""
    first = {row["cell"]: row for row in reversed(rows)}
    return [
        CellSize(k=row["k"], d=row["d"], sigma=row["sigma"], n=row["n_best"])
        for row in reversed(first.values())
        if row["n_best"] is not None
    ]


def fit_power(rows: Sequence[Row], *, vary: Sequence[str]) -> PowerFit:
    """The power law of the rows' brackets in the variables `vary`."""
    fit = fit_family(observations(rows, vary=vary), "power")
    found = {name: fit.parameters.get(_PARAMETER[name]) for name in vary}
    exponents = {
        name: exponent
        for name, exponent in found.items()
        if exponent is not None and exponent.best is not None
    }
    held = {name: float(rows[0][name]) for name in SIZES} if rows else {}
    if len(exponents) < len(vary):
        return PowerFit(fit=fit, exponents={}, held=held, status=fit.status.value)
    return PowerFit(fit=fit, exponents=exponents, held=held, status=fit.status.value)


def rate_of(claim: str) -> Rate:
    """The rate of a claim of `theory.rates`, with its logarithm, as a function of (k, d, sigma)."""
    return lambda k, d, sigma: float(CLAIMS[claim].evaluate(k, d, sigma))


def theorems(model: str) -> list[Theorem]:
    """What is proved of a model's sample complexity."""
    return [
        Theorem(name=claim.id, source=f"{claim.kind} bound", rate=rate_of(claim.id))
        for claim in CLAIMS.values()
        if claim.trust == "theorem" and claim.kind in ("upper", "lower") and claim.architectures == (model,)
    ]


def slope(rate: Rate, variable: str, values: Sequence[float], fixed: Mapping[str, float]) -> float:
    """Least-squares slope of log rate on log variable over `values`: the exponent that a power fit would read
    off."""
    places = [{**fixed, variable: value} for value in values]
    logs = [math.log(rate(place["k"], place["d"], place["sigma"])) for place in places]
    return float(np.polyfit(np.log(values), logs, 1)[0])
