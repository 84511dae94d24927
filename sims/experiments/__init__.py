"""Experiments: questions and the cells that answer them. A new one is a file in the folder of its family, a
new family a folder.
"""

from sims.experiments.experiment import PRESETS, Experiment
from sims.experiments.setting import ProbeSetting, Setting
from sims.pieces.listing import modules_of

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in modules_of(__name__)
    if hasattr(module, "EXPERIMENT")
}

__all__ = ["EXPERIMENTS", "PRESETS", "Experiment", "ProbeSetting", "Setting"]
