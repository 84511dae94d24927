"""Criticism: the two-step algorithm is engineered. What does each of its constants do?"""

import math
from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting
from sims.experiments.two_step.two_step import two_steps

# What each constant of the two steps does, changed one at a time from bias_1 = 3 sigma, sigma = 1/sqrt(k).
TWO_STEP_SENSITIVITY = {
    "quick": {"k": 20, "d": 20, "models": ("lcn",), "changes": 7, "n_max": 6000},
    "paper": {"k": 20, "d": 20, "models": ("lcn", "cnn"), "changes": None, "n_max": 6000},
    "full": {"k": 40, "d": 40, "models": ("lcn", "cnn"), "changes": None, "n_max": 32_000},
}


def variants(k: int, d: int, sigma: float) -> list[dict[str, Any]]:
    """Options of the learner, first the base, then one change from it at a time.

    The base is the suite's own variant, which works at sigma = 1/sqrt(k): correlation loss and bias_1 = 3
    sigma. The last change, squared loss and published bias_1, gives the algorithm as published.
    """
    base = {"bias_1": round(3 * sigma, 6), "loss": "correlation"}
    published_variance = 1 / (100 * k**2 * d**2)
    changes: list[dict[str, Any]] = [
        {},
        {"bias_1": None},
        {"bias_1": 0.0},
        {"eta_2": 1.0},
        {"project": False},
        {"loss": "squared"},
        {"samples": "shared"},
        {"bias_1": round(sigma, 6)},
        {"bias_1": round(2 * sigma, 6)},
        {"bias_1": round(4 * sigma, 6)},
        {"bias_2": round(sigma, 6)},
        {"bias_2": round(2 * sigma, 6)},
        {"eta_1": 0.01},
        {"eta_1": 100.0},
        {"eta_2": float(k)},
        {"init_variance": 1e2 * published_variance},
        {"init_variance": 1e4 * published_variance},
        {"loss": "logistic"},
        {"loss": "hinge"},
        {"bias_1": None, "loss": "logistic"},
        {"bias_1": None, "loss": "squared"},
    ]
    return [base | change for change in changes]


def _make(preset: str) -> list[Setting]:
    size = TWO_STEP_SENSITIVITY[preset]
    k, d = size["k"], size["d"]
    sigma = round(1 / math.sqrt(k), 6)
    return [
        two_steps(preset, k=k, d=d, sigma=sigma, model=model, learner=options, n_max=size["n_max"])
        for model in size["models"]
        for options in variants(k, d, sigma)[: size["changes"]]
    ]


EXPERIMENT = Experiment(
    name="two-step-sensitivity",
    title="constants of the two-step algorithm",
    question="How does n* of two-step gradient descent depend on each of its published constants?",
    make=_make,
)
