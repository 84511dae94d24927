"""(a) The paper's two sweeps, n* against k and against d, for CNN and LCN, with a linear baseline."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.SWEEPS[preset]
    points = [(k, size["at_d"]) for k in size["k"]] + [(size["at_k"], d) for d in size["d"]]
    # The linear model against both floors: its own, and the nets', which no linear predictor can come near
    # (at small sizes one protocol is enough to show that).
    models = [("cnn", None), ("lcn", None), ("linear", "linear"), ("linear", "oracle")]
    protocols = {floor: sizes.OF_THE_PAPER for _, floor in models} | {"oracle": size["out_of_reach"]}
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
        for model, floor in models
        for protocol in protocols[floor]
        for k, d in dict.fromkeys(points)
    ]


EXPERIMENT = Experiment(
    name="sweeps",
    title="n* against k and d, CNN and LCN",
    question="How does n* of CNN and LCN grow with the number of patches k and with the patch size d?",
    make=_make,
)
