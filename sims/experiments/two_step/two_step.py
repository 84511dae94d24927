"""n* of two-step gradient descent at sigma = 1/sqrt(k), far above the noise of the upper bounds."""

import math
from typing import Any

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _learners(model: str, sigma: float, *, thresholds: bool) -> list[dict[str, Any]]:
    """Options of the variants: as published, for the nets of the upper bounds; and the suite's own, of the
    correlation loss, with a bias_1 that thresholds and, for the others, with the LCN's.
    """
    thresholding = {"bias_1": round(sizes.BIAS_IN_SIGMA * sigma, 6), "loss": "correlation"}
    first = {} if model in ("lcn", "cnn") else {"loss": "correlation"}
    return [first, thresholding] if thresholds else [first]


def _make(preset: str) -> list[Setting]:
    size = sizes.TWO_STEP[preset]
    along_k, along_d = [(k, size["at_d"]) for k in size["k"]], [(size["at_k"], d) for d in size["d"]]
    together = [(side, side) for side in size["both"]]
    settings = []
    for model in ("fcn", "lcn", "cnn", "linear"):
        points = along_k + along_d + (together if model in ("lcn", "cnn") else [])
        for k, d in dict.fromkeys(points):
            sigma = round(1 / math.sqrt(k), 6)
            reachable = model == "fcn" and (k, d) in along_k and preset != "quick"
            settings += [
                Setting(
                    k=k,
                    d=d,
                    sigma=sigma,
                    model=model,
                    protocol="direct",
                    learner=learner,
                    seeds=sizes.TWO_STEP_SEEDS[preset],
                    n_max=size["n_max"],
                )
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
