"""Learning curves: risk at every n of a list, for the three architectures and the linear model."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

CURVES = {
    "quick": {"k": 6, "d": 8},
    "paper": {"k": 6, "d": 10},
    "full": {"k": 8, "d": 16},
}
NS = {
    "quick": (10, 20, 40, 80, 160, 320, 640, 1280),
    "paper": (5, 10, 20, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960, 1280, 1920),
    "full": (5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240),
}


def _make(preset: str) -> list[Setting]:
    size = CURVES[preset]
    # Honest only: under the paper's protocol training ends at the target, so that lower risks are not seen.
    return [
        honest(preset, size, model=model, **size, sigma=0.15, floor="oracle", ns=NS[preset])
        for model in ("fcn", "lcn", "cnn", "linear")
    ]


EXPERIMENT = Experiment(
    name="curves",
    title="learning curves",
    question="How does the risk fall with n, and where do the floors lie?",
    make=_make,
)
