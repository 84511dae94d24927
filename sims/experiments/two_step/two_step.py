"""n* of two-step gradient descent at sigma = 1/sqrt(k), far above the noise of the upper bounds."""

import math
from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting

# Two-step gradient descent, sigma = 1/sqrt(k), which is 100 ln(kd)^1.5 times the noise of the upper bounds:
# as published, and with the correlation loss and a bias_1 of a few sigma, which thresholds (of the FCN along
# k alone, and not at quick: it is out of reach). "both": sizes k = d of LCN and CNN, which tell growth with
# k and d together.
TWO_STEP = {
    "quick": {"k": (8, 16, 32), "at_d": 8, "d": (8, 16, 32), "at_k": 8, "both": (), "n_max": 4000},
    "paper": {
        "k": (10, 14, 20, 28, 40),
        "at_d": 20,
        "d": (10, 14, 20, 28, 40),
        "at_k": 20,
        "both": (10, 14, 20, 28, 40),
        "n_max": 10_000,
    },
    "full": {
        "k": (8, 16, 32, 64),
        "at_d": 20,
        "d": (8, 16, 32, 64),
        "at_k": 20,
        "both": (8, 16, 32, 64),
        "n_max": 32_000,
    },
}

BIAS_IN_SIGMA = 3

TWO_STEP_SEEDS = {"quick": (0, 1, 2), "paper": tuple(range(8)), "full": tuple(range(16))}


def two_steps(preset: str, **fields: Any) -> Setting:
    """A setting of the two-step algorithm."""
    return Setting(protocol="direct", seeds=TWO_STEP_SEEDS[preset], **fields)


def _learners(model: str, sigma: float, *, thresholds: bool) -> list[dict[str, Any]]:
    """Options of the variants: as published, for the nets of the upper bounds; and the suite's own, of the
    correlation loss, with a bias_1 that thresholds and, for the others, with the LCN's.
    """
    thresholding = {"bias_1": round(BIAS_IN_SIGMA * sigma, 6), "loss": "correlation"}
    first = {} if model in ("lcn", "cnn") else {"loss": "correlation"}
    return [first, thresholding] if thresholds else [first]


def _make(preset: str) -> list[Setting]:
    size = TWO_STEP[preset]
    along_k, along_d = [(k, size["at_d"]) for k in size["k"]], [(size["at_k"], d) for d in size["d"]]
    together = [(side, side) for side in size["both"]]
    settings = []
    for model in ("fcn", "lcn", "cnn", "linear"):
        points = along_k + along_d + (together if model in ("lcn", "cnn") else [])
        for k, d in dict.fromkeys(points):
            sigma = round(1 / math.sqrt(k), 6)
            reachable = model == "fcn" and (k, d) in along_k and preset != "quick"
            settings += [
                two_steps(preset, k=k, d=d, sigma=sigma, model=model, learner=learner, n_max=size["n_max"])
                for learner in _learners(model, sigma, thresholds=model in ("lcn", "cnn") or reachable)
            ]
    return settings


EXPERIMENT = Experiment(
    name="two-step",
    title="two-step gradient descent at sigma = 1/sqrt(k)",
    question="At noise that the other experiments have, does the algorithm of the upper bounds learn, and "
    "does a variant that does need k (k + d) and k + d, times sigma^2, samples?",
    make=_make,
)
