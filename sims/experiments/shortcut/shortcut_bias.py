"""Bias of a deep net toward the shortcut, over its availability and its predictivity."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import of_net

RATIOS = {
    "quick": (1.0, 8.0, 64.0),
    "paper": (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0),
    "full": (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0),
}
RHOS = {
    "quick": (0.7, 0.85, 0.9),
    "paper": (0.6, 0.7, 0.75, 0.8, 0.825, 0.85, 0.875, 0.9),
    "full": (0.55, 0.6, 0.65, 0.7, 0.75, 0.775, 0.8, 0.825, 0.85, 0.875, 0.9),
}
DEPTH = {"quick": 2, "paper": 8, "full": 8}
SEEDS = {"quick": 3, "paper": 10, "full": 50}
SURFACE_RHO = {"quick": 0.85, "paper": 0.85, "full": 0.85}
"""Where the decisions on the probes are kept, at the largest ratio."""


def _make(preset: str) -> list[ProbeSetting]:
    most, rho = max(RATIOS[preset]), SURFACE_RHO[preset]
    return [
        of_net(
            preset,
            rho_s=rho_s,
            ratio=ratio,
            depth=DEPTH[preset],
            surface=(ratio, rho_s) == (most, rho),
            seeds=SEEDS[preset],
        )
        for ratio in RATIOS[preset]
        for rho_s in RHOS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-bias",
    title="bias toward an available shortcut",
    question="Where does a deep net lean on the more available feature, though the other predicts better?",
    make=_make,
)
