"""Rows for the figures of shortcut features: biases that grow with availability, and decisions."""

import math
from typing import Any

from tests.figures.synthetic import Row, cell_rows
from tests.figures.synthetic_theory import quantity

NET: Row = {"learner": "adam", "activation": "relu", "depth": 2, "rate": 1e-3, "eta_s": 0, "eta_c": 0}
SIDE = 6


def _bias(experiment: str, value: float, **fields: Any) -> Row:
    place = (experiment, "shortcut_bias", NET | {"rho_s": 0.85, "ratio": 1.0, "side": SIDE} | fields)
    return quantity(*place, "bias_absolute_final", value, error=0.02, repetitions=5)


def shortcut_bias() -> list[Row]:
    """0.1 log2 ratio, less where the shortcut predicts less; nets that decide by the shortcut at one cell."""
    rows = []
    for ratio in (1.0, 8.0, 64.0):
        for rho in (0.7, 0.8, 0.9):
            value = 0.1 * math.log2(ratio) * (rho - 0.5) / 0.4
            rows.append(_bias("shortcut-bias", value, ratio=ratio, rho_s=rho))
    fields = NET | {"rho_s": 0.8, "ratio": 64.0, "side": SIDE}
    for at in range(SIDE**2):
        s, c = divmod(at, SIDE)
        for name, along in (("surface", s), ("surface_lda", c)):
            value = 1.0 if along >= SIDE / 2 else -1.0
            rows.append(quantity("shortcut-bias", "shortcut_bias", fields, name, value, at=float(at)))
    return rows


def shortcut_factors() -> list[Row]:
    """Biases by activation, depth, nesting and learner."""
    rows = []
    for ratio in (1.0, 64.0):
        grown = 0.05 * math.log2(ratio) + 0.01
        for activation, factor in (("linear", 0.0), ("relu", 1.0), ("tanh", 1.5)):
            for rate in (1e-3, 1e-4):
                fields = {"ratio": ratio, "activation": activation, "depth": 1, "rate": rate}
                value = factor * grown + 0.001 if rate == 1e-4 else 5.0
                rows.append(_bias("shortcut-activations", value, **fields))
        for depth in (1, 4):
            rows.append(_bias("shortcut-depth", grown, ratio=ratio, depth=depth))
        rows.append(_bias("shortcut-kernels", grown, ratio=ratio, depth=1))
        kernel = {"learner": "kernel", "ratio": ratio, "depth": 1}
        rows.append(_bias("shortcut-kernels", grown / 3, **kernel))
    for width in (32, 512):
        for depth in (1, 4):
            rows.append(_bias("shortcut-width", 0.1 * depth, ratio=64.0, depth=depth, width=width))
    for eta_s, eta_c in ((0, 0), (0, 2), (2, 0)):
        place = ("shortcut-nesting", "shortcut_bias", NET | {"ratio": 1.0, "eta_s": eta_s, "eta_c": eta_c})
        drawn = {"error": 0.02, "repetitions": 5}
        rows.append(quantity(*place, "reliance_absolute_final", -0.6, **drawn))
        rows.append(quantity(*place, "lda_absolute", -0.6 - 0.1 * (eta_c - eta_s), **drawn))
        rows.append(quantity(*place, "latent_lda_absolute", -0.65, **drawn))
    return rows


def shortcut_paired() -> list[Row]:
    """Biases of three activations at two predictivities, and of two layers at one place."""
    rows = []
    places = [(rho, ratio, 1) for rho in (0.8, 0.9) for ratio in (1.0, 64.0)] + [(0.9, 32.0, 2)]
    for rho, ratio, depth in places:
        place = ("shortcut-paired", "paired_activations", {"rho_s": rho, "ratio": ratio, "depth": depth})
        for factor, activation in enumerate(("linear", "relu", "tanh")):
            value = 0.02 * factor * math.log2(ratio) * depth
            name = f"bias_absolute_final_{activation}"
            rows.append(quantity(*place, name, value, error=0.02, repetitions=5))
            rows.append(quantity(*place, f"excess_{activation}", 7.0, error=0.02, repetitions=5))
    return rows


