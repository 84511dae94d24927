"""Rows for the figures of kernels on DSD: n* of kernels and nets, predictions, learning curves."""

import math
from functools import partial
from typing import Any

from tests.figures.synthetic import Row, cell_rows
from tests.figures.synthetic_theory import quantity

KERNEL: dict[str, Any] = {"learner": "kernel_regression", "loss": None, "optimizer": None}
ODD = {"name": "kernel_regression", "activation": "erf"}
PLACES = [(5, 6), (6, 6), (8, 6), (6, 4), (6, 9)]
GROWTH = {"fcn": (0.2, 2.0), "lcn": (1.3, 1.5), "cnn": (3.0, 0.8)}
"""Planted n* = a (k d)^b of the odd kernels."""


def planted(model: str, k: int, d: int) -> float:
    """n* of the model's kernel."""
    factor, power = GROWTH[model]
    return factor * (k * d) ** power


def kernels() -> list[Row]:
    """Three kernels, two trained nets, and a kernel that reaches its target at no n."""
    rows = []
    for model in GROWTH:
        for k, d in PLACES:
            sizes: dict[str, Any] = {"k": k, "d": d, "sigma": 0.15, "n_max": 4000}
            odd = sizes | KERNEL | {"truth": planted(model, k, d), "learner": ODD}
            rows += cell_rows("kernels", "honest", model, **odd)
            if model != "fcn":
                rows += cell_rows("kernels", "honest", model, **sizes)
        middle: dict[str, Any] = {"k": 6, "d": 6, "sigma": 0.15, "n_max": 1000, "truth": math.inf}
        rows += cell_rows("kernels", "honest", model, **middle, **KERNEL)
    return rows


def predictions() -> list[Row]:
    """n* 5 % above the planted one, and one that is out of the spectrum's reach."""
    rows = []
    for model in GROWTH:
        for k, d in PLACES:
            fields = {"arch": model, "k": k, "d": d, "sigma": 0.15, "activation": "erf", "inputs": 1000}
            name, value = "n_star_predicted", 1.05 * planted(model, k, d)
            more: dict[str, Any] = {"error": 3.0, "repetitions": 2}
            if (model, k) == ("fcn", 8):
                name, value, more = "n_star_above", 1125.0, {}
            rows.append(
                quantity("kernel-predictions", "kernel_sample_complexity", fields, name, value, **more)
            )
    return rows


def learning_curves() -> list[Row]:
    """Errors 3 % above their predictions; the first point of each curve has learnt too little."""
    add = partial(quantity, "kernel-learning-curves", "kernel_learning_curves")
    rows = []
    for task, ridge in (("dsd", 0.0), ("dsd", 0.1), ("own_process", 0.0), ("patch_process", 0.0)):
        for arch, scale in (("fcn", 1.0), ("lcn", 0.9), ("cnn", 0.5)):
            fields = {"task": task, "arch": arch, "ridge": ridge, "k": 4, "d": 6}
            for n in (25.0, 50.0, 100.0):
                name = "test_mse_early" if n < 50 else "test_mse"
                value = 0.1 + scale / n
                more = {"error": 0.002, "predicted": value / 1.03, "repetitions": 4}
                rows += [add(fields, name, value, at=n, **more), add(fields, "learnt", n / 2, at=n)]
    return rows
