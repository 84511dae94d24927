"""n* of two-step gradient descent exactly as the proofs of the upper bounds run and judge it."""

import math

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting
from sims.experiments.two_step.two_step import two_steps

# The two steps at the noise and the patch length of the upper bounds' proofs, d = 400 ln k.
TWO_STEP_THEOREM = {
    "quick": {"k": (3,), "test_size": 500},
    "paper": {"k": (6, 8, 10), "test_size": 1000},
    "full": {"k": (6, 8, 10, 16), "test_size": 1000},
}

TWO_STEP_CNN_N_MAX = 40


def noise(k: int, d: int) -> float:
    """The largest sigma of the proofs, to four digits, rounded down: the same number on every machine."""
    from theory.two_step.upper_bounds import largest_noise  # late: it imports scipy, and a list needs none

    exact = largest_noise(k, d)
    digits = 3 - math.floor(math.log10(exact))
    return math.floor(exact * 10**digits) / 10**digits


def _make(preset: str) -> list[Setting]:
    from theory.two_step.upper_bounds import (  # late: it imports scipy, and a list needs none
        RISK,
        smallest_patch,
        sufficient_samples,
    )

    size = TWO_STEP_THEOREM[preset]
    settings = []
    for k in size["k"]:
        d = smallest_patch(k)
        sigma = noise(k, d)
        settings += [
            two_steps(
                preset,
                k=k,
                d=d,
                sigma=sigma,
                model=model,
                criterion={
                    "metric": "squared",
                    "floor": "zero",
                    "tolerance": RISK,
                    "test_size": size["test_size"],
                },
                n_max=n_max,
            )
            for model, n_max in (
                ("lcn", sufficient_samples("lcn", k, d, sigma)),
                ("cnn", TWO_STEP_CNN_N_MAX),
            )
        ]
    return settings


EXPERIMENT = Experiment(
    name="two-step-theorem",
    title="two-step gradient descent at the theorem's noise",
    question="At the noise and the sizes of the proofs, do 80 k ln(kd) samples suffice for the LCN, 10 for "
    "the CNN?",
    make=_make,
)
