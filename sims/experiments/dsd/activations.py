"""(e) Local signal adaptivity against a pair of ReLUs and against ReLU with a trained output layer."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.ACTIVATIONS[preset]
    return [
        Setting(
            k=k,
            d=size["d"],
            sigma=size["sigma"],
            model=model,
            activation=activation,
            protocol="honest",
            seeds=sizes.SEEDS[preset],
            n_max=size["n_max"],
        )
        for model in ("lcn", "cnn")
        for activation in ("lsa", "relu_pair", "relu")
        for k in size["k"]
    ]


EXPERIMENT = Experiment(
    name="activations",
    title="LSA against ReLU variants",
    question="Does the separation of LCN and CNN depend on the activation?",
    make=_make,
)
