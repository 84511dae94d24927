"""Shortcut bias of the three architectures against the number of samples."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_patches import MODELS, PLACEMENTS, RHO, SIGMA

SIZES = {
    "quick": {"k": 4, "d": 4, "seeds": 3, "probes": 400},
    "paper": {"k": 6, "d": 6, "seeds": 10, "probes": 900},
    "full": {"k": 12, "d": 12, "seeds": 30, "probes": 900},
}
NS = {"quick": (20, 160), "paper": (20, 80, 320, 1280), "full": (20, 80, 320, 1280, 5120)}
RATIOS = {"quick": (2.0,), "paper": (1.0, 4.0), "full": (0.25, 1.0, 4.0)}
PLACES = {"quick": ("patch",), "paper": PLACEMENTS, "full": PLACEMENTS}


def _make(preset: str) -> list[ProbeSetting]:
    shared = {"sigma": SIGMA, "rho_s": RHO, **SIZES[preset]}
    return [
        ProbeSetting(
            "patches_bias",
            {"model": model, "n": n, "ratio": ratio, "placement": placement, **shared},
        )
        for placement in PLACES[preset]
        for ratio in RATIOS[preset]
        for model in MODELS
        for n in NS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-patches-n",
    title="shortcut bias and samples",
    question="How does the bias of FCN, LCN and CNN change with the number of samples?",
    make=_make,
)
