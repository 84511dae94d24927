"""Empirical tangent kernels of random nets against their limit of infinite width."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

MODELS = ("wide_fcn", "wide_lcn", "wide_cnn")
SIGMA = 0.2
THRESHOLD = 2 * SIGMA
"""Of "lsa": twice the standard deviation of a noise patch's pre-activations at the start, which is sigma."""

SIZES: dict[str, dict[str, Any]] = {
    "quick": {"k": 4, "d": 6, "n": 24, "widest": 1024, "repetitions": 24},
    "paper": {"k": 6, "d": 8, "n": 32, "widest": 4096, "repetitions": 48},
    "full": {"k": 8, "d": 16, "n": 64, "widest": 16384, "repetitions": 64},
}
ACTIVATIONS = {"quick": ("relu",), "paper": ("relu", "erf", "lsa"), "full": ("relu", "erf", "lsa")}


def net_options(activation: str) -> dict[str, Any]:
    """Activation and threshold, as the probes take them."""
    return {"activation": activation, "threshold": THRESHOLD if activation == "lsa" else None}


def _make(preset: str) -> list[ProbeSetting]:
    shared = {"sigma": SIGMA, "narrowest": 64, **SIZES[preset]}
    return [
        ProbeSetting("kernel_convergence", {"model": model, **shared, **net_options(activation)})
        for model in MODELS
        for activation in ACTIVATIONS[preset]
    ]


EXPERIMENT = Experiment(
    name="kernel-convergence",
    title="empirical kernels against infinite width",
    question="Does the tangent kernel of a random net converge as one over the root of the width?",
    make=_make,
)
