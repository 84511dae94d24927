"""Shortcut bias of linear, ReLU and tanh nets on the same data from the same start: figure 3B's cell and a
map as in figure 3C.
"""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_activations import EPOCHS, SLOW
from sims.experiments.shortcut.shortcut_sizes import COMMON

FIGURE_3B: dict[str, Any] = {"rho_s": 0.9, "ratio": 32.0, "depth": 2}
"""The cell of Hermann et al. 2024, figure 3B: width 128 and depth 2, rho_s = rho_c = 0.9, ratio 32."""
RHOS = {"quick": (0.9,), "paper": (0.8, 0.85, 0.9), "full": (0.7, 0.75, 0.8, 0.85, 0.9)}
RATIOS = {
    "quick": (1.0, 64.0),
    "paper": (1.0, 16.0, 64.0),
    "full": (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
}
"""Figure 3C has one hidden layer over ratio and rho_s; which values is not in its caption."""
SEEDS = {"quick": (3, 3), "paper": (40, 20), "full": (200, 100)}
"""At the cell of figure 3B, and on the map."""


def _make(preset: str) -> list[ProbeSetting]:
    at_cell, on_map = SEEDS[preset]
    places = [{**FIGURE_3B, "seeds": at_cell}]
    places += [
        {"rho_s": rho_s, "ratio": ratio, "depth": 1, "seeds": on_map}
        for ratio in RATIOS[preset]
        for rho_s in RHOS[preset]
    ]
    common = {**COMMON[preset], "rate": SLOW, "epochs": EPOCHS[preset][SLOW]}
    return [ProbeSetting("paired_activations", {**common, **place}) for place in places]


EXPERIMENT = Experiment(
    name="shortcut-paired",
    title="shortcut bias by activation, paired",
    question="On the same data and from the same start, is a ReLU or tanh net more biased than a linear one?",
    make=_make,
)
