"""Does n* change if training may try more rates? The cells of `budgets` with wider grids."""

import dataclasses

from sims.experiments.experiment import Experiment
from sims.experiments.one_bar import budgets
from sims.experiments.setting import Setting

# Grids of the protocol "tuned", which a list of settings cannot ask: it is made without jax. Rates of the
# weights of the LCN are times k.
RATES: dict[str, dict[str, tuple[float, ...]]] = {
    "cnn": {"lr_w": (0.5, 0.3, 0.2, 0.1, 0.05), "lr_b": (0.6, 0.3, 0.15, 0.07, 0.03, 0.015)},
    "fcn": {"lr_w": (1.3, 1.0, 0.5), "lr_b": (0.1, 0.01)},
}


def wider(values: tuple[float, ...]) -> list[float]:
    """The values of a grid with one more at each end: 1.6 times the largest, half of the smallest."""
    return [round(1.6 * max(values), 6), *values, round(min(values) / 2, 6)]


def with_wider_grid(setting: Setting) -> Setting:
    """The setting with a grid of rates that is `wider` than that of the protocol "tuned" at both ends."""
    grid = RATES["fcn" if setting.model == "fcn" else "cnn"]
    scale = setting.k if setting.model == "lcn" and setting.k else 1
    weights = tuple(scale * rate for rate in grid["lr_w"])
    return dataclasses.replace(setting, learner={"lr_w": wider(weights), "lr_b": wider(grid["lr_b"])})


def _make(preset: str) -> list[Setting]:
    plain = [one for one in budgets.EXPERIMENT.settings(preset) if isinstance(one, Setting)]
    return [with_wider_grid(one) for one in plain if one.protocol == "tuned" and not one.learner]


EXPERIMENT = Experiment(
    name="rates",
    title="n* with more rates to choose from",
    question="Does n* of the trained nets change if the grid of rates is wider at each end?",
    make=_make,
)
