"""Local signal adaptivity against a pair of ReLUs and against ReLU with a trained output layer."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

ACTIVATIONS = {
    "quick": {"k": (8, 12), "d": 8, "sigma": 0.1, "n_max": 2000},
    "paper": {"k": (8, 12, 16, 20), "d": 20, "sigma": 0.1, "n_max": 4000},
    "full": {"k": (8, 16, 32, 64), "d": 20, "sigma": 0.1, "n_max": 16000},
}


def _make(preset: str) -> list[Setting]:
    size = ACTIVATIONS[preset]
    return [
        honest(preset, size, model=model, k=k, d=size["d"], activation=activation)
        for model in ("lcn", "cnn")
        for activation in ("lsa", "relu_pair", "relu")
        for k in size["k"]
    ]


EXPERIMENT = Experiment(
    name="activations",
    title="LSA against ReLU variants",
    question="Does the separation of LCN and CNN depend on the activation?",
    make=_make,
)
