"""Shortcut bias of a small residual net against availability as a footprint in pixels."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import SMALL_NET

RATIOS = {"quick": (1.0, 4.0), "paper": (1.0, 3.0, 4.0, 5.0), "full": (1.0, 2.0, 3.0, 4.0, 5.0)}
RHOS = {"quick": (0.9,), "paper": (0.6, 0.7, 0.8, 0.9), "full": (0.6, 0.7, 0.8, 0.9)}
"""Figure 4B of Hermann et al. 2024 is at rho_s = 0.9, figure 4C at ratio 4."""
SIZES: dict[str, dict[str, Any]] = {
    "quick": {"size": 16, "footprint": 4.0, "epochs": 10, "seeds": 2, **SMALL_NET},
    "paper": {"size": 24, "footprint": 9.0, "blocks": 1, "epochs": 12, "seeds": 5},
    "full": {
        "size": 224,
        "footprint": 400.0,
        "channels": 64,
        "stages": 4,
        "stem": "imagenet",
        "rate": 1e-2,
        "epochs": 100,
        "seeds": 5,
    },
}
"""full has the paper's net, and sizes, rate and epochs of a re-implementation; paper what two cores can
train.
"""


def _make(preset: str) -> list[ProbeSetting]:
    return [
        ProbeSetting("footprint_bias", {"rho_s": rho_s, "ratio": ratio, **SIZES[preset]})
        for ratio in RATIOS[preset]
        for rho_s in RHOS[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-footprint",
    title="shortcut bias and footprint",
    question="Does a residual net lean on the feature that takes more pixels?",
    make=_make,
)
