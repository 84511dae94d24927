"""The least n* that any algorithm can have: the Bayes posterior under each architecture's group."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.LIMITS[preset]
    return [
        Setting(
            k=k,
            d=size["at_d"],
            sigma=size["sigma"],
            model=model,
            protocol="direct",
            learner={"name": "posterior", "sigma": size["sigma"]},
            criterion={"metric": "squared", "floor": "oracle"},
            seeds=size["fcn_seeds"] if model == "fcn" else sizes.SEEDS[preset],
            n_max=size["n_max"],
        )
        for model in ("fcn", "lcn", "cnn")
        for k in (size["fcn_k"] if model == "fcn" else size["k"])
    ]


EXPERIMENT = Experiment(
    name="limits",
    title="limits of equivariant learning",
    question="How few samples could the best algorithm with an architecture's symmetry do with?",
    make=_make,
)
