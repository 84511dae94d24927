"""One patch, where locality and weight sharing say nothing and the architectures must agree."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import SEEDS, honest
from sims.experiments.setting import Setting

# One patch: the three architectures coincide (with one neuron in the fully connected net).
ONE_PATCH = {
    "quick": {"d": (10, 20, 40), "sigma": 0.5, "n_max": 2000},
    "paper": {"d": (10, 20, 40, 80), "sigma": 0.5, "n_max": 2000},
    "full": {"d": (10, 20, 40, 80, 160), "sigma": 0.5, "n_max": 4000},
}


def _make(preset: str) -> list[Setting]:
    size = ONE_PATCH[preset]
    return [
        honest(preset, size, model=model, k=1, d=d, seeds=SEEDS[preset])
        for model in ("fcn", "lcn", "cnn")
        for d in size["d"]
    ]


EXPERIMENT = Experiment(
    name="one-patch",
    title="one patch: all must agree",
    question="Do FCN, LCN and CNN need the same number of samples when there is only one patch?",
    make=_make,
)
