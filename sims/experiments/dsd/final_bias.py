"""The final bias of the FCN: FCN-low asks for at least 0.01, where the upper bounds end at 0.0001."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

# The final bias of the FCN, which FCN-low wants to be at least 0.01: trained, clamped to nearly 0, and
# clamped above 0.01.
FINAL_BIAS = {
    "quick": {"k": (5,), "d": 8, "sigma": 0.15, "clamped": (1e-4, 0.3), "n_max": 4000},
    "paper": {"k": (5, 6, 8), "d": 10, "sigma": 0.15, "clamped": (1e-4, 0.2, 0.3, 0.4), "n_max": 8000},
    "full": {"k": (5, 6, 8, 10), "d": 10, "sigma": 0.15, "clamped": (1e-4, 0.2, 0.3, 0.4), "n_max": 16000},
}


def _make(preset: str) -> list[Setting]:
    size = FINAL_BIAS[preset]
    free = [(None, {})]
    clamped = [("fixed", {"init_bias": (bias,)}) for bias in size["clamped"]]
    return [
        honest(preset, size, model="fcn", k=k, d=size["d"], bias=bias, learner=learner)
        for k in size["k"]
        for bias, learner in [*free, *clamped]
    ]


EXPERIMENT = Experiment(
    name="final-bias",
    title="final bias of the FCN, free and clamped",
    question="Does n* of the FCN depend on the final bias, for which lower and upper bounds differ?",
    make=_make,
)
