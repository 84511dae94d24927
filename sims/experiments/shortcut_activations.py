"""Shortcut bias of nets with one hidden layer: linear, ReLU and tanh."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut_sizes import COMMON

ACTIVATIONS = ("linear", "relu", "tanh")
RATIOS = {
    "quick": (1.0, 64.0),
    "paper": (1.0, 4.0, 16.0, 64.0),
    "full": (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
}
RHO = 0.85
SEEDS = {"quick": 6, "paper": 40, "full": 100}
"""More than elsewhere: differences between activations are smaller than those between ratios."""


def _make(preset: str) -> list[ProbeSetting]:
    return [
        ProbeSetting(
            "shortcut_bias",
            {
                "rho_s": RHO,
                "ratio": ratio,
                "model": "mlp",
                "depth": 1,
                "activation": activation,
                **COMMON[preset],
                "seeds": SEEDS[preset],
            },
        )
        for activation in ACTIVATIONS
        for ratio in RATIOS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-activations",
    title="shortcut bias and the activation",
    question="Is a linear net unbiased, and is one nonlinear hidden layer enough for a bias?",
    make=_make,
    probe="shortcut_bias",
)
