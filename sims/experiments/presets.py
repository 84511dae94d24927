"""What experiments share at every preset: seeds, and the protocols of the paper. Sizes stand with each of
them.

quick: all experiments together in a few minutes on two cores, wide intervals. paper: the sizes of Lahoti et
al. 2024 where it has them. full: beyond the paper, for larger machines.
"""

OF_THE_PAPER = ("lahoti", "honest")
"""Protocols of the nets trained over a grid of rates; "direct" is for learners that select nothing."""

SEEDS = {"quick": (0, 1, 2), "paper": (0, 1, 2, 3, 4), "full": tuple(range(10))}


def seeds_of(model: str, preset: str) -> tuple[int, ...]:
    """Seeds of a trained net: fully connected ones, the costliest, have two at quick."""
    return SEEDS[preset][:2] if preset == "quick" and "fcn" in model else SEEDS[preset]
