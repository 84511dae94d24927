"""The posterior distilled into the FCN: what a net of the architecture can do, whatever trains it."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting

SIGMA = 0.15
# The sizes, the target and the samples of `fcn-recipes`, where gradient descent learns from labels.
SIZES: dict[str, dict[str, Any]] = {
    "quick": {"k": (4,), "d": 8, "seeds": (0, 1), "unlabelled": 4000, "n_max": 200},
    "paper": {"k": (5, 6, 8), "d": 10, "seeds": tuple(range(100, 106)), "unlabelled": 20_000, "n_max": 2000},
    "full": {
        "k": (5, 6, 8, 10),
        "d": 10,
        "seeds": tuple(range(100, 116)),
        "unlabelled": 40_000,
        "n_max": 2000,
    },
}


def _make(preset: str) -> list[Setting]:
    size = SIZES[preset]
    distilled = {"name": "distilled", "sigma": SIGMA, "unlabelled": size["unlabelled"]}
    return [
        Setting(
            model="fcn",
            k=k,
            d=size["d"],
            sigma=SIGMA,
            protocol="direct",
            learner=learner,
            criterion={"metric": "squared", "floor": "oracle"},
            seeds=size["seeds"],
            n_max=size["n_max"],
            paired=True,
        )
        for k in size["k"]
        for learner in (distilled, {"name": "posterior", "sigma": SIGMA})
    ]


EXPERIMENT = Experiment(
    name="distilled",
    title="the posterior distilled into the FCN",
    question="Does a net of width k that learns from the posterior's predictions do with as few labels?",
    make=_make,
)
