"""(c) n* against the noise level."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.SIGMA[preset]
    return [
        Setting(
            k=size["size"],
            d=size["size"],
            sigma=sigma,
            model=model,
            protocol="honest",
            seeds=sizes.SEEDS[preset],
            n_max=size["n_max"],
        )
        for model in ("lcn", "cnn")
        for sigma in size["sigma"]
    ]


EXPERIMENT = Experiment(
    name="sigma",
    title="n* against sigma",
    question="Does n* grow as sigma^2, as every bound says?",
    make=_make,
)
