"""Where no rate led anywhere: what a search took for too few samples is no finding about them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sims.measuring.threshold import CellResult


def divergence(results: "Mapping[str, CellResult]") -> str | None:
    """How often training diverged at every rate, and where first, in words; None if it nowhere did.

    results: by the label of their cell, which is said where there are several.
    """
    places = [
        (label, one) for label, result in results.items() for seed in result.per_seed for one in seed.outcomes
    ]
    diverged = [(label, one) for label, one in places if one.selected.get("diverged")]
    if not diverged:
        return None
    label, first = diverged[0]
    cells = (
        f" in {len({label for label, _ in diverged})} of {len(results)} cells," if len(results) > 1 else ""
    )
    whose = f" of {label}" if cells else ""
    return (
        f"training diverged{cells} at every rate at {len(diverged)} of {len(places)} places (seed, n), as at "
        f"seed {first.seed}, n = {first.n}{whose}, and counts as a failure there; "
        "try smaller rates"
    )
