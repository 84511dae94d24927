"""Movement of the tangent kernel during training, against the width and against the output scale."""

from sims.experiments.experiment import Experiment
from sims.experiments.kernels.kernel_convergence import MODELS, SIGMA, net_options
from sims.experiments.setting import ProbeSetting

LAZY = 16.0
"""The scale at which the width varies, and from which on scales enter the exponents."""

SIZES = {
    "quick": {"k": 4, "d": 6, "n": 30, "steps": 50, "repetitions": 6},
    "paper": {"k": 4, "d": 8, "n": 100, "steps": 200, "repetitions": 8},
    "full": {"k": 6, "d": 16, "n": 200, "steps": 400, "repetitions": 24},
}
NETS = {"quick": ("wide_cnn",), "paper": MODELS, "full": MODELS}
ACTIVATIONS = {"quick": ("erf",), "paper": ("erf", "lsa"), "full": ("erf", "lsa", "relu")}
WIDTHS = {"quick": (64.0, 256.0), "paper": (64.0, 1024.0), "full": (64.0, 16384.0)}
SCALES = {"quick": (1.0, 64.0), "paper": (0.25, 256.0), "full": (0.25, 256.0)}
"""Ranges of width, at the scale `LAZY`, and of scale, at the width `AT_WIDTH`."""
AT_WIDTH = {"quick": 64.0, "paper": 256.0, "full": 1024.0}


def _make(preset: str) -> list[ProbeSetting]:
    narrowest, widest = WIDTHS[preset]
    least, most = SCALES[preset]
    at_width = AT_WIDTH[preset]
    ranges = (
        {"vary": "width", "smallest": narrowest, "largest": widest, "fixed": LAZY},
        {"vary": "scale", "smallest": least, "largest": most, "fixed": at_width, "fit_from": LAZY},
    )
    shared = {"sigma": SIGMA, **SIZES[preset]}
    return [
        ProbeSetting("kernel_movement", {"model": model, **shared, **span, **net_options(activation)})
        for model in NETS[preset]
        for activation in ACTIVATIONS[preset]
        for span in ranges
    ]


EXPERIMENT = Experiment(
    name="kernel-movement",
    title="movement of the tangent kernel",
    question="How far does training move the tangent kernel, by width and by output scale?",
    make=_make,
)
