"""The least n* that any algorithm can have: the Bayes posterior under each architecture's group."""

from typing import Any

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _settings(preset: str, part: dict[str, Any]) -> list[Setting]:
    size = sizes.LIMITS[preset]
    posterior = {"name": "posterior", "sigma": part["sigma"]}
    frame = {**posterior, "chains": part["chains"]}
    return [
        Setting(
            k=k,
            d=size["d"],
            sigma=part["sigma"],
            model=model,
            protocol="direct",
            learner=frame if model == "fcn" else posterior,
            criterion={"metric": "squared", "floor": part["floor"], "test_size": size["test_size"]},
            seeds=size["fcn_seeds"] if model == "fcn" else sizes.SEEDS[preset],
            n_max=size["n_max"],
        )
        for model in ("fcn", "lcn", "cnn")
        for k in (part["fcn_k"] if model == "fcn" else part["k"])
    ]


def _make(preset: str) -> list[Setting]:
    return [setting for part in sizes.LIMITS[preset]["parts"] for setting in _settings(preset, part)]


EXPERIMENT = Experiment(
    name="limits",
    title="limits of equivariant learning",
    question="How few samples could the best algorithm with an architecture's symmetry do with?",
    make=_make,
)
