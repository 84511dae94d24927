"""(d) sigma fixed against sigma ~ 1/sqrt(k): which of the two gives the paper's growth with k?"""

import math

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.SIGMA_SCALING[preset]
    points = []
    for k in size["k"]:
        scaled = size["sigma_0"] * math.sqrt(size["k_0"] / k)
        points += [(k, size["sigma_0"]), (k, round(scaled, 6))]
    return [
        Setting(
            k=k,
            d=size["d"],
            sigma=sigma,
            model=model,
            protocol="honest",
            seeds=sizes.SEEDS[preset],
            n_max=size["n_max"],
        )
        for model in ("lcn", "cnn")
        for k, sigma in dict.fromkeys(points)
    ]


EXPERIMENT = Experiment(
    name="sigma-scaling",
    title="sigma fixed against sigma ~ 1/sqrt(k)",
    question="How much of the growth of n* with k is left if sigma ~ 1/sqrt(k), the theorems' regime?",
    make=_make,
)
