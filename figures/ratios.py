"""Ratio of two sample complexities, with an interval that combines the intervals of both."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Ratio:
    """A ratio with its interval. `best` is None and `high` (or `low`) too where a censored n* leaves only one
    bound."""

    low: float | None
    best: float | None
    high: float | None


def ratio_of(above: Mapping[str, Any], below: Mapping[str, Any]) -> Ratio | None:
    """n* of the row `above` over n* of the row `below`, or None where censoring leaves no bound at all.

    Both intervals are taken on the log scale and combined by the method of variance estimates recovery (Zou
    and Donner 2008, doi:10.1002/sim.3095): each side's distance is the root of the sum of squares of the two
    distances that push the ratio that way. The ratio keeps the level of its parts, for independent estimates.
    """
    a, b = above["n_best"], below["n_best"]
    a_low, a_high = above["n_low"] or None, above["n_high"]
    b_low, b_high = below["n_low"] or None, below["n_high"]
    if a is not None and b is not None:
        low = high = None
        if a_low and b_high is not None:
            low = a / b * math.exp(-math.hypot(math.log(a / a_low), math.log(b_high / b)))
        if a_high is not None and b_low:
            high = a / b * math.exp(math.hypot(math.log(a_high / a), math.log(b / b_low)))
        return Ratio(low, a / b, high)
    low = a_low / b_high if a_low and b_high is not None else None
    high = a_high / b_low if a_high is not None and b_low else None
    return None if low is None and high is None else Ratio(low, None, high)
