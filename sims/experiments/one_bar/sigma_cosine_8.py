"""n* against sigma, fixed and as 1/sqrt(k), at one required cosine."""

import math

from sims.experiments.experiment import Experiment
from sims.experiments.one_bar.cells import one_bar
from sims.experiments.setting import Setting

COSINE = 0.8
# Up to the noise at which no linear predictor reaches the target; d is large, as below sigma^2 d of order one
# n* is mostly a matter of seeing every patch.
SIZES = {
    "quick": {"k": 10, "d": 8, "sigma": (0.12, 0.17, 0.24), "along_k": (8, 12, 18), "n_max": 400},
    "paper": {
        "k": 16,
        "d": 32,
        "sigma": (0.1, 0.14, 0.2, 0.28),
        "along_k": (8, 12, 16, 24, 32),
        "n_max": 20_000,
    },
    "full": {
        "k": 16,
        "d": 32,
        "sigma": (0.07, 0.1, 0.14, 0.2, 0.28),
        "along_k": (8, 12, 16, 24, 32, 64),
        "n_max": 40_000,
    },
}
SCALE = 0.56
"""sigma sqrt(k) of the cells along sigma = c / sqrt(k): the sweep at sigma = 0.14 and k = 16 has it too."""


def _make(preset: str) -> list[Setting]:
    size = {**SIZES[preset], "cosine": COSINE}
    places = [(size["k"], sigma) for sigma in size["sigma"]]
    places += [(k, round(SCALE / math.sqrt(k), 6)) for k in size["along_k"]]
    return [
        one_bar(preset, size, model=model, k=k, d=size["d"], sigma=sigma)
        for model in ("lcn", "cnn")
        for k, sigma in dict.fromkeys(places)
    ]


EXPERIMENT = Experiment(
    name="sigma-cosine-8",
    title="n* against sigma at one required cosine, 0.8",
    question="At one required cosine, does n* grow as sigma^2, and how with k where sigma ~ 1/sqrt(k)?",
    make=_make,
)
