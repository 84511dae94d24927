"""Deals of what is to be done: shares of similar cost."""

from collections.abc import Sequence


def shares(costs: Sequence[float], jobs: int) -> list[list[int]]:
    """Indices of the costs in at most `jobs` groups of similar sums: the costliest first, each to the group
    that has least (longest processing time first, Graham 1969: at most 4/3 of the best largest sum).

    Within a group the costliest come first. Empty groups are left out.
    """
    groups: list[list[int]] = [[] for _ in range(max(1, jobs))]
    sums = [0.0] * len(groups)
    for index in sorted(range(len(costs)), key=lambda index: (-costs[index], index)):
        least = min(range(len(groups)), key=lambda group: (sums[group], len(groups[group]), group))
        groups[least].append(index)
        sums[least] += costs[index]
    return [group for group in groups if group]
