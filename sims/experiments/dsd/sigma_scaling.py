"""Sigma fixed against sigma ~ 1/sqrt(k): which of the two gives the paper's growth with k?"""

import math

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

# Sigma fixed at sigma_0 against sigma_0 sqrt(k_0 / k): equal at k = k_0.
SIGMA_SCALING = {
    "quick": {"k": (8, 12, 20), "d": 10, "sigma_0": 0.1, "k_0": 12, "n_max": 2000},
    "paper": {"k": (10, 15, 20, 25, 30), "d": 20, "sigma_0": 0.1, "k_0": 20, "n_max": 2000},
    "full": {"k": (8, 16, 32, 64), "d": 20, "sigma_0": 0.1, "k_0": 20, "n_max": 8000},
}


def _make(preset: str) -> list[Setting]:
    size = SIGMA_SCALING[preset]
    points = []
    for k in size["k"]:
        scaled = size["sigma_0"] * math.sqrt(size["k_0"] / k)
        points += [(k, size["sigma_0"]), (k, round(scaled, 6))]
    return [
        honest(preset, size, model=model, k=k, d=size["d"], sigma=sigma)
        for model in ("lcn", "cnn")
        for k, sigma in dict.fromkeys(points)
    ]


EXPERIMENT = Experiment(
    name="sigma-scaling",
    title="sigma fixed against sigma ~ 1/sqrt(k)",
    question="How much of the growth of n* with k is left if sigma ~ 1/sqrt(k), the theorems' regime?",
    make=_make,
)
