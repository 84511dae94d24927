"""The CNN along d under the paper's protocol, with more, fresh seeds."""

from sims.experiments.again import again
from sims.experiments.dsd.sweeps import EXPERIMENT as FIRST
from sims.experiments.dsd.sweeps import SWEEPS
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting, Setting


def _make(preset: str) -> list[Setting | ProbeSetting]:
    where = {"model": "cnn", "protocol": "lahoti", "k": SWEEPS[preset]["at_k"]}
    return again(FIRST, preset, lambda one: where.items() <= vars(one).items(), seeds=20)


EXPERIMENT = Experiment(
    name="replicated-sweeps",
    title="n* against d, CNN, again",
    question="Is n* of the CNN at most linear in d, by four times the seeds?",
    make=_make,
)
