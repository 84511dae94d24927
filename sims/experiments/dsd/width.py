"""Width of the fully connected net, as multiples of k."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

WIDTH = {
    "quick": {"k": 6, "d": 8, "sigma": 0.15, "multiples": (0.5, 1, 4), "n_max": 4000},
    "paper": {"k": 6, "d": 10, "sigma": 0.15, "multiples": (0.5, 1, 2, 4), "n_max": 8000},
    "full": {"k": 8, "d": 16, "sigma": 0.15, "multiples": (0.5, 1, 2, 4, 8), "n_max": 16000},
}


def _make(preset: str) -> list[Setting]:
    size = WIDTH[preset]
    k = size["k"]
    # Width k is written as the default, so that the cell is the one that other experiments measure.
    widths = [None if multiple == 1 else max(1, round(multiple * k)) for multiple in size["multiples"]]
    return [honest(preset, size, model="fcn", k=k, d=size["d"], width=width) for width in widths]


EXPERIMENT = Experiment(
    name="width",
    title="width of the FCN",
    question="Does n* of the FCN depend on its width, for which the paper takes k?",
    make=_make,
)
