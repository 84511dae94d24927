"""Learning curves of kernel regression, measured and predicted from the kernel's spectrum."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

ARCHITECTURES = ("fcn", "lcn", "cnn")

SIZES: dict[str, dict[str, Any]] = {
    "quick": {"k": 3, "d": 5, "most": 100, "inputs": 200, "spectra": 4, "repetitions": 5, "test_size": 200},
    "paper": {
        "k": 6,
        "d": 8,
        "most": 400,
        "inputs": 800,
        "spectra": 24,
        "repetitions": 64,
        "test_size": 500,
    },
    "full": {
        "k": 8,
        "d": 12,
        "most": 3200,
        "inputs": 6000,
        "spectra": 8,
        "repetitions": 40,
        "test_size": 4000,
    },
}
TASKS = (
    ("dsd", 0.15, 0.0),
    ("dsd", 0.15, 0.1),
    ("own_process", None, 0.0),
    ("patch_process", None, 0.0),
)
"""Task, noise, ridge."""


def _make(preset: str) -> list[ProbeSetting]:
    return [
        ProbeSetting(
            "kernel_learning_curves",
            {"task": task, "arch": arch, "sigma": sigma, "ridge": ridge, **SIZES[preset]},
        )
        for task, sigma, ridge in TASKS
        for arch in ARCHITECTURES
    ]


EXPERIMENT = Experiment(
    name="kernel-learning-curves",
    title="predicted learning curves of kernels",
    question="Does the spectrum of a kernel predict the learning curve of regression with it?",
    make=_make,
)
