"""Sizes that the experiments on shortcut features share, by preset."""

from typing import Any

from sims.experiments.setting import ProbeSetting

OF_THE_PAPER = {"d": 100, "width": 128, "train": 3200, "validation": 1000, "side": 30}
"""Of section 4, and the width of figure 3B; the rest is ours."""
COMMON: dict[str, dict[str, Any]] = {
    "quick": {"d": 20, "width": 32, "epochs": 10, "train": 800, "validation": 400, "side": 20, "seeds": 3},
    "paper": {**OF_THE_PAPER, "epochs": 30, "seeds": 5},
    "full": {**OF_THE_PAPER, "epochs": 100, "seeds": 20},
}
SMALL_NET = {"channels": 4, "stages": 2, "blocks": 1, "train": 384, "validation": 128, "probes": 256}
"""A residual net, and samples for it, that take no time."""
RHO = 0.85
"""Predictivity of the shortcut, below the core's 0.9."""


def of_net(preset: str, *, probe: str = "shortcut_bias", **fields: Any) -> ProbeSetting:
    """A ReLU net of the common sizes at `RHO`, or with other fields in place of these."""
    return ProbeSetting(probe, {"rho_s": RHO, "activation": "relu", **COMMON[preset], **fields})
