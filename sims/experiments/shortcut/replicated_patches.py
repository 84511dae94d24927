"""Shortcut bias of the three architectures against the number of samples, with more, fresh seeds."""

from sims.experiments.again import again
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting, Setting
from sims.experiments.shortcut.shortcut_patches_n import EXPERIMENT as FIRST
from sims.experiments.shortcut.shortcut_patches_n import RATIOS

NOT_ASKED = 80
"""The number of samples that no claim speaks of."""


def _make(preset: str) -> list[Setting | ProbeSetting]:
    where = {"placement": "patch", "ratio": max(RATIOS[preset])}
    return again(
        FIRST,
        preset,
        lambda one: where.items() <= one.fields.items() and one.fields["n"] != NOT_ASKED,
        seeds=40,
    )


EXPERIMENT = Experiment(
    name="replicated-patches",
    title="shortcut bias and samples, again",
    question="Do sharing and more samples make nets go with the shortcut less, by four times the seeds?",
    make=_make,
)
