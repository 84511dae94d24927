"""Alignment along the two steps, simulated with the learner itself, beside its prediction."""

import itertools
from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

# Alignment after each step beside its prediction: n = ratio k samples in both steps together. "corners" are
# sizes at which other noise and the FCN are tried; at the last of them, what is beyond prediction (LCN).
ALIGNMENT = {
    "quick": {
        "k": (4, 8),
        "d": (5, 20),
        "ratio": (20, 80),
        "corners": {"k": (8,), "d": (20,), "ratio": (40,)},
        "sigmas": (0.15, 0.6),
    },
    "paper": {
        "k": (2, 4, 6, 8, 10),
        "d": (5, 10, 20),
        "ratio": (20, 40, 60, 80, 120),
        "corners": {"k": (4, 10), "d": (5, 20), "ratio": (40, 120)},
        "sigmas": (0.15, 0.6),
    },
    "full": {
        "k": (2, 4, 8, 16, 32),
        "d": (5, 10, 20, 40),
        "ratio": (20, 40, 80, 160, 320),
        "corners": {"k": (4, 8, 16), "d": (5, 20), "ratio": (40, 160)},
        "sigmas": (0.1, 0.2, 0.6),
    },
}

BASE = {"sigma": 0.3, "bias_1": 0.5, "loss": "correlation"}
"""The correlation loss, whose first step has exact predictions for every architecture."""
BEYOND_PREDICTION = (
    {"samples": "shared"},
    {"loss": "logistic"},
    {"loss": "squared"},
    {"loss": "logistic", "bias_1": 0.05},
    {"loss": "squared", "bias_1": 0.05},
)


def _make(preset: str) -> list[ProbeSetting]:
    size = ALIGNMENT[preset]

    def places(of: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"k": k, "d": d, "n": ratio * k}
            for k, d, ratio in itertools.product(of["k"], of["d"], of["ratio"])
        ]

    fields = [{"model": model, **place, **BASE} for model in ("lcn", "cnn") for place in places(size)]
    corners = places(size["corners"])
    fields += [{"model": "fcn", **place, **BASE} for place in corners]
    fields += [
        {"model": model, **place, **BASE, "sigma": sigma}
        for model in ("fcn", "lcn", "cnn")
        for place in corners
        for sigma in size["sigmas"]
    ]
    fields += [{"model": "lcn", **corners[-1], **BASE, **change} for change in BEYOND_PREDICTION]
    return [ProbeSetting("two_step_alignment", one) for one in fields]


EXPERIMENT = Experiment(
    name="alignment",
    title="alignment along the two steps",
    question="Are alignments, norms and risks along the two steps as theory predicts?",
    make=_make,
)
