"""n* of kernels of LCN and CNN with more, fresh seeds."""

from sims.experiments.again import again
from sims.experiments.experiment import Experiment
from sims.experiments.kernels.kernels import ACTIVATION
from sims.experiments.kernels.kernels import EXPERIMENT as ON_DSD
from sims.experiments.kernels.local_signal_kernels import EXPERIMENT as LOCAL_SIGNAL
from sims.experiments.setting import ProbeSetting, Setting


def _make(preset: str) -> list[Setting | ProbeSetting]:
    lcn = again(
        ON_DSD,
        preset,
        lambda one: one.model == "lcn" and one.learner.get("activation") == ACTIVATION,
        seeds=16,
    )
    thresholds = again(
        LOCAL_SIGNAL, preset, lambda one: one.learner.get("threshold_gradient") == "per_channel", seeds=10
    )
    return lcn + thresholds


EXPERIMENT = Experiment(
    name="replicated-kernels",
    title="n* of kernels, again",
    question="Does the LCN kernel learn every patch alone, and does that of a CNN with a threshold a channel "
    "find the signal, by two to five times the seeds?",
    make=_make,
)
