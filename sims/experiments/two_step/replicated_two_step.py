"""Two-step gradient descent on the CNN along d, with a bias_1 that thresholds, with more, fresh seeds."""

import dataclasses

from sims.experiments.again import again
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting, Setting
from sims.experiments.two_step.two_step import EXPERIMENT as FIRST
from sims.experiments.two_step.two_step import TWO_STEP

FARTHER = {"quick": (), "paper": (80, 160), "full": ()}
"""Patch sizes beyond those of the first experiment. Its exponent lay on its bound, which seeds alone do not
decide; over a wider range logarithms count for less.
"""


def _make(preset: str) -> list[Setting | ProbeSetting]:
    at_k = TWO_STEP[preset]["at_k"]
    line = again(
        FIRST,
        preset,
        lambda one: one.model == "cnn" and one.k == at_k and "bias_1" in one.learner,
        seeds=16,
    )
    return line + [dataclasses.replace(line[-1], d=d) for d in FARTHER[preset]]


EXPERIMENT = Experiment(
    name="replicated-two-step",
    title="two-step gradient descent on the CNN along d, again",
    question="Is n* at most linear in d, by twice the seeds and up to four times the patch size?",
    make=_make,
)
