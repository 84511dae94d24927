"""Shortcut bias of the three architectures against the number of samples."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_patches import MODELS, PLACEMENTS, RHO, SIGMA

SIZES: dict[str, dict[str, Any]] = {
    "quick": {"size": 4, "ns": (20, 160), "ratios": (2.0,), "places": ("patch",), "seeds": 3, "probes": 400},
    "paper": {
        "size": 6,
        "ns": (20, 80, 320, 1280),
        "ratios": (1.0, 4.0),
        "places": PLACEMENTS,
        "seeds": 10,
        "probes": 900,
    },
    "full": {
        "size": 12,
        "ns": (20, 80, 320, 1280, 5120),
        "ratios": (0.25, 1.0, 4.0),
        "places": PLACEMENTS,
        "seeds": 30,
        "probes": 900,
    },
}


def _make(preset: str) -> list[ProbeSetting]:
    size = SIZES[preset]
    return [
        ProbeSetting(
            "patches_bias",
            {
                "k": size["size"],
                "d": size["size"],
                "sigma": SIGMA,
                "rho_s": RHO,
                "model": model,
                "n": n,
                "ratio": ratio,
                "placement": placement,
                "probes": size["probes"],
                "seeds": size["seeds"],
            },
        )
        for placement in size["places"]
        for ratio in size["ratios"]
        for model in MODELS
        for n in size["ns"]
    ]


EXPERIMENT = Experiment(
    name="shortcut-patches-n",
    title="shortcut bias and samples",
    question="How does the bias of FCN, LCN and CNN change with the number of samples?",
    make=_make,
)
