"""Alignment along the two steps, simulated with the learner itself, beside its prediction."""

import itertools
from typing import Any

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    size = sizes.ALIGNMENT[preset]
    # The correlation loss, whose first step has exact predictions for every architecture.
    base = {"sigma": size["sigma"], "bias_1": size["bias_1"], "loss": "correlation"}

    def places(of: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"k": k, "d": d, "n": ratio * k}
            for k, d, ratio in itertools.product(of["k"], of["d"], of["ratio"])
        ]

    fields = [{"model": model, **place, **base} for model in ("lcn", "cnn") for place in places(size)]
    corners = places(size["corners"])
    fields += [{"model": "fcn", **place, **base} for place in corners]
    fields += [
        {"model": model, **place, **base, "sigma": sigma}
        for model in ("fcn", "lcn", "cnn")
        for place in corners
        for sigma in size["sigmas"]
    ]
    fields += [{"model": "lcn", **corners[-1], **base, **change} for change in sizes.BEYOND_PREDICTION]
    return [ProbeSetting("two_step_alignment", one) for one in fields]


EXPERIMENT = Experiment(
    name="alignment",
    title="alignment along the two steps",
    question="Are alignments, norms and risks along the two steps as theory predicts?",
    make=_make,
    probe="two_step_alignment",
)
