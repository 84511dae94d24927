"""Digits on backgrounds with more, fresh seeds, at the predictivity that claims speak of."""

from sims.experiments.again import again
from sims.experiments.experiment import Experiment
from sims.experiments.shortcut.shortcut_digits import EXPERIMENT as FIRST

RHO_S = 0.8

EXPERIMENT = Experiment(
    name="replicated-digits",
    title="digits on backgrounds, again",
    question="Does a residual net lean on the background less where the digit is larger or the background "
    "smaller or grey, by three times the seeds?",
    make=lambda preset: again(FIRST, preset, lambda one: one.fields["rho_s"] == RHO_S, seeds=16),
)
