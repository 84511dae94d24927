"""The final bias of the FCN: FCN-low asks for at least 0.01, where the upper bounds end at 0.0001."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.FINAL_BIAS[preset]
    free = [(None, {})]
    clamped = [("fixed", {"init_bias": (bias,)}) for bias in size["clamped"]]
    return [
        Setting(
            k=k,
            d=size["d"],
            sigma=size["sigma"],
            model="fcn",
            bias=bias,
            learner=learner,
            protocol="honest",
            seeds=sizes.seeds_of("fcn", preset),
            n_max=size["n_max"],
        )
        for k in size["k"]
        for bias, learner in [*free, *clamped]
    ]


EXPERIMENT = Experiment(
    name="final-bias",
    title="final bias of the FCN, free and clamped",
    question="Does n* of the FCN depend on the final bias, for which lower and upper bounds differ?",
    make=_make,
)
