"""Does n* change if training may take longer? Every trained net of the tables at its largest sizes."""

import dataclasses
from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting

LONGER = 4
"""Steps and patience of the longer runs over those of the protocol."""
# (model, k, d, sigma): where the sweeps and the comparison of architectures end.
SIZES: dict[str, dict[str, Any]] = {
    "quick": {"cells": (("lcn", 12, 8, 0.1), ("cnn", 12, 8, 0.1)), "seeds": (0, 1), "n_max": 2000},
    "paper": {
        "cells": (
            ("lcn", 30, 20, 0.1),
            ("lcn", 20, 30, 0.1),
            ("cnn", 30, 20, 0.1),
            ("cnn", 20, 30, 0.1),
            ("fcn", 10, 10, 0.15),
            ("lcn", 10, 10, 0.15),
            ("cnn", 10, 10, 0.15),
        ),
        "seeds": tuple(range(100, 106)),
        "n_max": 20_000,
    },
    "full": {
        "cells": (("lcn", 64, 20, 0.1), ("cnn", 64, 20, 0.1), ("fcn", 12, 10, 0.15)),
        "seeds": tuple(range(100, 110)),
        "n_max": 40_000,
    },
}


STEPS = {"honest": {"fcn": 3000, "lcn": 1200, "cnn": 1200}, "tuned": {"fcn": 5000, "lcn": 5000, "cnn": 5000}}
PATIENCE = 300
"""Those of the protocols, which a list of settings cannot ask: it is made without jax."""


def _pair(protocol: str, model: str, preset: str, k: int, d: int, sigma: float) -> list[Setting]:
    """The protocol as it is, and with longer runs."""
    size = SIZES[preset]
    plain = Setting(
        model=model,
        k=k,
        d=d,
        sigma=sigma,
        protocol=protocol,
        seeds=size["seeds"],
        n_max=size["n_max"],
        paired=True,
    )
    longer = {"steps": LONGER * STEPS[protocol][model], "patience": LONGER * PATIENCE}
    return [plain, dataclasses.replace(plain, learner=longer)]


def _make(preset: str) -> list[Setting]:
    return [
        setting
        for protocol in ("honest", "tuned")
        for model, k, d, sigma in SIZES[preset]["cells"]
        for setting in _pair(protocol, model, preset, k, d, sigma)
    ]


EXPERIMENT = Experiment(
    name="budgets",
    title="n* at four times the steps",
    question="Does n* of the trained nets change if training may take four times as long?",
    make=_make,
)
