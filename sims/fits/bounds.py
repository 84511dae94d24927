"""One-sided tests of exponents: an O() claim from above, an Omega() claim from below."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr

from sims.fits.fit import Fit, FitStatus, Maximised, cells_as_units, data_of
from sims.fits.profile import profile_intervals, signed_t
from sims.pieces.errors import require


@dataclass(frozen=True, kw_only=True)
class OneSidedTest:
    """Test of a claimed bound on an exponent.

    side "upper": the claim is exponent <= claimed, as of an O() rate, rejected where the exponent lies
    significantly above; "lower": exponent >= claimed, as of an Omega() rate, rejected where it lies
    significantly below. p_value: probability of an estimate at least so far on the wrong side if the truth
    were `claimed`, the larger of seeds and cells as units.
    bound: the confidence bound at 1 - level on that side; the claim is rejected exactly if the bound lies
    beyond `claimed` (None where the data do not bound the exponent).
    """

    exponent: str
    estimate: float
    claimed: float
    side: Literal["upper", "lower"]
    p_value: float
    bound: float | None
    rejected: bool
    level: float


def _test(
    fit: Fit, exponent: str, claimed: float, side: Literal["upper", "lower"], level: float
) -> OneSidedTest:
    require(0 < level < 0.5, "level", level, "a number between 0 and 0.5")
    usable = fit.family == "power" and fit.status is FitStatus.CONVERGED and fit.law is not None
    require(usable, "fit", f"{fit.name}: {fit.status.name}", "a converged fit of the power family")
    assert fit.law is not None
    assert fit.log_likelihood is not None
    require(exponent in fit.law.exponents, "exponent", exponent, ", ".join(fit.law.exponents))
    index = fit.law.names.index(exponent)
    seen = sum(not o.censored for o in fit.observations)
    seeds = Maximised(fit.law, data_of(fit.observations), np.array(fit.theta), fit.log_likelihood, seen)
    units = [seeds, *filter(None, [cells_as_units(fit.law, fit.observations)])]
    upper, p_values, ends = side == "upper", [], []
    for one in units:
        t = signed_t(*one[:4], one.seen, index, claimed)
        p_values.append(float(stdtr(one.degrees, -t if upper else t)))
        interval = profile_intervals(*one[:4], one.seen, one.degrees, 1 - 2 * level)[index]
        ends.append(interval[0 if upper else 1])
    p_value = max(p_values)
    bounded = [end for end in ends if end is not None]
    bound = None if len(bounded) < len(ends) else (min if upper else max)(bounded)
    return OneSidedTest(
        exponent=exponent,
        estimate=float(seeds.best[index]),
        claimed=float(claimed),
        side=side,
        p_value=p_value,
        bound=bound,
        rejected=p_value < level,
        level=level,
    )


def test_upper(fit: Fit, exponent: str, claimed: float, *, level: float = 0.05) -> OneSidedTest:  # noqa: PT028
    """Test the claim of an O() rate, exponent <= claimed, from above: is it rejected at `level`?

    `fit` is a converged fit of the power family, `exponent` one of its "alpha", "beta", "gamma" whose
    variable varies; otherwise raises `InputError`.
    """
    return _test(fit, exponent, claimed, "upper", level)


def test_lower(fit: Fit, exponent: str, claimed: float, *, level: float = 0.05) -> OneSidedTest:  # noqa: PT028
    """Test the claim of an Omega() rate, exponent >= claimed, from below; otherwise as `test_upper`."""
    return _test(fit, exponent, claimed, "lower", level)
