"""The class of the paper's theorems, |w_i| <= 1: every filter scaled back after each step, and free ones."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

SIGMA = 0.15
# Filters of norm at most 1, the class of the theorems, against free ones: sizes (k, d) of each net.
UNIT_NORM = {
    "quick": {"places": {"lcn": ((6, 8),), "cnn": ((6, 8),)}, "n_max": 4000},
    "paper": {
        "places": {
            "fcn": ((6, 10),),
            "lcn": ((6, 10), (10, 10), (10, 20)),
            "cnn": ((6, 10), (10, 10), (10, 20)),
        },
        "n_max": 8000,
    },
    "full": {
        "places": {
            "fcn": ((6, 10), (10, 10)),
            "lcn": ((6, 10), (10, 10), (10, 20), (20, 20)),
            "cnn": ((6, 10), (10, 10), (10, 20), (20, 20)),
        },
        "n_max": 16000,
    },
}


def _make(preset: str) -> list[Setting]:
    size = UNIT_NORM[preset]
    return [
        honest(preset, size, model=model, k=k, d=d, sigma=SIGMA, learner=learner)
        for model, places in size["places"].items()
        for k, d in places
        for learner in ({}, {"project": True})
    ]


EXPERIMENT = Experiment(
    name="unit-norm",
    title="filters of norm at most 1",
    question="Does n* change within the class of the theorems, whose filters have norm at most 1?",
    make=_make,
)
