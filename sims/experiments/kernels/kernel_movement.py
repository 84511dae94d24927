"""Movement of the tangent kernel during training, against the width and against the output scale."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.kernels.kernel_convergence import MODELS, SIGMA, net_options
from sims.experiments.setting import ProbeSetting

LAZY = 16.0
"""The scale at which the width varies, and from which on scales enter the exponents."""

# scale: its range at the width `at_width`; width: its range at the scale `LAZY`.
SIZES: dict[str, dict[str, Any]] = {
    "quick": {
        "models": ("wide_cnn",),
        "activations": ("erf",),
        "k": 4,
        "d": 6,
        "width": (64, 256),
        "scale": (1.0, 64.0),
        "at_width": 64,
        "n": 30,
        "steps": 50,
        "repetitions": 6,
    },
    "paper": {
        "models": MODELS,
        "activations": ("erf", "lsa"),
        "k": 4,
        "d": 8,
        "width": (64, 1024),
        "scale": (0.25, 256.0),
        "at_width": 256,
        "n": 100,
        "steps": 200,
        "repetitions": 8,
    },
    "full": {
        "models": MODELS,
        "activations": ("erf", "lsa", "relu"),
        "k": 6,
        "d": 16,
        "width": (64, 16384),
        "scale": (0.25, 256.0),
        "at_width": 1024,
        "n": 200,
        "steps": 400,
        "repetitions": 24,
    },
}


def _make(preset: str) -> list[ProbeSetting]:
    size = SIZES[preset]
    shared = {"sigma": SIGMA, **{name: size[name] for name in ("k", "d", "n", "steps", "repetitions")}}
    ranges = (
        {
            "vary": "width",
            "smallest": float(size["width"][0]),
            "largest": float(size["width"][1]),
            "fixed": LAZY,
        },
        {
            "vary": "scale",
            "smallest": size["scale"][0],
            "largest": size["scale"][1],
            "fixed": float(size["at_width"]),
            "fit_from": LAZY,
        },
    )
    return [
        ProbeSetting("kernel_movement", {"model": model, **shared, **span, **net_options(activation)})
        for model in size["models"]
        for activation in size["activations"]
        for span in ranges
    ]


EXPERIMENT = Experiment(
    name="kernel-movement",
    title="movement of the tangent kernel",
    question="How far does training move the tangent kernel, by width and by output scale?",
    make=_make,
)
