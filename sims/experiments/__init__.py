"""Experiments: questions and the cells that answer them. A new one is a file in the folder of its family, a
new family a folder.
"""

from sims.experiments.experiment import PRESETS, Experiment
from sims.experiments.setting import ProbeSetting, Setting
from sims.pieces.errors import require
from sims.pieces.listing import modules_of

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in modules_of(__name__)
    if hasattr(module, "EXPERIMENT")
}


def add_experiment(experiment: Experiment) -> None:
    """Add one that stands outside. Raises `InputError` for another thing, and for a name that another has."""
    fits = isinstance(experiment, Experiment)
    require(fits, "use", experiment, "an EXPERIMENT that is a sims.experiments.Experiment")
    held = EXPERIMENTS.setdefault(experiment.name, experiment)
    require(held is experiment, "use", experiment.name, "an experiment whose name no other has")
