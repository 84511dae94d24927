"""The published two steps from the theorem's noise to sigma = 1/sqrt(k), beside their predictions."""

import math
from typing import TYPE_CHECKING, Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.two_step.two_step_theorem import TWO_STEP_THEOREM, noise

if TYPE_CHECKING:
    from theory.architectures import Architecture

# From that noise to sigma = 1/sqrt(k), at sigma sqrt(k) of "scales": at the proofs' smallest patch and at the
# size of the other experiments. n: samples tried at sigma = 1/sqrt(k), with either loss. numbers: coordinates
# drawn for one point, which set its repetitions, between the two of "repetitions".
TWO_STEP_ROAD = {
    "quick": {
        "sizes": ((4, 60),),
        "scales": (0.03, 0.3, 1.0),
        "losses_at": (4, 60),
        "n": (1000,),
        "numbers": 1e7,
        "repetitions": (4, 100),
    },
    "paper": {
        "sizes": ((8, 832), (20, 20)),
        "scales": (0.003, 0.01, 0.02, 0.035, 0.06, 0.1, 0.17, 0.3, 0.5, 0.7, 1.0),
        "losses_at": (20, 20),
        "n": (1000, 10_000, 100_000),
        "numbers": 4e8,
        "repetitions": (12, 1600),
    },
    "full": {
        "sizes": ((8, 832), (20, 20), (40, 40)),
        "scales": (0.003, 0.01, 0.02, 0.035, 0.06, 0.1, 0.13, 0.17, 0.22, 0.3, 0.5, 0.7, 1.0),
        "losses_at": (20, 20),
        "n": (1000, 10_000, 100_000),
        "numbers": 2e9,
        "repetitions": (24, 3200),
    },
}


NETS: "tuple[Architecture, ...]" = ("lcn", "cnn")
TEST_SIZES = {"lcn": 200, "cnn": 20}
"""Test samples of one repetition: the CNN's repetitions are many, and few of their samples train."""


def at_scale(scale: float, k: int) -> float:
    """sigma = scale / sqrt(k), to six digits."""
    return float(f"{scale / math.sqrt(k):.6g}")


def _make(preset: str) -> list[ProbeSetting]:
    from theory.two_step.upper_bounds import (  # late: it imports scipy, and a list needs none
        smallest_patch,
        sufficient_samples,
    )

    size = TWO_STEP_ROAD[preset]
    least, most = size["repetitions"]

    def setting(model: "Architecture", k: int, d: int, sigma: float, n: int, **more: Any) -> ProbeSetting:
        test_size = TEST_SIZES[model]
        repetitions = round(size["numbers"] / ((n + test_size) * k * d))
        fields = {
            "model": model,
            "k": k,
            "d": d,
            "sigma": sigma,
            "n": n,
            "repetitions": min(max(repetitions, least), most),
            "test_size": test_size,
        }
        return ProbeSetting("two_step_alignment", {**fields, **more})

    of_the_theorem = [(k, smallest_patch(k)) for k in TWO_STEP_THEOREM[preset]["k"]]
    places = [(k, d, noise(k, d)) for k, d in dict.fromkeys([*of_the_theorem, *size["sizes"]])]
    places += [(k, d, at_scale(scale, k)) for k, d in size["sizes"] for scale in size["scales"]]
    settings = [
        setting(model, k, d, sigma, sufficient_samples(model, k, d, sigma))
        for model in NETS
        for k, d, sigma in places
    ]
    k, d = size["losses_at"]
    settings += [
        setting("lcn", k, d, at_scale(1.0, k), n, loss=loss)
        for loss in ("squared", "correlation")
        for n in size["n"]
    ]
    return settings


EXPERIMENT = Experiment(
    name="two-step-road",
    title="the two steps from the theorem's noise to 1/sqrt(k)",
    question="Where does the algorithm of the upper bounds stop working, and is that where theory says?",
    make=_make,
)
