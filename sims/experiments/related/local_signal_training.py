"""Online training on the local-signal task: filter, bias and error along the run."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    return [ProbeSetting("local_signal_training", sizes.LOCAL_SIGNAL_TRAINING[preset])]


EXPERIMENT = Experiment(
    name="local-signal-training",
    title="online training on the local-signal task",
    question="Does the CNN align with the signal and raise its bias above the noise?",
    make=_make,
    probe="local_signal_training",
)
