"""Does n* change if training may try more rates? The cells of `budgets` with wider grids."""

import dataclasses

from sims.experiments.dsd import budgets
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def wider(values: tuple[float, ...]) -> list[float]:
    """The values of a grid with one more at each end: 1.6 times the largest, half of the smallest."""
    return [round(1.6 * max(values), 6), *values, round(min(values) / 2, 6)]


def _wider(setting: Setting) -> Setting:
    learner = setting.cell().learner
    return dataclasses.replace(setting, learner={"lr_w": wider(learner.lr_w), "lr_b": wider(learner.lr_b)})


def _make(preset: str) -> list[Setting]:
    plain = [one for one in budgets.EXPERIMENT.settings(preset) if isinstance(one, Setting)]
    return [_wider(one) for one in plain if one.protocol == "tuned" and not one.learner]


EXPERIMENT = Experiment(
    name="rates",
    title="n* with more rates to choose from",
    question="Does n* of the trained nets change if the grid of rates is wider at each end?",
    make=_make,
)