def shortcut_patches() -> list[Row]:
    """n* that grows with the ratio, the more the less an architecture knows."""
    rows = []
    for ratio in (0.5, 1.0, 2.0):
        for placement in ("patch", "all"):
            task = {"name": "shortcut_patches", "rho_s": 0.78, "ratio": ratio, "placement": placement}
            for model, scale in (("fcn", 400.0), ("lcn", 100.0), ("cnn", 20.0)):
                rows += cell_rows(
                    "shortcut-patches",
                    "honest",
                    model,
                    truth=scale * ratio,
                    task=task,
                    metric="zero_one",
                    k=6,
                    d=6,
                    sigma=0.1,
                )
    return rows


def shortcut_images() -> list[Row]:
    """Biases that grow with the footprint; nets that look at the background less where it is manipulated."""
    rows = []
    drawn = {"error": 0.02, "repetitions": 5}
    for rho in (0.7, 0.9):
        for ratio in (1.0, 5.0):
            place = ("shortcut-footprint", "footprint_bias", {"rho_s": rho, "ratio": ratio})
            rows.append(quantity(*place, "bias_absolute_final", 0.1 * (ratio - 1) * rho, **drawn))
        plain = {"scale": 1, "share": 1.0, "colour": True}
        for index, changes in enumerate(({}, {"scale": 2}, {"share": 0.25}, {"colour": False})):
            place = ("shortcut-digits", "digits_bias", {"rho_s": rho, **plain, **changes})
            rows.append(quantity(*place, "along_s_final", rho - 0.5 - 0.05 * index, **drawn))
            rows.append(quantity(*place, "along_c_final", 0.5 + 0.1 * index, **drawn))
    return rows


def shortcut_theory() -> list[Row]:
    """Biases and terms that grow with the ratio, a limit that all kernels share."""
    rows = []
    kernels = {"linear": 0.0, "quadratic": 0.1, "arc_cosine": 0.2, "ntk": 0.3}
    for kernel, size in kernels.items():
        fields = {"kernel": kernel, "ratio": 4.0, "spread": 1.0, "ridge": None, "train": 400, "rho_s": 0.9}
        rows.append(quantity("shortcut-theory", "kernel_reliance", fields, "bias_absolute", 8.0, error=0.1))
        for ratio in (0.125, 1.0, 8.0):
            grown = math.log2(ratio) / 3
            for train, value in ((100, 9.0), (400, size * grown)):
                fields = {"kernel": kernel, "ratio": ratio, "spread": 1.0, "ridge": None, "train": train}
                fields |= {"rho_s": 0.85}
                place = ("shortcut-theory", "kernel_reliance", fields)
                rows.append(quantity(*place, "bias_absolute", value, error=0.02, repetitions=5))
            fields = {"kernel": kernel, "ratio": ratio, "spread": 0.01, "ridge": 1.0, "train": 200}
            fields |= {"rho_s": 0.85}
            place = ("shortcut-theory", "kernel_reliance", fields)
            limit = {"predicted": 0.9 * grown, "error": 0.01, "repetitions": 5}
            rows.append(quantity(*place, "reliance_absolute", 0.9 * grown, **limit))
            if kernel != "linear":
                rows.append(quantity(*place, "leading_term", size * grown))
    return rows


def shortcut_samples() -> list[Row]:
    """Biases that fall with n, the faster the more an architecture knows."""
    rows = []
    for rank, model in enumerate(("fcn", "lcn", "cnn"), 1):
        for ratio in (1.0, 4.0):
            for n in (20, 80, 320):
                place = (
                    "shortcut-patches-n",
                    "patches_bias",
                    {"model": model, "ratio": ratio, "n": n, "placement": "patch"},
                )
                value = ratio / (rank * n)
                drawn = {"error": value / 5, "repetitions": 5}
                rows.append(quantity(*place, "along_s_best_validation", value, **drawn))
                rows.append(quantity(*place, "along_c_best_validation", value / 2, **drawn))
    return rows
