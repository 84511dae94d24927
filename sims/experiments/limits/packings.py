"""Packings of the sphere, on which the lower bounds rest: made, checked, and counted."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

# Packings of the sphere of R^N with inner products at most c.
PACKINGS = {
    "quick": {"dimension": (10, 40), "inner_product": (0.3, 0.5)},
    "paper": {"dimension": (10, 20, 40, 80, 160), "inner_product": (0.001, 0.1, 0.3, 0.5, 0.7)},
    "full": {"dimension": (10, 20, 40, 80, 160, 320), "inner_product": (0.001, 0.1, 0.3, 0.5, 0.7)},
}


def _make(preset: str) -> list[ProbeSetting]:
    size = PACKINGS[preset]
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
)
