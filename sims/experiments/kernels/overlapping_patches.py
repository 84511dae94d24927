"""Favero et al. 2021: kernels of overlapping patches learn at the rate of the student's patch, whatever d."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

D = 9
PLATEAUS = (
    ("local", 3, "local", 2),
    ("convolutional", 3, "convolutional", 2),
    ("local", 3, "convolutional", 3),
)
"""(teacher, t, student, s) whose test error must stop to fall."""

# Largest n of the students on convolutional teachers, on local ones, and of the plateaus; pairs: further
# (t, s) with s >= t, of local teachers and students; smaller: (d, t, s) with t < s of convolutional teachers,
# for convolutional students with local ones beside them, up to half of the largest n; a quarter for d > 9, as
# a matrix costs d^2 pairs of patches.
SIZES: dict[str, dict[str, Any]] = {
    "quick": {
        "n_min": 64,
        "convolutional": 512,
        "local": 1024,
        "plateau": 512,
        "pairs": ((2, 2),),
        "smaller": ((9, 2, 3), (6, 2, 3)),
    },
    "paper": {
        "n_min": 256,
        "convolutional": 8192,
        "local": 8192,
        "plateau": 2048,
        "pairs": ((2, 2), (4, 4), (2, 3), (2, 4)),
        "smaller": ((9, 2, 3), (9, 2, 4), (6, 2, 3), (12, 2, 3)),
    },
    "full": {
        "n_min": 256,
        "convolutional": 16384,
        "local": 16384,
        "plateau": 8192,
        "pairs": ((2, 2), (4, 4), (5, 5), (2, 3), (2, 4), (3, 4)),
        "smaller": ((9, 2, 3), (9, 2, 4), (9, 3, 4), (6, 2, 3), (12, 2, 3)),
    },
}
DRAWS = {
    "quick": {"test_size": 300, "repetitions": 3},
    "paper": {"test_size": 500, "repetitions": 3},
    "full": {"test_size": 2000, "repetitions": 10},
}
"""Repetitions are sets of inputs. The paper averages 128 realisations of inputs and field; here the mean over
fields is exact and only inputs scatter, so that three give exponents standard errors of about 1 %."""


def _make(preset: str) -> list[ProbeSetting]:
    size = SIZES[preset]

    def setting(teacher: str, t: int, student: str, s: int, n_max: int, **more: Any) -> ProbeSetting:
        fields = {"d": D, "teacher": teacher, "t": t, "student": student, "s": s}
        fields |= {"n_min": size["n_min"], "n_max": n_max}
        return ProbeSetting("overlapping_patches", fields | DRAWS[preset] | more)

    return [
        setting("convolutional", 3, "convolutional", 3, size["convolutional"], beside="local"),
        setting("local", 3, "local", 3, size["local"]),
        setting("local", 3, "fully_connected", D, size["local"]),
        *(setting("local", t, "local", s, size["local"] // 2) for t, s in size["pairs"]),
        *(setting(*which, size["plateau"]) for which in PLATEAUS),
        *(
            setting(
                "convolutional",
                t,
                "convolutional",
                s,
                size["convolutional"] // (2 if d <= D else 4),
                beside="local",
                d=d,
            )
            for d, t, s in size["smaller"]
        ),
    ]


EXPERIMENT = Experiment(
    name="overlapping-patches",
    title="kernels of overlapping patches",
    question="Is the exponent of the learning curve that of the student's patch, and what does sharing add?",
    make=_make,
)
