"""Shortcut bias on digits before backgrounds, with three ways to make the background less available."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import SMALL_NET

MANIPULATIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "larger digit": {"scale": 2},
    "less background": {"share": 0.25},
    "no colour": {"colour": False},
}
RHOS = {"quick": (0.8,), "paper": (0.5, 0.8), "full": (0.5, 0.6, 0.7, 0.8, 0.9)}
"""At 0.5 the background tells nothing: what is left then is how badly the digit is read."""
AS_THEY_ARE = {"scale": 1, "share": 1.0, "colour": True}
"""What manipulations change."""
SIZES: dict[str, dict[str, Any]] = {
    "quick": {"size": 16, "epochs": 10, "seeds": 2, **SMALL_NET},
    "paper": {"size": 20, "blocks": 1, "epochs": 10, "seeds": 5},
    "full": {"size": 32, "channels": 16, "epochs": 60, "train": 12_800, "seeds": 10},
}


def _make(preset: str) -> list[ProbeSetting]:
    return [
        ProbeSetting("digits_bias", {"rho_s": rho_s, **changes, **SIZES[preset]})
        for changes in MANIPULATIONS.values()
        for rho_s in RHOS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-digits",
    title="digits on backgrounds",
    question="Does a residual net lean on the background, and less so where the digit is larger or the "
    "background smaller or grey?",
    make=_make,
)
