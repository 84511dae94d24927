"""What experiments share at every preset: seeds, and the protocols of the paper. Sizes stand with each of
them.

quick: all experiments together in a few minutes on two cores, wide intervals. paper: the sizes of Lahoti et
al. 2024 where it has them. full: beyond the paper, for larger machines.
"""

from collections.abc import Mapping
from typing import Any

from sims.experiments.setting import Setting

OF_THE_PAPER = ("lahoti", "honest")
"""Protocols of the nets trained over a grid of rates; "direct" is for learners that select nothing."""

SEEDS = {"quick": (0, 1, 2), "paper": (0, 1, 2, 3, 4), "full": tuple(range(10))}


ERROR_OF_ONE_TENTH = {"name": "risk_level", "metric": "zero_one", "floor": "zero", "tolerance": 0.1}
"""A criterion: one test sample in ten may be misread."""


def seeds_of(model: str, preset: str) -> tuple[int, ...]:
    """Seeds of a trained net: fully connected ones, the costliest, have two at quick."""
    return SEEDS[preset][:2] if preset == "quick" and "fcn" in model else SEEDS[preset]


def along_both(size: Mapping[str, Any]) -> list[tuple[int, int]]:
    """(k, d) of two sweeps, each place once: along "k" at the d "at_d", and along "d" at the k "at_k"."""
    places = [(k, size["at_d"]) for k in size["k"]] + [(size["at_k"], d) for d in size["d"]]
    return list(dict.fromkeys(places))


def honest(preset: str, size: Mapping[str, Any], *, model: str, k: int, d: int, **more: Any) -> Setting:
    """A net under the protocol honest, at the noise "sigma" and up to "n_max" of its experiment's sizes.

    more: further fields of the setting, or others in place of these.
    """
    fields = {"sigma": size.get("sigma"), "n_max": size.get("n_max"), "seeds": seeds_of(model, preset)}
    return Setting(model=model, k=k, d=d, protocol="honest", **{**fields, **more})
