"""Rows for the figures that hold theory against measurement: two steps, bounds, alignment, related tasks."""

import math
from functools import partial
from typing import Any

from tests.figures.synthetic import Row, cell_rows

TWO_STEP: dict[str, Any] = {
    "loss": "correlation",
    "optimizer": None,
    "metric": "zero_one",
    "floor": "ground_truth",
}


def final_bias() -> list[Row]:
    """The FCN with a trained bias, and with one held at three values; the largest is out of reach."""
    rows = []
    for k in (5, 8):
        sizes = {"k": k, "d": 10, "sigma": 0.15, "n_max": 8000}
        rows += cell_rows("final-bias", "honest", "fcn", truth=90.0 * k, **sizes)
        for held, factor in ((1e-4, 20.0), (0.2, 1.0), (0.4, math.inf)):
            learner = {"name": "gradient_descent", "lr_w": (0.1,), "init_std": 0.1, "init_bias": (held,)}
            held_there = {"bias": "fixed", "learner": learner, "truth": 90.0 * k * factor}
            rows += cell_rows("final-bias", "honest", "fcn", **sizes, **held_there)
    return rows


def cnn_growth() -> list[Row]:
    """n* = 4 (d + k / 2) + 6 on a grid, sigma = 0.15."""
    rows = []
    for k in (8, 16, 32):
        for d in (8, 16, 32):
            truth = 4 * (d + k / 2) + 6
            rows += cell_rows("cnn-growth", "honest", "cnn", k=k, d=d, sigma=0.15, truth=truth)
    return rows


def limits() -> list[Row]:
    """The Bayes posterior, and gradient descent beside it (rows of the architectures)."""
    rows = []
    for model, factor in (("fcn", 9), ("lcn", 4), ("cnn", 0.5)):
        for k in (3, 4, 6, 8):
            sizes = {"k": k, "d": 10, "sigma": 0.15, "n_max": 2000, "truth": factor * k}
            rows += cell_rows("limits", "direct", model, learner="posterior", **sizes)
    return rows


def two_step() -> list[Row]:
    """Both variants along k and along d, with the FCN's in the place of the published one."""
    rows = []
    places = dict.fromkeys([(k, 20) for k in (10, 20, 40)] + [(20, d) for d in (10, 20, 40)])
    for model in ("fcn", "lcn", "cnn"):
        for k, d in places:
            sigma = round(1 / math.sqrt(k), 6)
            own = {"loss": "correlation" if model == "fcn" else "squared"}
            for fields, factor in ((own, 2.0), ({"bias_1": round(3 * sigma, 6), "loss": "correlation"}, 1.0)):
                truth = factor * (10 if model == "fcn" else 1) * (k + d)
                learner = {"name": "two_step", **fields}
                shared = {
                    "truth": truth,
                    "n_max": 1000,
                    **TWO_STEP,
                    "loss": fields["loss"],
                    "learner": learner,
                }
                rows += cell_rows("two-step", "direct", model, k=k, d=d, sigma=sigma, **shared)
    return rows


def two_step_sensitivity() -> list[Row]:
    """The base, and three changes: one moves n*, one puts it out of reach, one below the smallest n."""
    rows = []
    for model in ("lcn", "cnn"):
        for fields, truth in (
            ({"bias_1": 0.67, "loss": "correlation"}, 100.0),
            ({"bias_1": 0.67, "loss": "correlation", "eta_2": 1.0}, 150.0),
            ({"bias_1": 0.67, "loss": "correlation", "project": False}, math.inf),
            ({}, 2.0),
        ):
            sizes = {"k": 20, "d": 20, "sigma": 0.223607, "n_max": 6000, "truth": truth}
            learner = {"name": "two_step", **fields}
            rows += cell_rows("two-step-sensitivity", "direct", model, **sizes, **TWO_STEP, learner=learner)
    return rows


