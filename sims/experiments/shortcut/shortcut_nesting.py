"""Shortcut bias at equal amplitudes where the core, or the shortcut, is nested in a random net."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import of_net

LAYERS = {"quick": (0, 4), "paper": (0, 1, 2, 4), "full": (0, 1, 2, 3, 4, 6, 8)}
DEPTH = 2
SEEDS = {"quick": 4, "paper": 20, "full": 50}


def _make(preset: str) -> list[ProbeSetting]:
    nested = [(0, eta) for eta in LAYERS[preset]] + [(eta, 0) for eta in LAYERS[preset] if eta]
    return [
        of_net(preset, probe="nesting_bias", ratio=1.0, eta_s=s, eta_c=c, depth=DEPTH, seeds=SEEDS[preset])
        for s, c in nested
    ]


EXPERIMENT = Experiment(
    name="shortcut-nesting",
    title="shortcut bias and nesting",
    question="Does a net lean on the shortcut if the core is nested, and away from it if the shortcut is?",
    make=_make,
)
