"""The class of the paper's theorems, |w_i| <= 1: every filter scaled back after each step, and free ones."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.UNIT_NORM[preset]
    return [
        Setting(
            k=k,
            d=d,
            sigma=size["sigma"],
            model=model,
            learner=learner,
            protocol="honest",
            seeds=sizes.seeds_of(model, preset),
            n_max=size["n_max"],
        )
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
