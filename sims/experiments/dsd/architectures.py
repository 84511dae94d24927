"""All three architectures at sizes where the fully connected net fits."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import along_both, honest
from sims.experiments.setting import Setting

# Small enough for the fully connected net, which needs about k^2 d samples; large enough that no linear
# predictor reaches the target (a test holds every net to that: on few patches or at little noise n* would be
# that of learning a linear map).
SIGMA = 0.15
ARCHITECTURES = {
    "quick": {"k": (5, 6, 7, 8), "at_d": 8, "d": (5, 8, 12), "at_k": 5, "n_max": 4000},
    "paper": {"k": (5, 6, 8, 10), "at_d": 10, "d": (6, 10, 16), "at_k": 6, "n_max": 8000},
    "full": {
        "k": (6, 8, 12, 16, 24, 32),
        "at_d": 10,
        "d": (6, 10, 16, 24, 32),
        "at_k": 8,
        "n_max": 32000,
    },
}


def _make(preset: str) -> list[Setting]:
    size = ARCHITECTURES[preset]
    return [
        honest(preset, size, model=model, k=k, d=d, sigma=SIGMA)
        for model in ("fcn", "lcn", "cnn")
        for k, d in along_both(size)
    ]


EXPERIMENT = Experiment(
    name="architectures",
    title="n* of FCN, LCN and CNN",
    question="Do FCN, LCN and CNN separate as the bounds say, sigma^2 k^2 d, sigma^2 k d and sigma^2 d?",
    make=_make,
)
