"""n* to reach an accuracy on the core alone, for the three architectures, by availability of the shortcut."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting

RHO = 0.78
"""Where the optimal classifier gives the shortcut no weight: Phi(0.6 Phi^-1(0.9)) = 0.779. All reliance on it
is bias.
"""
SIGMA = 0.1
SIZES: dict[str, dict[str, Any]] = {
    "quick": {
        "k": 4,
        "d": 4,
        "ratios": (0.5, 2.0),
        "seeds": {"cnn": 3, "lcn": 3, "fcn": 2},
        "n_max": 1000,
        "test_size": 2000,
    },
    "paper": {
        "k": 6,
        "d": 6,
        "ratios": (0.25, 0.5, 1.0, 2.0, 4.0),
        "seeds": {"cnn": 10, "lcn": 10, "fcn": 5},
        "n_max": 4000,
        "test_size": 4000,
    },
    "full": {
        "k": 12,
        "d": 12,
        "ratios": (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
        "seeds": {"cnn": 30, "lcn": 30, "fcn": 10},
        "n_max": 30_000,
        "test_size": 10_000,
    },
}
PLACEMENTS = ("patch", "all")
MODELS = ("fcn", "lcn", "cnn")
TOLERANCE = 0.04


def _make(preset: str) -> list[Setting]:
    size = SIZES[preset]
    return [
        Setting(
            task="shortcut_patches",
            k=size["k"],
            d=size["d"],
            sigma=SIGMA,
            model=model,
            protocol="honest",
            seeds=tuple(range(size["seeds"][model])),
            n_max=size["n_max"],
            task_options={"rho_s": RHO, "ratio": ratio, "placement": placement},
            criterion={
                "name": "core_error",
                "tolerance": TOLERANCE,
                "validation_every": 5,
                "test_size": size["test_size"],
            },
        )
        for placement in PLACEMENTS
        for ratio in size["ratios"]
        for model in MODELS
    ]


EXPERIMENT = Experiment(
    name="shortcut-patches",
    title="shortcuts, locality and weight sharing",
    question="From how many samples do FCN, LCN and CNN read the core, by how available the shortcut is?",
    make=_make,
)
