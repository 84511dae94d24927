"""The FCN given its best: does another recipe bring n* down by a factor?"""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting

SIGMA = 0.15
SIZES: dict[str, dict[str, Any]] = {
    "quick": {"k": (5,), "d": 5, "seeds": (0, 1), "n_max": 800},
    "paper": {"k": (5, 6, 8), "d": 10, "seeds": tuple(range(100, 106)), "n_max": 20_000},
    "full": {"k": (5, 6, 8, 10), "d": 10, "seeds": tuple(range(100, 116)), "n_max": 40_000},
}
ADAM = {"optimizer": "adam", "lr_w": (0.03, 0.01, 0.003, 0.001), "lr_b": (0.01, 0.001), "steps": 30_000}
WIDER = 4
"""Width of the wide net over the number of patches. Its output adds so many times more neurons, and the rates
of the weights at which training diverges are so many times smaller.
"""


def _make(preset: str) -> list[Setting]:
    size = SIZES[preset]
    common = {"model": "fcn", "d": size["d"], "sigma": SIGMA, "seeds": size["seeds"], "n_max": size["n_max"]}
    wide = {"lr_w": tuple(round(rate / WIDER, 4) for rate in (1.3, 1.0, 0.5))}
    found: list[Setting] = []
    for k in size["k"]:
        recipes: tuple[dict[str, Any], ...] = (
            {"protocol": "honest"},
            {"protocol": "tuned"},
            {"protocol": "tuned", "learner": ADAM},
            {"protocol": "tuned", "learner": wide, "width": WIDER * k},
        )
        found += [Setting(**common, k=k, paired=True, **recipe) for recipe in recipes]
    return found


EXPERIMENT = Experiment(
    name="fcn-recipes",
    title="the FCN under four recipes",
    question="Does the FCN need fewer samples with other rates, with Adam, or at four times the width?",
    make=_make,
)
