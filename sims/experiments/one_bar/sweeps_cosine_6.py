"""n* of LCN and CNN against k and d at one required cosine, 0.6, under a budget that is meant not to bind."""

from sims.experiments.experiment import Experiment
from sims.experiments.one_bar.cells import few_seeds, one_bar
from sims.experiments.presets import along_both
from sims.experiments.setting import Setting

SIGMA = 0.1
SIZES = {
    "quick": {"k": (8, 12, 16), "at_d": 6, "d": (4, 6, 10), "at_k": 8, "n_max": 400},
    "paper": {
        "k": (8, 12, 16, 24, 32, 48, 64, 128),
        "at_d": 20,
        "d": (10, 20, 40, 80),
        "at_k": 16,
        "n_max": 20_000,
    },
    "full": {
        "k": (8, 12, 16, 24, 32, 48, 64, 128, 256),
        "at_d": 20,
        "d": (10, 20, 40, 80, 160),
        "at_k": 16,
        "n_max": 40_000,
    },
}
FOUR_SEEDS_FROM = 128
"""Patches from which on a cell has four seeds."""


def _make(preset: str) -> list[Setting]:
    size = {**SIZES[preset], "cosine": 0.6}
    return [
        few_seeds(one_bar(preset, size, model=model, k=k, d=d, sigma=SIGMA), from_k=FOUR_SEEDS_FROM)
        for model in ("lcn", "cnn")
        for k, d in along_both(size)
    ]


EXPERIMENT = Experiment(
    name="sweeps-cosine-6",
    title="n* against k and d at one required cosine, 0.6",
    question="How does n* of LCN and CNN grow where no budget is meant to bind, at cosine 0.6?",
    make=_make,
)
