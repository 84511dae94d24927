"""n* against the noise level, at fixed k = d."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

SIGMA = {
    "quick": {"size": 10, "sigma": (0.08, 0.12, 0.18, 0.27), "n_max": 4000},
    "paper": {"size": 16, "sigma": (0.06, 0.09, 0.13, 0.19, 0.28), "n_max": 8000},
    "full": {"size": 32, "sigma": (0.05, 0.075, 0.1, 0.15, 0.2, 0.3), "n_max": 16000},
}


def _make(preset: str) -> list[Setting]:
    size = SIGMA[preset]
    return [
        honest(preset, size, model=model, k=size["size"], d=size["size"], sigma=sigma)
        for model in ("lcn", "cnn")
        for sigma in size["sigma"]
    ]


EXPERIMENT = Experiment(
    name="sigma",
    title="n* against sigma",
    question="Does n* grow as sigma^2, as every bound says?",
    make=_make,
)
