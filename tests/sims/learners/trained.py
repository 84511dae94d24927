"""Small cells that are really trained, for tests of what computes them."""

from sims.experiments.setting import Setting
from sims.pieces.cell import Cell


def trained_cells() -> list[Cell]:
    """Nets, and a kernel: what threads, cores and BLAS might change."""
    options = {"k": 5, "d": 4, "sigma": 0.15, "protocol": "honest", "seeds": (0, 1), "n_max": 200}
    # At this size XLA compiles a training otherwise for one core than for two, and rounds otherwise.
    uneven = {"k": 30, "d": 20, "sigma": 0.1, "protocol": "lahoti", "seeds": (0,), "ns": (40,), "n_max": 2000}
    reading = {"name": "kernel_movement", "kernel_size": 20}
    kernel = {"name": "kernel_regression", "activation": "erf"}
    return [
        Setting(model="cnn", **options).cell(),
        Setting(model="lcn", reading=reading, **options).cell(),
        Setting(model="cnn", learner={"steps": 50}, **uneven).cell(),
        Setting(model="cnn", learner=kernel, criterion={"test_size": 200}, **options).cell(),
    ]
