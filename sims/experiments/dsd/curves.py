"""Learning curves: risk at every n of a list, for the three architectures and the linear model."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.CURVES[preset]
    # Honest only: under the paper's protocol training ends at the target, so that lower risks are not seen.
    return [
        Setting(
            k=size["k"],
            d=size["d"],
            sigma=size["sigma"],
            model=model,
            floor="oracle",
            protocol="honest",
            seeds=sizes.seeds_of(model, preset),
            ns=size["ns"],
        )
        for model in ("fcn", "lcn", "cnn", "linear")
    ]


EXPERIMENT = Experiment(
    name="curves",
    title="learning curves",
    question="How does the risk fall with n, and where do the floors lie?",
    make=_make,
)
