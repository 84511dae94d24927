"""(g) One patch, where locality and weight sharing say nothing and the architectures must agree."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.ONE_PATCH[preset]
    return [
        Setting(
            k=1,
            d=d,
            sigma=size["sigma"],
            model=model,
            protocol="honest",
            seeds=sizes.SEEDS[preset],
            n_max=size["n_max"],
        )
        for model in ("fcn", "lcn", "cnn")
        for d in size["d"]
    ]


EXPERIMENT = Experiment(
    name="one-patch",
    title="one patch: all must agree",
    question="Do FCN, LCN and CNN need the same number of samples when there is only one patch?",
    make=_make,
)
