"""(f) Width of the fully connected net."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.WIDTH[preset]
    k = size["k"]
    # Width k is written as the default, so that the cell is the one that other experiments measure.
    widths = [None if multiple == 1 else max(1, round(multiple * k)) for multiple in size["multiples"]]
    return [
        Setting(
            k=k,
            d=size["d"],
            sigma=size["sigma"],
            model="fcn",
            width=width,
            protocol="honest",
            seeds=sizes.seeds_of("fcn", preset),
            n_max=size["n_max"],
        )
        for width in widths
    ]


EXPERIMENT = Experiment(
    name="width",
    title="width of the FCN",
    question="Does n* of the FCN depend on its width, for which the paper takes k?",
    make=_make,
)
