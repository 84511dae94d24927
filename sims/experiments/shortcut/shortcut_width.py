"""Shortcut bias against depth at other widths than 128, the learning rate selected."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import of_net

RATIO = 64.0
"""With `sims.experiments.shortcut.shortcut_sizes.RHO` the cell of Hermann et al. 2024, figure 3A."""
WIDTHS = {"quick": (8, 64), "paper": (32, 512), "full": (16, 32, 64, 256, 512)}
DEPTHS = {"quick": (1, 4), "paper": (1, 4), "full": (1, 2, 4, 8)}
SEEDS = {"quick": 3, "paper": 20, "full": 50}


def _make(preset: str) -> list[ProbeSetting]:
    return [
        of_net(preset, ratio=RATIO, depth=depth, rates=3, width=width, seeds=SEEDS[preset])
        for width in WIDTHS[preset]
        for depth in DEPTHS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-width",
    title="shortcut bias and depth at other widths",
    question="Does the bias grow with depth also in narrow and in wide nets?",
    make=_make,
)
