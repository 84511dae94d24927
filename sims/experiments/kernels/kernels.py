"""n* of kernel regression beside that of trained nets: what feature learning adds on DSD."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.presets import along_both
from sims.experiments.setting import Setting

SIGMA = 0.15
TOLERANCE = 0.03
ARCHITECTURES = ("fcn", "lcn", "cnn")
ACTIVATION = "erf"
"""An odd activation. The label's mean given x is odd in x, and the odd part of the one-layer ReLU kernel is
linear: it cannot pass the best linear predictor, which is what the cells `PLATEAU` show.
"""
PLATEAU = "relu"

# k at fixed d and d at fixed k. From k = 5 on: below, a linear predictor nearly reaches the target.
# plateau_n_max: of the cells that are to stay on their plateau. seeds: a small n* scatters more and costs
# less.
SIZES: dict[str, dict[str, Any]] = {
    "quick": {
        "k": (5, 6, 8),
        "at_d": 3,
        "d": (2, 3, 4),
        "at_k": 5,
        "seeds": {"fcn": 2, "lcn": 2, "cnn": 2},
        "n_max": 1000,
        "plateau_n_max": 120,
        "test_size": 400,
        "nets": ("lcn", "cnn"),
        "inputs": 300,
    },
    "paper": {
        "k": (5, 6, 8, 10),
        "at_d": 5,
        "d": (4, 5, 6, 8),
        "at_k": 6,
        "seeds": {"fcn": 3, "lcn": 3, "cnn": 8},
        "n_max": 4000,
        "plateau_n_max": 1000,
        "test_size": 2000,
        "nets": ARCHITECTURES,
        "inputs": 1200,
    },
    "full": {
        "k": (5, 6, 8, 12, 16),
        "at_d": 8,
        "d": (4, 6, 8, 12, 16, 24),
        "at_k": 6,
        "seeds": {"fcn": 10, "lcn": 10, "cnn": 20},
        "n_max": 16_000,
        "plateau_n_max": 8000,
        "test_size": 4000,
        "nets": ARCHITECTURES,
        "inputs": 6000,
    },
}


def places(preset: str) -> list[tuple[int, int]]:
    """(k, d) of both sweeps, each once."""
    return along_both(SIZES[preset])


def _setting(
    preset: str, model: str, k: int, d: int, activation: str | None, n_max: int, seeds: int
) -> Setting:
    size = SIZES[preset]
    kernel = {"name": "kernel_regression", "activation": activation}
    return Setting(
        k=k,
        d=d,
        sigma=SIGMA,
        model=model,
        protocol="honest",
        seeds=tuple(range(seeds)),
        n_max=n_max,
        learner=kernel if activation else {},
        criterion={"tolerance": TOLERANCE, "test_size": size["test_size"]},
    )


def _make(preset: str) -> list[Setting]:
    size = SIZES[preset]
    sweeps = [(model, ACTIVATION) for model in ARCHITECTURES] + [(model, None) for model in size["nets"]]
    found = [
        _setting(preset, model, k, d, activation, size["n_max"], size["seeds"][model])
        for k, d in places(preset)
        for model, activation in sweeps
    ]
    middle = size["at_k"], size["at_d"]
    # Of fewer than five seeds no count could show that most fail.
    return found + [
        _setting(preset, model, *middle, PLATEAU, size["plateau_n_max"], max(5, size["seeds"][model]))
        for model in ARCHITECTURES
    ]


EXPERIMENT = Experiment(
    name="kernels",
    title="n* of kernels and of trained nets",
    question="How does n* of the FCN, LCN and CNN kernels grow on DSD, beside the nets that learn features?",
    make=_make,
)
