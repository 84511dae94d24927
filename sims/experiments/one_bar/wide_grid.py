"""The LCN at one required cosine with more rates to choose from, at the ends of k too, where they bind."""

from sims.experiments.again import again
from sims.experiments.experiment import Experiment
from sims.experiments.one_bar.cells import few_seeds
from sims.experiments.one_bar.rates import with_wider_grid
from sims.experiments.one_bar.sweeps_cosine_6 import EXPERIMENT as FIRST
from sims.experiments.one_bar.sweeps_cosine_6 import FOUR_SEEDS_FROM, SIZES
from sims.experiments.setting import Setting

NOT_AGAIN = {"quick": (), "paper": (12, 24, 48), "full": (12, 24, 48)}
"""Patches in between, which are left out along k."""


def _make(preset: str) -> list[Setting]:
    size = SIZES[preset]

    def is_asked(one: Setting) -> bool:
        between = one.d == size["at_d"] and one.k in NOT_AGAIN[preset]
        return one.model == "lcn" and not between

    return [
        few_seeds(with_wider_grid(one), from_k=FOUR_SEEDS_FROM)
        for one in again(FIRST, preset, is_asked, seeds=8)
        if isinstance(one, Setting)
    ]


EXPERIMENT = Experiment(
    name="wide-grid",
    title="n* of the LCN against k and d with more rates to choose from",
    question="Is it the grid of rates, which binds at small and at large k, that makes n* of the LCN grow "
    "faster than k and slower than d?",
    make=_make,
)
