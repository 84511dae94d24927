"""Reliance of infinitely wide predictors on two features, beside the kernel theory of their bias."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

KERNELS = ("linear", "quadratic", "arc_cosine", "ntk")
RATIOS = {
    "quick": (0.125, 1.0, 8.0),
    "paper": (1 / 64, 0.125, 1.0, 8.0, 64.0),
    "full": (1 / 64, 1 / 16, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0),
}
TRAIN = {"quick": (200,), "paper": (400, 1600), "full": (400, 1600, 6400)}
RHO = 0.85
EQUAL = 0.9
"""That of the core: the paper's own example of what its last theorem says."""
EQUAL_RATIOS = {"quick": (8.0,), "paper": (0.125, 8.0, 64.0), "full": (1 / 64, 0.125, 1.0, 8.0, 64.0)}
LIMIT: dict[str, Any] = {"spread": 0.01, "ridge": 1.0, "train": 200}
"""Classes that are nearly points, and a ridge of the size of K(x, x): theory's small covariance."""
RIDGELESS: dict[str, Any] = LIMIT | {"ridge": 0.0}
"""The other order of limits, of the linear kernel: it is LDA at any covariance."""
COMMON: dict[str, dict[str, Any]] = {
    "quick": {"seeds": 3, "validation": 200, "side": 20},
    "paper": {"seeds": 20},
    "full": {"seeds": 50},
}


def _make(preset: str) -> list[ProbeSetting]:
    variants: list[dict[str, Any]] = [{"train": train} for train in TRAIN[preset]] + [LIMIT]
    places = [(variant, kernel) for variant in variants for kernel in KERNELS]
    found = [
        {"kernel": kernel, "rho_s": RHO, "ratio": ratio, **variant}
        for variant, kernel in [*places, (RIDGELESS, "linear")]
        for ratio in RATIOS[preset]
    ]
    found += [
        {"kernel": kernel, "rho_s": EQUAL, "ratio": ratio, "train": max(TRAIN[preset])}
        for kernel in KERNELS
        for ratio in EQUAL_RATIOS[preset]
    ]
    return [ProbeSetting("kernel_reliance", {**place, **COMMON[preset]}) for place in found]


EXPERIMENT = Experiment(
    name="shortcut-theory",
    title="kernel theory of the shortcut bias",
    question="Has the bias of infinitely wide predictors the sign and the order that kernel theory gives?",
    make=_make,
)
