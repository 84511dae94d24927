"""(a) The paper's two sweeps, n* against k and against d, for CNN and LCN, with a linear baseline."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.SWEEPS[preset]
    points = [(k, size["at_d"]) for k in size["k"]] + [(size["at_k"], d) for d in size["d"]]
    # The linear model against both floors: its own, and the nets', which no linear predictor can come near.
    models = [("cnn", None), ("lcn", None), ("linear", "linear"), ("linear", "oracle")]
    return [
        Setting(
            k=k,
            d=d,
            sigma=size["sigma"],
            model=model,
            floor=floor,
            protocol=protocol,
            seeds=sizes.SEEDS[preset],
            n_max=sizes.N_MAX[protocol],
        )
        for protocol in sizes.PROTOCOLS
        for model, floor in models
        for k, d in dict.fromkeys(points)
    ]


EXPERIMENT = Experiment(
    name="sweeps",
    title="n* against k and d, CNN and LCN",
    question="How does n* of CNN and LCN grow with the number of patches k and with the patch size d?",
    make=_make,
)