def quadratics() -> list[Row]:
    """n* of quadratic nets on both tasks of quadratic forms, which have no noise."""
    rows = []
    for task in ("sign_of_quadratics", "quadratic_regression"):
        for architecture, law in (("fcn", lambda d: 6.0 * d**2), ("lcn", lambda d: 20.0 * d), ("cnn", None)):
            for d in (4, 8, 16):
                more = {"task": task, "activation": None, "bias": None}
                truth = 30.0 if law is None else law(d)
                sizes: dict[str, Any] = {"k": 2, "d": d, "sigma": None, "n_max": 64 * d**2, "truth": truth}
                rows += cell_rows("quadratics", "direct", f"quadratic_{architecture}", **sizes, **more)
    return rows


def textures() -> list[Row]:
    """The FCN under two optimizers, and a pooled CNN."""
    rows = []
    for k in (8, 16, 32):
        sizes: dict[str, Any] = {"task": "textures", "k": k, "d": 1, "sigma": None, "n_max": 16 * k}
        for optimizer in ("adam", "momentum"):
            shared = {"truth": 3.0 * k, "optimizer": optimizer, "width": 32}
            rows += cell_rows("textures", "direct", "fcn", **sizes, **shared)
        rows += cell_rows("textures", "direct", "pooled_cnn", **sizes, truth=9.0, optimizer="adam")
    return rows


def local_signal() -> list[Row]:
    """The CNN, and a linear model that never gets there."""
    rows = []
    for k in (50, 100, 200):
        sizes = {"task": "local_signal", "k": k, "d": 10, "sigma": 0.2, "n_max": 640}
        rows += cell_rows("local-signal", "honest", "cnn", **sizes, truth=2.0 * k)
        rows += cell_rows("local-signal", "honest", "linear", **sizes, truth=math.inf)
    return rows


KERNELS = {
    "gradient_descent": (({"lr_w": (0.1,)}, 40.0),),
    "channel_regression": (
        ({"activation": "relu", "channels": 64}, math.inf),
        ({"threshold_gradient": "shared", "channels": 64}, math.inf),
        ({"threshold_gradient": "per_channel", "channels": 64}, math.inf),
        ({"threshold": 0.1, "threshold_gradient": "shared", "channels": 128}, 60.0),
        ({"threshold": 0.2, "threshold_gradient": "shared", "channels": 128}, 15.0),
        ({"threshold": 0.6, "threshold_gradient": "shared", "channels": 128}, 2.0),
    ),
}


def local_signal_kernels() -> list[Row]:
    """The trained CNN, three kernels that never get there, three that do, one of them at once."""
    rows = []
    for k, d in ((50, 10), (100, 10), (50, 30)):
        sizes = {"task": "local_signal", "k": k, "d": d, "sigma": 0.2, "n_max": 640}
        for learner, kernels in KERNELS.items():
            for fields, truth in kernels:
                choice = {"learner": {"name": learner, **fields}, "truth": truth * d / 10}
                rows += cell_rows("local-signal-kernels", "honest", "cnn", **sizes, **choice)
    return rows


def evaluations() -> list[Row]:
    """Errors of the same cells at three n, for two seeds."""
    firsts = {row["cell"]: row for row in local_signal_kernels()}
    return [
        row | {"seed": seed, "n": n, "risk": 0.24 / (1 + 0.05 * n) + 0.01 * seed}
        for row in firsts.values()
        for n in (10, 40, 160)
        for seed in (0, 1)
    ]


def quantity(experiment: str, probe: str, fields: Row, name: str, value: float, **more: Any) -> Row:
    """A row of a probe's quantity; probes with the same fields are one cell."""
    found = {"at": None, "value": value, "error": None, "predicted": None, "repetitions": 1, **more}
    config = {"probe": {"name": probe, **fields}}
    place = {"experiment": experiment, "cell": f"{probe} {fields}", "config": config, "probe": probe}
    return {**place, **fields, "quantity": name, **found}


def bounds() -> list[Row]:
    """Lower bounds at the sizes of the architectures; the FCN's without a condition says nothing."""
    rows = []
    for model in ("fcn", "lcn", "cnn"):
        for k in (3, 4, 6, 8, 10):
            fields = {"model": model, "k": k, "d": 10, "sigma": 0.15, "tolerance": 0.03}
            found = [("coverage", 1.5 * k, None), ("oracle", 0.8 * k, None)]
            found += [("subspace", 0.003, None), ("alignment", 1.1 * k, 0.4), ("alignment", 2.0 * k, 0.8)]
            rows += [quantity("bounds", "lower_bounds", fields, name, v, at=at) for name, v, at in found]
    return rows


