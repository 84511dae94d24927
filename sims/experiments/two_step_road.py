"""The published two steps from the theorem's noise to sigma = 1/sqrt(k), beside their predictions."""

import math
from typing import TYPE_CHECKING, Any

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.two_step_theorem import noise

if TYPE_CHECKING:
    from theory.architectures import Architecture

NETS: "tuple[Architecture, ...]" = ("lcn", "cnn")
TEST_SIZES = {"lcn": 200, "cnn": 20}
"""Test samples of one repetition: the CNN's repetitions are many, and few of their samples train."""


def at_scale(scale: float, k: int) -> float:
    """sigma = scale / sqrt(k), to six digits."""
    return float(f"{scale / math.sqrt(k):.6g}")


def _make(preset: str) -> list[ProbeSetting]:
    from theory.upper_bounds import (
        smallest_patch,
        sufficient_samples,
    )  # late: it imports scipy, and a list needs none

    size = sizes.TWO_STEP_ROAD[preset]
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

    of_the_theorem = [(k, smallest_patch(k)) for k in sizes.TWO_STEP_THEOREM[preset]["k"]]
    places = [(k, d, noise(k, d)) for k, d in dict.fromkeys([*of_the_theorem, *size["sizes"]])]
    places += [(k, d, at_scale(scale, k)) for k, d in size["sizes"] for scale in size["scales"]]
    settings = [
        setting(model, k, d, sigma, sufficient_samples(model, k, d, sigma))
        for model in NETS
        for k, d, sigma in places
    ]
    k, d = size["sizes"][-1] if preset == "quick" else (20, 20)
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
    probe="two_step_alignment",
)
