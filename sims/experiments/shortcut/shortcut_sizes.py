"""Sizes that the experiments on shortcut features share, by preset."""

from typing import Any

from sims.experiments.setting import ProbeSetting

COMMON: dict[str, dict[str, Any]] = {
    "quick": {"d": 20, "width": 32, "epochs": 10, "train": 800, "validation": 400, "side": 20, "seeds": 3},
    "paper": {
        "d": 100,
        "width": 128,
        "epochs": 30,
        "train": 3200,
        "validation": 1000,
        "side": 30,
        "seeds": 5,
    },
    "full": {
        "d": 100,
        "width": 128,
        "epochs": 100,
        "train": 3200,
        "validation": 1000,
        "side": 30,
        "seeds": 20,
    },
}
"""The paper has d = 100, 3200 training and 1000 validation samples, 30 x 30 probes (section 4) and a width of
128 (figure 3B); the rest is ours.
"""
RHO = 0.85
"""Predictivity of the shortcut, below the core's 0.9."""


def of_net(preset: str, *, probe: str = "shortcut_bias", **fields: Any) -> ProbeSetting:
    """A ReLU net of the common sizes at `RHO`, or with other fields in place of these."""
    return ProbeSetting(probe, {"rho_s": RHO, "activation": "relu", **COMMON[preset], **fields})
