"""Rows for the figures of finite width: kernels of random and trained nets, and n* by output scale."""

from tests.figures.synthetic import Row, cell_rows
from tests.figures.synthetic_theory import quantity

MODELS = ("wide_fcn", "wide_lcn", "wide_cnn")


def kernel_convergence() -> list[Row]:
    """Distances 2 / sqrt(m)."""
    rows = []
    for model in MODELS:
        for activation in ("relu", "erf"):
            fields = {"model": model, "activation": activation, "k": 4, "d": 6}
            place = ("kernel-convergence", "kernel_convergence", fields)
            for width in (64.0, 256.0, 1024.0):
                drawn = {"at": width, "error": 0.05 / width**0.5, "repetitions": 8}
                rows.append(quantity(*place, "distance", 2 / width**0.5, **drawn))
            rows.append(quantity(*place, "exponent", -0.49, error=0.02, predicted=-0.5, repetitions=8))
    return rows


def kernel_movement() -> list[Row]:
    """Movements 8 / m and 2 / scale; alignments that rise with the scale's inverse."""
    rows = []
    for model in MODELS:
        for vary, values, factor in (("width", (64.0, 256.0), 8.0), ("scale", (1.0, 4.0, 16.0), 2.0)):
            fields = {"model": model, "activation": "lsa", "vary": vary, "smallest": values[0]}
            fields |= {"fit_from": None if vary == "width" else 4.0}
            place = ("kernel-movement", "kernel_movement", fields)
            for at in values:
                drawn = {"at": at, "error": 0.01 * factor / at, "repetitions": 8}
                rows.append(quantity(*place, "movement", factor / at, **drawn))
                drawn = {"at": at, "error": 0.01, "repetitions": 8}
                rows.append(quantity(*place, "alignment_start", 0.5, **drawn))
                rows.append(quantity(*place, "alignment_end", 0.5 + 0.3 / at, **drawn))
            drawn = {"error": 0.02, "predicted": -1.0, "repetitions": 8}
            rows.append(quantity(*place, "movement_exponent", -1.0, **drawn))
    return rows


def trained_kernels() -> list[Row]:
    """Alignments that rise with the samples."""
    rows = []
    for model in ("lcn", "cnn"):
        for n in (30, 300):
            fields = {"model": model, "k": 20, "d": 20, "n": n}
            place = ("trained-kernels", "trained_kernel", fields)
            rows.append(quantity(*place, "alignment_start", 0.1, error=0.01, repetitions=5))
            rows.append(quantity(*place, "alignment_end", 0.1 + n / 500, error=0.02, repetitions=5))
            rows.append(quantity(*place, "movement", 1.0, error=0.02, repetitions=5))
    return rows


def lazy_rich() -> list[Row]:
    """n* that rises with the scale up to the kernel's."""
    rows = []
    for model, kernel in (("lcn", 300.0), ("cnn", 60.0)):
        sizes = {"k": 5, "d": 12, "sigma": 0.2, "activation": "lsa", "bias": None}
        for scale in (0.125, 1.0, 8.0):
            learner = {"name": "scaled_gradient_descent", "scale": scale, "init_std": 1.0}
            net = {"truth": kernel * min(1.0, 0.3 + 0.1 * scale), "width": 64, "learner": learner}
            rows += cell_rows("lazy-rich", "honest", f"wide_{model}", **sizes, **net)
        learner = {"name": "kernel_regression", "activation": "lsa", "threshold": 0.4}
        rows += cell_rows("lazy-rich", "honest", model, truth=kernel, **sizes, learner=learner, loss=None)
    return rows


def thresholds() -> list[Row]:
    """Rows of n* of every experiment of this module."""
    return lazy_rich()


def quantities() -> list[Row]:
    """Rows of quantities of every experiment of this module."""
    return [*kernel_convergence(), *kernel_movement(), *trained_kernels()]
