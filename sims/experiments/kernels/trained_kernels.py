"""Tangent kernels of the nets of the sweeps, before and after training."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

SIZES: dict[str, dict[str, Any]] = {
    "quick": {"k": 8, "d": 16, "sigma": 0.1, "models": ("lcn", "cnn"), "n": (30, 120), "repetitions": 3},
    "paper": {
        "k": 20,
        "d": 20,
        "sigma": 0.1,
        "models": ("lcn", "cnn"),
        "n": (30, 100, 300, 1000),
        "repetitions": 5,
    },
    "full": {
        "k": 20,
        "d": 20,
        "sigma": 0.1,
        "models": ("lcn", "cnn"),
        "n": (30, 60, 125, 250, 500, 1000, 2000),
        "repetitions": 10,
    },
}


def _make(preset: str) -> list[ProbeSetting]:
    sizes = dict(SIZES[preset])
    models, samples = sizes.pop("models"), sizes.pop("n")
    return [
        ProbeSetting("trained_kernel", {"model": model, "n": n, **sizes}) for model in models for n in samples
    ]


EXPERIMENT = Experiment(
    name="trained-kernels",
    title="tangent kernels of trained nets",
    question="Does training turn the tangent kernels of LCN and CNN towards the labels?",
    make=_make,
)
