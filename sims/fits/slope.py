"""The local exponent of n* in one variable: the slope on log-log axes."""

from collections.abc import Sequence
from dataclasses import replace

from sims.fits.family import EXPONENTS
from sims.fits.fit import FitStatus, fit_family
from sims.fits.observation import Observation
from sims.pieces.errors import require
from sims.search.estimate import Estimate


def slope(observations: Sequence[Observation], variable: str, *, level: float = 0.95) -> Estimate:
    """d log n* / d log `variable` ("k", "d" or "sigma") along the path of the observations.

    The other two variables stay fixed, or follow `variable` (as sigma = c / sqrt(k) does); then the slope is
    the one along that path. Where the data do not determine a slope the estimate's values are None and its
    method says why. Raises `InputError` if for one value of `variable` another one takes several.
    """
    require(variable in EXPONENTS.values(), "variable", variable, ", ".join(EXPONENTS.values()))
    values = {getattr(o, variable) for o in observations}
    one_path = len({o.cell for o in observations}) == len(values)
    require(one_path, "observations", f"several cells at one {variable}", f"one cell for each {variable}")
    fixed = {name: 1.0 for name in EXPONENTS.values() if name != variable}
    path = [replace(o, **fixed) for o in observations]
    fit = fit_family(path, "power", level=level)
    exponent = next(name for name, of in EXPONENTS.items() if of == variable)
    found = fit.parameters.get(exponent)
    if fit.status is not FitStatus.CONVERGED or found is None:
        reason = "n* at one point only" if len(values) == 1 else fit.status.value
        return Estimate(None, None, None, f"no slope: {reason}")
    return found
