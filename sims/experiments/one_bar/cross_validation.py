"""The CNN at one required cosine, selected by cross-validation in place of a held-out fifth.

Its n* is small: a fifth of it is two to six samples, which select among thirty pairs of rates.
"""

import dataclasses

from sims.experiments.experiment import Experiment
from sims.experiments.one_bar.rates import RATES
from sims.experiments.one_bar.sweeps_cosine_8 import EXPERIMENT as HELD_OUT
from sims.experiments.one_bar.sweeps_cosine_8 import SIZES
from sims.experiments.setting import Setting

LEARNER = {"name": "cross_validated", **RATES["cnn"], "steps": 5000, "patience": 300}
"""As under the protocol "tuned"."""


def _make(preset: str) -> list[Setting]:
    return [
        dataclasses.replace(one, learner=LEARNER, criterion={**one.criterion, "validation_every": None})
        for one in HELD_OUT.settings(preset)
        if isinstance(one, Setting) and one.model == "cnn" and one.d == SIZES[preset]["at_d"]
    ]


EXPERIMENT = Experiment(
    name="cross-validation",
    title="n* of the CNN, selected by cross-validation",
    question="Does the CNN need fewer samples, or grow otherwise with k, if cross-validation selects?",
    make=_make,
)
