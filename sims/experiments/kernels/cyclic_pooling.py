"""Five kernels with patches and pooling on a cyclic cubic polynomial: the figure 1 of Misiakiewicz and Mei
2022."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

SIZES = {
    "quick": {"repetitions": 4, "sizes": 10, "test_size": 500},
    "paper": {"repetitions": 20, "sizes": 16, "test_size": 1000},
    "full": {"repetitions": 50, "sizes": 16, "test_size": 2000},
}
LARGE = {
    "quick": {"smallest": 3000, "largest": 6000, "sizes": 6, "repetitions": 2},
    "paper": {"smallest": 1500, "largest": 8192, "sizes": 12, "repetitions": 5},
    "full": {"smallest": 1500, "largest": 16_384, "sizes": 16, "repetitions": 10},
}
"""The fully connected kernel, which needs by far the most samples."""
TASK = {"d": 30, "patch": 10, "window": 5, "ridge": 1e-6}
"""The paper's sizes."""
LOW = {"fc_gp": (50, 500), "ck": (180, 1500), "ck_lp": (40, 400), "ck_gp": (5, 100)}
HIGH = {"fc_gp": (50, 500), "ck": (180, 1500), "ck_lp": (700, 2000), "ck_gp": (5, 100)}
"""Smallest and largest training set: both sides of where theory puts one half of the variance, if at all."""


def _make(preset: str) -> list[ProbeSetting]:
    common = {**TASK, **SIZES[preset]}
    places = [("fc", "low", common | LARGE[preset])]
    for frequency, ranges in (("low", LOW), ("high", HIGH)):
        places += [
            (kernel, frequency, common | {"smallest": smallest, "largest": largest})
            for kernel, (smallest, largest) in ranges.items()
        ]
    return [
        ProbeSetting("cyclic_pooling", {"kernel": kernel, "frequency": frequency, **fields})
        for kernel, frequency, fields in places
    ]


EXPERIMENT = Experiment(
    name="cyclic-pooling",
    title="kernels with patches and pooling",
    question="In which order do five kernels learn a cyclic cubic polynomial, and is it the predicted one?",
    make=_make,
)
