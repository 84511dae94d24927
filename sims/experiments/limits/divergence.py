"""The divergence of two turned static tasks, by Monte Carlo: the identity behind the lower bounds."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

DIVERGENCE = {
    "quick": {"shape": ((4, 5),), "sigma": (0.2, 1.0), "degrees": (20.0, 90.0, 180.0)},
    "paper": {"shape": ((4, 5), (8, 16)), "sigma": (0.1, 0.3, 1.0), "degrees": (10.0, 45.0, 90.0, 180.0)},
    "full": {
        "shape": ((4, 5), (32, 32)),
        "sigma": (0.1, 0.3, 1.0, 3.0),
        "degrees": (10.0, 45.0, 90.0, 180.0),
    },
}


def _make(preset: str) -> list[ProbeSetting]:
    size = DIVERGENCE[preset]
    return [
        ProbeSetting("static_divergence", {"k": k, "d": d, "sigma": sigma, "degrees": degrees})
        for k, d in size["shape"]
        for sigma in size["sigma"]
        for degrees in size["degrees"]
    ]


EXPERIMENT = Experiment(
    name="divergence",
    title="divergence of turned tasks",
    question="Is the divergence of two turned static tasks (1 - cos angle) / sigma^2?",
    make=_make,
)
