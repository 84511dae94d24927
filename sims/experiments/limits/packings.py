"""Packings of the sphere, on which the lower bounds rest: made, checked, and counted."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    size = sizes.PACKINGS[preset]
    return [
        ProbeSetting("packing_sizes", {"dimension": dimension, "inner_product": inner_product})
        for inner_product in size["inner_product"]
        for dimension in size["dimension"]
    ]


EXPERIMENT = Experiment(
    name="packings",
    title="packings of the sphere",
    question="Are there at least exp(c^2 N / 2) directions with inner products at most c?",
    make=_make,
    probe="packing_sizes",
)
