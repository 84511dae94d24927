"""Online training on the local-signal task: filter, bias and error along the run."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

LOCAL_SIGNAL_TRAINING = {
    "quick": {"k": 500, "d": 10, "batch": 500, "steps": 500, "record_every": 100, "repetitions": 2},
    "paper": {"k": 1000, "d": 10, "batch": 500, "steps": 10_000, "record_every": 200, "repetitions": 5},
    "full": {"k": 1000, "d": 10, "batch": 500, "steps": 10_000, "record_every": 100, "repetitions": 10},
}


def _make(preset: str) -> list[ProbeSetting]:
    return [ProbeSetting("local_signal_training", LOCAL_SIGNAL_TRAINING[preset])]


EXPERIMENT = Experiment(
    name="local-signal-training",
    title="online training on the local-signal task",
    question="Does the CNN align with the signal and raise its bias above the noise?",
    make=_make,
)
