"""The paper's two sweeps, n* against k and against d, for CNN and LCN, with a linear baseline."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import OF_THE_PAPER, SEEDS, along_both
from sims.experiments.setting import Setting

# Lahoti et al. end the search at 1000 samples; the honest protocol holds a fifth of its samples out.
N_MAX = {"lahoti": 1000, "honest": 2000}

SIGMA = 0.1
# n* against k at fixed d, and against d at fixed k.
SWEEPS = {
    "quick": {"k": (8, 12, 20), "at_d": 12, "d": (7, 12, 20), "at_k": 12},
    "paper": {"k": (10, 15, 20, 25, 30), "at_d": 20, "d": (10, 15, 20, 25, 30), "at_k": 20},
    "full": {"k": (8, 16, 32, 64), "at_d": 20, "d": (8, 16, 32, 64), "at_k": 20},
}
OUT_OF_REACH = {"quick": ("lahoti",), "paper": OF_THE_PAPER, "full": OF_THE_PAPER}
"""Protocols by which the linear model is also measured against the floor of the nets."""


def _make(preset: str) -> list[Setting]:
    size = SWEEPS[preset]
    # The linear model against both floors: its own, and the nets', which no linear predictor can come near
    # (at small sizes one protocol is enough to show that).
    models = [("cnn", None), ("lcn", None), ("linear", "linear"), ("linear", "oracle")]
    protocols = {floor: OF_THE_PAPER for _, floor in models} | {"oracle": OUT_OF_REACH[preset]}
    return [
        Setting(
            k=k,
            d=d,
            sigma=SIGMA,
            model=model,
            floor=floor,
            protocol=protocol,
            seeds=SEEDS[preset],
            n_max=N_MAX[protocol],
        )
        for model, floor in models
        for protocol in protocols[floor]
        for k, d in along_both(size)
    ]


EXPERIMENT = Experiment(
    name="sweeps",
    title="n* against k and d, CNN and LCN",
    question="How does n* of CNN and LCN grow with the number of patches k and with the patch size d?",
    make=_make,
)
