"""(b) All three architectures at sizes where the fully connected net fits."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.ARCHITECTURES[preset]
    points = [(k, size["at_d"]) for k in size["k"]] + [(size["at_k"], d) for d in size["d"]]
    return [
        Setting(
            k=k,
            d=d,
            sigma=size["sigma"],
            model=model,
            protocol="honest",
            seeds=sizes.seeds_of(model, preset),
            n_max=size["n_max"],
        )
        for model in ("fcn", "lcn", "cnn")
        for k, d in dict.fromkeys(points)
    ]


EXPERIMENT = Experiment(
    name="architectures",
    title="n* of FCN, LCN and CNN",
    question="Do FCN, LCN and CNN separate as the bounds say, sigma^2 k^2 d, sigma^2 k d and sigma^2 d?",
    make=_make,
)
