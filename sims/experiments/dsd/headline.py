"""The three architectures along k with fresh seeds: what ``make figures`` computes here and now."""

from sims.experiments.dsd.architectures import SIGMA
from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

# Sizes of the experiment "architectures" of preset paper, so that published cells stand beside all of these.
# The fully connected net at k = 10 alone would take as long as all the others.
SIZES = {
    "quick": {"k": (5, 6), "fcn": (5,), "d": 10, "n_max": 8000, "seeds": (300, 301)},
    "paper": {"k": (5, 6, 8, 10), "fcn": (5, 6, 8), "d": 10, "n_max": 8000, "seeds": (300, 301, 302)},
    "full": {
        "k": (5, 6, 8, 10),
        "fcn": (5, 6, 8, 10),
        "d": 10,
        "n_max": 8000,
        "seeds": (300, 301, 302),
    },
}


def _make(preset: str) -> list[Setting]:
    size = SIZES[preset]
    return [
        honest(preset, size, model=model, k=k, d=size["d"], sigma=SIGMA, seeds=size["seeds"])
        for model in ("fcn", "lcn", "cnn")
        for k in size["fcn" if model == "fcn" else "k"]
    ]


EXPERIMENT = Experiment(
    name="headline",
    title="n* of FCN, LCN and CNN along k, with fresh seeds",
    question="Do seeds that no published table has, computed on this machine, give the n* that is published?",
    make=_make,
)
