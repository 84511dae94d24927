"""Alignment along the two steps, simulated with the learner itself, beside its prediction."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    size = sizes.ALIGNMENT[preset]
    return [
        ProbeSetting(
            "two_step_alignment",
            {
                "model": model,
                "k": k,
                "d": d,
                "sigma": size["sigma"],
                "n": ratio * k,
                "bias_1": size["bias_1"],
            },
        )
        for model in ("lcn", "cnn")
        for k in size["k"]
        for d in size["d"]
        for ratio in size["ratio"]
    ]


EXPERIMENT = Experiment(
    name="alignment",
    title="alignment along the two steps",
    question="Are alignments, norms and risks along the two steps as theory predicts?",
    make=_make,
    probe="two_step_alignment",
)
