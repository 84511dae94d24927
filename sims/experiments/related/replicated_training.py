"""Online training on the local-signal task with more, fresh repetitions."""

from sims.experiments.again import again
from sims.experiments.experiment import Experiment
from sims.experiments.related.local_signal_training import EXPERIMENT as FIRST

EXPERIMENT = Experiment(
    name="replicated-training",
    title="online training on the local-signal task, again",
    question="Is the CNN's error below half of the best linear predictor's, by three times the runs?",
    make=lambda preset: again(FIRST, preset, lambda one: True, repetitions=16),
)
