"""Modes of clustered data with more samples, at which closed forms for infinitely many lie nearer."""

from sims.experiments.again import again
from sims.experiments.experiment import Experiment
from sims.experiments.shortcut.shortcut_modes import EXPERIMENT as FIRST

EXPERIMENT = Experiment(
    name="replicated-modes",
    title="modes of clustered data, again",
    question="Do weights of the core follow the closed form, by more than twice the samples?",
    make=lambda preset: again(FIRST, preset, lambda one: True, train=1600),
)