def equivariance() -> list[Row]:
    """Equivariant, not equivariant and undecided; one outcome is not as predicted, one has no path."""
    rows = []
    for model, optimizer in (("fcn", "sgd"), ("cnn", "adam")):
        for group, value, gap in (
            ("orthogonal", 1.0, 1e-6),
            ("shared_orthogonal", 0.0, 0.3),
            ("shared_signed_permutations", 0.5, None),
        ):
            fields = {"model": model, "optimizer": optimizer, "group": group}
            predicted = 1.0 if group == "orthogonal" and model == "fcn" else 0.0
            add = [("equivariant", value)] + ([] if gap is None else [("pathwise_gap", gap)])
            rows += [
                quantity("equivariance", "equivariance", fields, name, number, predicted=predicted)
                for name, number in add
            ]
    return rows


def alignment() -> list[Row]:
    """Means near their predictions; a quantity without a prediction is not drawn."""
    rows = []
    for model in ("lcn", "cnn"):
        for k in (4, 8):
            fields = {"model": model, "k": k, "d": 5, "sigma": 0.3, "n": 20 * k, "loss": "correlation"}
            for name in ("alignment_1", "alignment_2", "squared_risk"):
                more = {"predicted": 0.9 - 0.01 * k, "error": 0.004, "repetitions": 200}
                rows.append(quantity("alignment", "two_step_alignment", fields, name, 0.9, **more))
            rows.append(quantity("alignment", "two_step_alignment", fields, "norm_1", 0.1))
    return rows


def two_step_road() -> list[Row]:
    """Three levels of noise for both nets at one size, one level at another, and both losses along n."""
    rows = []

    def add(model: str, d: int, sigma: float, n: int, value: float, loss: str = "squared") -> None:
        fields = {"model": model, "k": 4, "d": d, "sigma": sigma, "n": n, "loss": loss}
        more = {"predicted": value + 0.01, "error": 0.02, "repetitions": 50}
        rows.append(quantity("two-step-road", "two_step_alignment", fields, "alignment_2", value, **more))
        rows.append(quantity("two-step-road", "two_step_alignment", fields, "norm_1", 0.1))

    for model in ("lcn", "cnn"):
        for sigma, value in ((0.001, 0.99), (0.05, 0.6), (0.5, -0.4)):
            add(model, 60, sigma, 1754, value)
        add(model, 555, 0.001, 3000, 0.99)
    for n in (100, 1000):
        add("lcn", 60, 0.5, n, -0.8)
        add("lcn", 60, 0.5, n, 0.9, "correlation")
    return rows


def local_signal_training() -> list[Row]:
    """Three series, means over 4 runs, and the two levels of the error."""
    fields = {"k": 1000, "d": 10, "batch": 500, "steps": 400, "record_every": 100}

    def add(name: str, value: float, **more: float) -> Row:
        return quantity("local-signal-training", "local_signal_training", fields, name, value, **more)

    rows = [add("error_linear", 0.38), add("error_best_bias", 0.02)]
    for step in (400.0, 300.0, 200.0, 100.0, 0.0):
        rows += [
            add("cosine", step / 400, at=step, error=0.01, repetitions=4),
            add("threshold", step / 100, at=step, error=0.05, repetitions=4),
            add("error", 0.5 - step / 1000, at=step, error=0.0, repetitions=4),
        ]
    return rows


