"""Tangent kernels of the nets of the sweeps, before and after training."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

SIZES: dict[str, dict[str, Any]] = {
    "quick": {"k": 8, "d": 16, "repetitions": 3},
    "paper": {"k": 20, "d": 20, "repetitions": 5},
    "full": {"k": 20, "d": 20, "repetitions": 10},
}
SAMPLES = {
    "quick": (30, 120),
    "paper": (30, 100, 300, 1000),
    "full": (30, 60, 125, 250, 500, 1000, 2000),
}


def _make(preset: str) -> list[ProbeSetting]:
    return [
        ProbeSetting("trained_kernel", {"model": model, "n": n, "sigma": 0.1, **SIZES[preset]})
        for model in ("lcn", "cnn")
        for n in SAMPLES[preset]
    ]


EXPERIMENT = Experiment(
    name="trained-kernels",
    title="tangent kernels of trained nets",
    question="Does training turn the tangent kernels of LCN and CNN towards the labels?",
    make=_make,
)
