"""FCN, LCN and CNN on the same samples at one required cosine, and the best with the FCN's symmetry."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.one_bar.cells import SEEDS, at_cosine, few_seeds, one_bar
from sims.experiments.presets import along_both
from sims.experiments.setting import Setting

# At cosine 0.6 a linear predictor would reach the target on few patches.
SIGMA, COSINE = 0.15, 0.8
SIZES: dict[str, dict[str, Any]] = {
    "quick": {"k": (4, 5, 6), "at_d": 6, "d": (6,), "at_k": 4, "posterior_k": (4,), "n_max": 1000},
    "paper": {
        "k": (4, 5, 6, 8, 10, 12, 16),
        "at_d": 10,
        "d": (6, 10, 16, 24),
        "at_k": 6,
        "posterior_k": (4, 5, 6, 8),
        "n_max": 20_000,
    },
    "full": {
        "k": (4, 5, 6, 8, 10, 12, 16, 24),
        "at_d": 10,
        "d": (6, 10, 16, 24, 40),
        "at_k": 6,
        "posterior_k": (4, 5, 6, 8, 10),
        "n_max": 40_000,
    },
}
FCN_FOUR_SEEDS_FROM = 16
"""Patches from which on the FCN has four seeds."""


def _make(preset: str) -> list[Setting]:
    size = {**SIZES[preset], "cosine": COSINE}
    nets = [
        one_bar(preset, size, model=model, k=k, d=d, sigma=SIGMA, seeds=SEEDS[preset])
        for model in ("fcn", "lcn", "cnn")
        for k, d in along_both(size)
    ]
    few = [few_seeds(one, from_k=FCN_FOUR_SEEDS_FROM, models=("fcn",)) for one in nets]
    return few + [_posterior(preset, k, size["at_d"], size["n_max"]) for k in size["posterior_k"]]


def _posterior(preset: str, k: int, d: int, n_max: int) -> Setting:
    """The Bayes posterior under the FCN's group, which selects nothing and so holds nothing out."""
    return Setting(
        model="fcn",
        k=k,
        d=d,
        sigma=SIGMA,
        protocol="direct",
        learner={"name": "posterior", "sigma": SIGMA, "chains": 32},
        criterion={**at_cosine(k, SIGMA, COSINE), "validation_every": None},
        seeds=SEEDS[preset],
        n_max=n_max,
        paired=True,
    )


EXPERIMENT = Experiment(
    name="architectures-cosine-8",
    title="FCN, LCN and CNN on the same samples, at cosine 0.8",
    question="Do FCN, LCN and CNN grow as k^2 d, kd and d on the same samples where no budget binds?",
    make=_make,
)