def overlapping_patches() -> list[Row]:
    """Curves of the exponent predicted, two students side by side, a plateau, and a fully connected one."""
    rows = []
    for student, d, t, s, beta, beside in (
        ("convolutional", 9, 3, 3, 1 / 3, "local"),
        ("convolutional", 9, 3, 2, 0.0, None),
        ("fully_connected", 9, 3, 9, 1 / 9, None),
        ("convolutional", 9, 2, 4, 1 / 4, "local"),
        ("convolutional", 6, 2, 5, 1 / 5, "local"),
    ):
        fields = {"d": d, "teacher": "convolutional", "t": t, "student": student, "s": s, "beside": beside}
        for prefix, factor in (("", 1.0), *([("beside_", 2.0)] if beside else [])):
            curve = {"experiment": "overlapping-patches", "probe": "overlapping_patches", "fields": fields}
            rows += learning_curve(curve, prefix, factor, beta)
        if beside:
            more = {"error": 0.01, "predicted": 0.48, "repetitions": 4}
            name = "overlapping_patches"
            rows += [
                quantity("overlapping-patches", name, fields, "ratio", 0.5, at=n, **more)
                for n in (64.0, 128.0, 256.0)
            ]
    return rows


def hierarchical_kernels() -> list[Row]:
    """Teachers of depths 1 and 3 for students of every depth, a spectrum where both are equal."""
    rows = []
    for student in (1, 2, 3):
        for teacher in (1, 3):
            fields = {"patches": 4, "teacher_depth": teacher, "student_depth": student}
            curve = {"experiment": "hierarchical-kernels", "probe": "hierarchical_kernels", "fields": fields}
            beta = 0.0 if teacher > student else 1 / teacher
            rows += learning_curve(curve, "", 1.0, beta, predicted=True)
            if teacher == student:
                add = partial(quantity, "hierarchical-kernels", "hierarchical_kernels", fields)
                more = {"error": 1e-3, "repetitions": 4}
                rows += [
                    add("eigenvalue", 0.3 / r, at=r, predicted=0.31 / r, **more) for r in (1.0, 8.0, 64.0)
                ]
                rows.append(add("decay", 1.1, predicted=1.0, **more))
    return rows


def learning_curve(
    curve: Row, prefix: str, factor: float, beta: float, *, predicted: bool = False
) -> list[Row]:
    """Errors `factor` 0.2 (n/64)^-beta of a probe, their exponents, and what spectra predict if asked for."""
    add = partial(quantity, *curve.values())
    more = {"error": 0.002, "repetitions": 4}
    rows = []
    for n in (64.0, 128.0, 256.0):
        error = factor * 0.2 * (n / 64) ** -beta
        own = {"predicted": 1.02 * error if predicted else None}
        rows.append(add(f"{prefix}test_error", error, at=n, **own, **more))
        if n > 64:
            rows.append(add(f"{prefix}local_exponent", beta, at=n, predicted=beta, **more))
        if n > 64 and predicted:
            rows.append(add("spectral_exponent", beta, at=n, predicted=beta))
    return [*rows, add(f"{prefix}last_exponent", beta, predicted=beta, **more)]


def cyclic_pooling() -> list[Row]:
    """Curves n_half / n of two kernels that learn and, at the high frequency, one that does not."""
    rows = []
    for kernel, frequency, half in (("ck", "low", 600.0), ("ck_gp", "low", 20.0), ("ck_gp", "high", None)):
        fields = {"kernel": kernel, "frequency": frequency, "d": 30, "patch": 10, "window": 5}
        add = partial(quantity, "cyclic-pooling", "cyclic_pooling", fields)
        more = {"error": 0.01, "repetitions": 4}
        for n in (10.0, 100.0, 1000.0):
            error = 1.05 if half is None else 1 / (1 + n / half)
            rows.append(add("test_error", error, at=n, predicted=error if n > 20 else None, **more))
        if half is not None:
            rows.append(add("n_half", half, predicted=half, **more))
    return rows


def thresholds() -> list[Row]:
    """Rows of n* of every experiment of this module."""
    parts = (final_bias, cnn_growth, limits, two_step, two_step_sensitivity)
    return [
        row for part in (*parts, quadratics, textures, local_signal, local_signal_kernels) for row in part()
    ]


def quantities() -> list[Row]:
    """Rows of quantities of every experiment of this module."""
    parts = (
        bounds,
        equivariance,
        alignment,
        two_step_road,
        local_signal_training,
        overlapping_patches,
        hierarchical_kernels,
        cyclic_pooling,
    )
    return [row for part in parts for row in part()]
