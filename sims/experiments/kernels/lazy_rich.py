"""Lazy against rich training: n* of wide nets against their output scale, beside their kernel's."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.presets import SEEDS
from sims.experiments.setting import Setting

SIGMA = 0.2
THRESHOLD = 2 * SIGMA
"""Twice the standard deviation of a noise patch's pre-activations at the start, which is sigma."""
RATES = (1.0, 10.0, 100.0)
"""Before the division by the square of the scale: the largest that converges in the lazy regime, and two
smaller ones that rich nets take, whose kernels grow.
"""

# kernels: whether n* of kernel regression is measured beside; at quick most of its time would be compilation.
SIZES: dict[str, dict[str, Any]] = {
    "quick": {
        "k": 5,
        "d": 6,
        "models": ("cnn",),
        "kernels": False,
        "width": 16,
        "scales": (0.125, 8.0),
        "steps": 300,
        "seeds": (0, 1),
        "n_max": 120,
        "test_size": 500,
    },
    "paper": {
        "k": 6,
        "d": 8,
        "models": ("lcn", "cnn"),
        "kernels": True,
        "width": 64,
        "scales": (0.125, 0.5, 2.0, 8.0, 32.0),
        "steps": 1000,
        "seeds": (0, 1, 2, 3),
        "n_max": 1000,
        "test_size": 2000,
    },
    "full": {
        "k": 6,
        "d": 16,
        "models": ("fcn", "lcn", "cnn"),
        "kernels": True,
        "width": 512,
        "scales": (0.03125, 0.125, 0.5, 2.0, 8.0, 32.0),
        "steps": 3000,
        "seeds": SEEDS["full"],
        "n_max": 8000,
        "test_size": 10_000,
    },
}


def learner(scale: float, steps: int) -> dict[str, Any]:
    """The learner at an output scale."""
    return {
        "name": "scaled_gradient_descent",
        "scale": scale,
        "lr_w": RATES,
        "init_std": 1.0,
        "steps": steps,
        "patience": 300,
    }


def _make(preset: str) -> list[Setting]:
    size = SIZES[preset]
    shared: dict[str, Any] = {
        "k": size["k"],
        "d": size["d"],
        "sigma": SIGMA,
        "protocol": "honest",
        "seeds": size["seeds"],
        "n_max": size["n_max"],
        "criterion": {"test_size": size["test_size"]},
    }
    kernel = {"name": "kernel_regression", "activation": "lsa", "threshold": THRESHOLD}
    found = []
    for arch in size["models"]:
        for scale in size["scales"]:
            found.append(
                Setting(
                    model=f"wide_{arch}",
                    activation="lsa",
                    width=size["width"],
                    model_options={"threshold": THRESHOLD},
                    learner=learner(scale, size["steps"]),
                    **shared,
                )
            )
        if size["kernels"]:
            found.append(Setting(model=arch, learner=kernel, **shared))
    return found


EXPERIMENT = Experiment(
    name="lazy-rich",
    title="n* by output scale",
    question="What does feature learning save in samples: n* of one wide net from rich to lazy training?",
    make=_make,
)
