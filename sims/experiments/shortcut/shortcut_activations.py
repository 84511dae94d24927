"""Shortcut bias of nets with one hidden layer: linear, ReLU and tanh."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import of_net

ACTIVATIONS = ("linear", "relu", "tanh")
RATIOS = {"quick": (1.0, 64.0), "paper": (1.0, 8.0, 64.0), "full": (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)}
FAST, SLOW = 1e-3, 1e-4
"""Learning rates: that of the other experiments, and one at which the last step of Adam no longer scatters
the decisions of a linear net at large ratios by more than what is asked.
"""
EPOCHS = {
    "quick": {FAST: 10, SLOW: 30},
    "paper": {FAST: 30, SLOW: 100},
    "full": {FAST: 100, SLOW: 300},
}
SEEDS = {"quick": 4, "paper": 60, "full": 200}
"""More than elsewhere: differences between activations are smaller than those between ratios."""


def _make(preset: str) -> list[ProbeSetting]:
    return [
        of_net(
            preset,
            ratio=ratio,
            depth=1,
            activation=activation,
            rate=rate,
            epochs=epochs,
            seeds=SEEDS[preset],
        )
        for rate, epochs in EPOCHS[preset].items()
        for activation in ACTIVATIONS
        for ratio in RATIOS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-activations",
    title="shortcut bias and the activation",
    question="Is a linear net unbiased, and is one nonlinear hidden layer enough for a bias?",
    make=_make,
)
