"""How often a search will train, and at which n, before anything is known of its answer."""

import math
from functools import lru_cache

from sims.search import Search

OCTAVES = 1.0
"""A search that starts at a guess is expected to end within a factor of two of it, half of the time."""


@lru_cache(maxsize=4096)
def expected_requests(search: Search) -> tuple[tuple[int, float], ...]:
    """(n, expected evaluations at n) of one seed, by n.

    The search is run, which takes no training, once for every place that its threshold may have: before each
    point of its grid and beyond the last. How probable a place is: a Cauchy law of log2 n about the search's
    ``start``, of scale `OCTAVES`; without a start all places are alike (log-uniform on a geometric grid). A
    real seed is not always monotone; then a search that confirms goes on for some evaluations more.
    """
    grid = search.grid()
    weights = _weights(grid, getattr(search, "start", None))
    counts: dict[int, float] = {}
    for place, weight in enumerate(weights):
        threshold = grid[place] if place < len(grid) else None
        state = search.start_state()
        while (n := search.propose(state)) is not None:
            counts[n] = counts.get(n, 0.0) + weight
            state = search.observe(state, n, threshold is not None and n >= threshold)
    return tuple((n, counts[n]) for n in sorted(counts))


def _weights(grid: tuple[int, ...], start: int | None) -> list[float]:
    """Probability that the threshold is at each point of the grid, and, last, beyond all of them."""
    if start is None:
        return [1 / (len(grid) + 1)] * (len(grid) + 1)
    upto = [0.5 + math.atan(math.log2(n / start) / OCTAVES) / math.pi for n in grid]
    return [high - low for low, high in zip([0.0, *upto], [*upto, 1.0], strict=True)]
