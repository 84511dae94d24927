"""Does gradient descent on the CNN pay k + d where d is expected?"""

import math

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.CNN_GROWTH[preset]
    # sigma ~ 1/sqrt(k) keeps the floor, so that the target asks for the same alignment at every size.
    return [
        Setting(
            k=k,
            d=d,
            sigma=round(size["scale"] / math.sqrt(k), 6),
            model="cnn",
            protocol="honest",
            seeds=sizes.SEEDS[preset],
            n_max=size["n_max"],
        )
        for k in size["k"]
        for d in size["d"]
    ]


EXPERIMENT = Experiment(
    name="cnn-growth",
    title="does the CNN pay k + d or d?",
    question="With sigma ~ 1/sqrt(k), does n*/sigma^2 of the CNN grow as d alone, or as k + d?",
    make=_make,
)
