"""Shortcut bias against depth, the learning rate selected at every depth."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import of_net

DEPTHS = {"quick": (1, 8), "paper": (1, 2, 4, 8), "full": (1, 2, 4, 8, 16)}
RATIOS = {"quick": (64.0,), "paper": (1.0, 64.0), "full": (1.0, 4.0, 16.0, 64.0)}
"""At 1, where neither feature is more available, depth may have an effect of its own."""
SEEDS = {"quick": 4, "paper": 40, "full": 100}


def _make(preset: str) -> list[ProbeSetting]:
    return [
        of_net(preset, ratio=ratio, depth=depth, rates=3, seeds=SEEDS[preset])
        for depth in DEPTHS[preset]
        for ratio in RATIOS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-depth",
    title="shortcut bias and depth",
    question="Does the bias grow with the number of hidden layers, the rate selected at each?",
    make=_make,
)
