"""Ratio of two sample complexities from the rows of a table."""

from collections.abc import Mapping
from typing import Any

from sims.search.estimate import Estimate, estimate_ratio


def ratio_of(above: Mapping[str, Any], below: Mapping[str, Any]) -> Estimate | None:
    """n* of the row `above` over n* of the row `below`, or None where censoring leaves no bound at all.

    See `sims.search.estimate.estimate_ratio`; an end that no data bound is None on either side.
    """
    a, b = (
        Estimate(row["n_low"] or 0.0, row["n_best"], row["n_high"], row.get("n_method", ""))
        for row in (above, below)
    )
    one_seed = any("one seed" in estimate.method for estimate in (a, b))
    ratio = estimate_ratio(a, b, over_seeds=not one_seed)
    if ratio.best is None and not ratio.low and ratio.high is None:
        return None
    return Estimate(ratio.low or None, ratio.best, ratio.high, ratio.method)
