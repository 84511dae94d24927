"""Cells that are held to one alignment with the signal at all sizes, under the protocol whose budget does not
bind. They are paired: cells of one task see the same samples.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from sims.experiments.setting import Setting

SEEDS = {"quick": (0, 1), "paper": tuple(range(100, 108)), "full": tuple(range(100, 116))}
"""Those of "paper" and "full" were used by no table before."""
CNN_SEEDS = {"quick": (0, 1), "paper": tuple(range(100, 130)), "full": tuple(range(100, 160))}
"""The CNN's n* is small, scatters most and costs least."""


def at_cosine(k: int, sigma: float, cosine: float) -> dict[str, Any]:
    """A criterion: the least squared risk that a filter of this cosine with the signal allows, whatever its
    norm and bias; a fifth of the samples is held out.

    A target of the best net's risk plus one tolerance asks for another cosine at every sigma, and above
    sigma = 0.1 at every k. Of the LCN it is the cosine of filters that are all alike.
    """
    from theory.dsd.required_alignment import least_risk  # late: it imports scipy

    risk = round(float(least_risk(k, sigma, cosine)), 6)
    return {
        "name": "risk_level",
        "metric": "squared",
        "floor": "zero",
        "tolerance": risk,
        "validation_every": 5,
        "test_size": 10_000,
    }


def one_bar(
    preset: str, size: Mapping[str, Any], *, model: str, k: int, d: int, sigma: float, **more: Any
) -> Setting:
    """A net under the protocol "tuned", asked for the "cosine" of its experiment's sizes.

    more: further fields of the setting, or others in place of these.
    """
    fields = {
        "protocol": "tuned",
        "seeds": (CNN_SEEDS if model == "cnn" else SEEDS)[preset],
        "n_max": size["n_max"],
        "criterion": at_cosine(k, sigma, size["cosine"]),
        "paired": True,
    }
    return Setting(model=model, k=k, d=d, sigma=sigma, **{**fields, **more})


def few_seeds(setting: Setting, *, from_k: int, models: Sequence[str] = ("fcn", "lcn", "cnn")) -> Setting:
    """The setting, with its first four seeds alone if one of `models` has `from_k` patches or more."""
    costly = setting.model in models and (setting.k or 0) >= from_k
    return dataclasses.replace(setting, seeds=setting.seeds[:4]) if costly else setting
