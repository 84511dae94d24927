"""The divergence of two turned static tasks, the identity behind the lower bounds."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    size = sizes.DIVERGENCE[preset]
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
    probe="static_divergence",
)
