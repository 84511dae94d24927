"""Cagnetta et al. 2023: kernels of deep nets on trees of patches adapt to the depth of what they learn."""

import itertools
from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

PATCHES = 4
"""Of two coordinates each: d = 8, as many as three binary filters need."""
DEPTHS = (1, 2, 3)

SIZES: dict[str, dict[str, Any]] = {
    "quick": {"n_min": 64, "n_max": 1024, "plateau": 1024, "spectrum": 512},
    "paper": {"n_min": 256, "n_max": 8192, "plateau": 4096, "spectrum": 2048},
    "full": {"n_min": 256, "n_max": 16384, "plateau": 16384, "spectrum": 8192},
}
DRAWS = {
    "quick": {"test_size": 200, "repetitions": 3},
    "paper": {"test_size": 500, "repetitions": 3},
    "full": {"test_size": 2000, "repetitions": 10},
}


def _order(depths: tuple[int, int]) -> tuple[int, int]:
    """Equal depths first, then shallower teachers, then plateaus."""
    teacher, student = depths
    return (0 if teacher == student else 1 if teacher < student else 2), student


def _make(preset: str) -> list[ProbeSetting]:
    size = SIZES[preset]
    return [
        ProbeSetting(
            "hierarchical_kernels",
            {
                "patches": PATCHES,
                "filter_size": 2,
                "teacher_depth": teacher,
                "student_depth": student,
                "n_min": size["n_min"],
                "n_max": size["plateau"] if teacher > student else size["n_max"],
                "spectrum_size": size["spectrum"] if teacher == student else 0,
                **DRAWS[preset],
            },
        )
        for teacher, student in sorted(itertools.product(DEPTHS, DEPTHS), key=_order)
    ]


EXPERIMENT = Experiment(
    name="hierarchical-kernels",
    title="kernels of trees of patches",
    question="Does a deep kernel learn shallow functions faster than deep ones, and how much?",
    make=_make,
)
