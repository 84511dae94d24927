"""Rows of realistic shape, made from planted laws: what the suite's own tables look like, without computing a
cell."""

import dataclasses
import hashlib
import math
from typing import Any

import numpy as np

from sims.experiments import EXPERIMENTS, Setting
from sims.pieces import registered
from sims.tables.configs import SIZES, described, written_options

Row = dict[str, Any]
N_MAX = {"lahoti": 1000, "honest": 2000}
SEEDS = 5


def law(model: str, k: int, d: int, sigma: float, floor: str = "oracle") -> float:
    """Planted n*: the measured calibration's shape."""
    if model == "cnn":
        return 19 * (k / 20) ** 0.25 * (d / 20) ** 1.15 * (sigma / 0.1) ** 1.5
    if model == "lcn":
        return 381 * (k / 20) ** 1.7 * (d / 20) * (sigma / 0.1) ** 1.8
    if model == "fcn":
        return 351 * (k / 4) ** 2.3 * (d / 10) * (sigma / 0.15) ** 2
    return 500 * (k * d / 400) if floor == "linear" else math.inf


def bracket(n: float, n_max: int) -> tuple[int, int | None, str]:
    """Low, high and censoring of a threshold n on a grid of 5 % steps from 5 to n_max."""
    if n > n_max:
        return n_max, None, "right"
    if n <= 5:
        return 0, 5, "left"
    low = max(5, math.floor(n / 1.025))
    return low, max(low + 1, math.ceil(n * 1.025)), "none"


def config_of_cell(row: Row, task: Row, learner: Row) -> Row:
    """The configuration of a cell with these columns; task and learner: their names and further fields."""

    def columns(kind: str, name: str, among: tuple[str, ...]) -> Row:
        takes = {field.name for field in dataclasses.fields(registered(kind)[name])}
        return {field: row[field] for field in among if field in takes and row[field] is not None}

    model = {"name": row["model"], **columns("model", row["model"], ("activation", "bias", "width"))}
    task = {**columns("task", task["name"], SIZES), **task}
    return {
        kind: described(kind, **piece)
        for kind, piece in (("task", task), ("model", model), ("learner", learner))
    }


def cell_rows(
    experiment: str,
    protocol: str,
    model: str,
    *,
    k: int,
    d: int,
    sigma: float | None,
    floor: str = "oracle",
    n_max: int | None = None,
    spread: float = 0.08,
    factor: float = 1.0,
    truth: float | None = None,
    task: str | Row = "dsd",
    learner: str | Row = "gradient_descent",
    **more: Any,
) -> list[Row]:
    """The rows of one cell: five seeds, log-normal around the planted law (or `truth`).

    task, learner: a name, or a name and fields; more: columns.
    """
    task = {"name": task} if isinstance(task, str) else task
    learner = {"name": learner} if isinstance(learner, str) else learner
    place = {
        "task": task["name"],
        "protocol": protocol,
        "model": model,
        "activation": None if model == "linear" else "lsa",
        "bias": None if model == "linear" else "trained",
        "width": k if model == "fcn" else None,
        "k": k,
        "d": d,
        "sigma": sigma,
        "learner": learner["name"],
        **more,
    }
    config = config_of_cell(place, task, learner)
    place["task_options"] = written_options("task", config["task"])
    place["options"] = written_options("learner", config["learner"])
    chosen = {name: place[name] for name in ("task", "task_options", "learner", "options")}
    unusual = {name: one for name, one in chosen.items() if one not in (None, "dsd", "gradient_descent")}
    identity = f"{protocol} {model} {k} {d} {sigma} {floor} {sorted({**more, **unusual}.items())}"
    cell = hashlib.sha256(identity.encode()).hexdigest()
    random = np.random.default_rng(int(cell[:12], 16))
    n_max = n_max or N_MAX[protocol]
    center = factor * (law(model, k, d, sigma, floor) if truth is None else truth)
    thresholds = [center * math.exp(spread * random.standard_normal()) for _ in range(SEEDS)]
    brackets = [bracket(n, n_max) for n in thresholds]
    if all(censored == "right" for *_, censored in brackets):
        estimate: tuple[float | None, float | None, float | None] = (float(n_max), None, None)
    elif all(censored == "left" for *_, censored in brackets):
        estimate = (0.0, None, 5.0)
    else:
        best = math.exp(float(np.median(np.log(np.minimum(thresholds, n_max)))))
        width = 2.8 * spread / math.sqrt(SEEDS) + 0.02
        some = any(censored == "right" for *_, censored in brackets)
        estimate = (best * math.exp(-width), best, None if some else best * math.exp(width))
    shared = {
        "experiment": experiment,
        "cell": cell,
        "config": config,
        **place,
        "loss": "squared",
        "optimizer": "sgd",
        "metric": "squared",
        "floor": floor,
        "floor_risk": 0.04,
        "paired": False,
        "others": 0,
        "last_step": None,
        "target": 0.07,
        "n_low": estimate[0],
        "n_best": estimate[1],
        "n_high": estimate[2],
        "n_method": "planted",
        **more,
    }
    return [
        {
            **shared,
            "seed": seed,
            "low": low,
            "high": high,
            "censored": censored,
            "monotone": True,
            "trainings": 90,
            "steps": 1000,
        }
        for seed, (low, high, censored) in enumerate(brackets)
    ]


def sweeps() -> list[Row]:
    """The paper's two sweeps under both protocols."""
    rows = []
    sizes = dict.fromkeys([(k, 20) for k in (10, 15, 20, 25, 30)] + [(20, d) for d in (10, 15, 20, 25, 30)])
    for protocol, factor in (("lahoti", 1.0), ("honest", 1.35)):
        for model, floor in (
            ("cnn", "oracle"),
            ("lcn", "oracle"),
            ("linear", "linear"),
            ("linear", "oracle"),
        ):
            for k, d in sizes:
                rows += cell_rows("sweeps", protocol, model, k=k, d=d, sigma=0.1, floor=floor, factor=factor)
    return rows


def architectures() -> list[Row]:
    """All three architectures at small sizes; the largest FCN cells are censored."""
    rows = []
    sizes = dict.fromkeys([(k, 10) for k in (3, 4, 6, 8, 10)] + [(4, d) for d in (6, 10, 16, 24)])
    for model in ("fcn", "lcn", "cnn"):
        for k, d in sizes:
            truth = {"fcn": None, "lcn": 32 * (k / 4) ** 1.5 * d / 10, "cnn": 11 * (k / 4) ** 0.2 * d / 10}[
                model
            ]
            rows += cell_rows("architectures", "honest", model, k=k, d=d, sigma=0.15, n_max=2300, truth=truth)
    return rows


def sigma() -> list[Row]:
    """n* against sigma; the CNN is left-censored at the smallest."""
    return [
        row
        for model in ("lcn", "cnn")
        for value in (0.05, 0.1, 0.15, 0.2, 0.3)
        for row in cell_rows("sigma", "honest", model, k=16, d=16, sigma=value, n_max=1200)
    ]


def sigma_scaling() -> list[Row]:
    """sigma fixed and sigma proportional to 1/sqrt(k)."""
    points = []
    for k in (10, 15, 20, 25, 30):
        points += [(k, 0.1), (k, round(0.1 * math.sqrt(20 / k), 6))]
    return [
        row
        for model in ("lcn", "cnn")
        for k, value in dict.fromkeys(points)
        for row in cell_rows("sigma-scaling", "honest", model, k=k, d=20, sigma=value)
    ]


def activations() -> list[Row]:
    """LSA against ReLU variants."""
    penalty = {"lsa": 1.0, "relu_pair": 1.2, "relu": 2.0}
    return [
        row
        for model in ("lcn", "cnn")
        for name, factor in penalty.items()
        for k in (6, 10, 14, 20)
        for row in cell_rows(
            "activations", "honest", model, k=k, d=20, sigma=0.1, activation=name, factor=factor
        )
    ]


def width() -> list[Row]:
    """FCN widths."""
    return [
        row
        for value in (3, 6, 12, 24)
        for row in cell_rows(
            "width", "honest", "fcn", k=6, d=10, sigma=0.15, width=value, truth=900 * (value / 6) ** -0.2
        )
    ]


def one_patch() -> list[Row]:
    """k = 1, all architectures agreeing."""
    return [
        row
        for model in ("fcn", "lcn", "cnn")
        for d in (10, 20, 40, 80)
        for row in cell_rows("one-patch", "honest", model, k=1, d=d, sigma=0.2, truth=8 * d / 10)
    ]


def curves() -> list[Row]:
    """Evaluations of learning curves."""
    rows = []
    for model in ("fcn", "lcn", "cnn", "linear"):
        base = cell_rows("curves", "honest", model, k=6, d=10, sigma=0.15)[0]
        floor = 0.13 if model == "linear" else 0.05
        scale = {"fcn": 500, "lcn": 60, "cnn": 12, "linear": 120}[model]
        for seed in range(3):
            random = np.random.default_rng(seed)
            for n in (5, 10, 20, 40, 80, 160, 320, 640, 1280):
                risk = floor + (1 - floor) / (1 + (n / scale) ** 2) * math.exp(0.1 * random.standard_normal())
                row = {
                    key: base[key]
                    for key in (
                        "experiment",
                        "cell",
                        "config",
                        "task",
                        "protocol",
                        "model",
                        "k",
                        "d",
                        "sigma",
                        "floor",
                        "target",
                    )
                }
                rows.append({**row, "seed": seed, "n": n, "risk": risk, "success": risk < base["target"]})
    return rows


def error_curves() -> list[Row]:
    """Evaluations of the paper's test-error experiment, the FCN from two starts."""
    rows = []
    nets = (("cnn", {}, 8), ("lcn", {}, 110), ("fcn", {}, 600), ("fcn", {"steps": 3000}, 900))
    for k in (10, 20):
        for d in (10, 20):
            for model, fields, scale in nets:
                learner = {"name": "gradient_descent", **fields}
                base = cell_rows("test-error", "lahoti", model, k=k, d=d, sigma=0.1, learner=learner)[0]
                random = np.random.default_rng(k + d)
                for seed in range(SEEDS):
                    for n in (10, 50, 100, 250, 500):
                        risk = 0.03 + 0.97 / (1 + n / scale) * math.exp(0.1 * random.standard_normal())
                        rows.append({**base, "seed": seed, "n": n, "risk": risk, "success": risk < 0.07})
    return rows


def thresholds() -> list[Row]:
    """Rows of every experiment but the curves."""
    parts = (sweeps, architectures, sigma, sigma_scaling, activations, width, one_patch)
    return [row for part in parts for row in part()]


def table_for(spec: Any) -> list[Row]:
    """The rows that a figure needs."""
    from tests.figures import synthetic_finite_width as finite
    from tests.figures import synthetic_kernels as kernels  # late: they make their cells with `cell_rows`
    from tests.figures import synthetic_modes as modes
    from tests.figures import synthetic_shortcut as shortcut
    from tests.figures import synthetic_theory as theory

    source: list[Row] = []
    if spec.table in ("thresholds", "all"):
        source += [*thresholds(), *theory.thresholds(), *kernels.kernels(), *finite.thresholds()]
        source += shortcut.shortcut_patches()
    if spec.table in ("quantities", "all"):
        source += [*theory.quantities(), *kernels.predictions(), *kernels.learning_curves()]
        source += [*finite.quantities(), *shortcut.shortcut_bias(), *shortcut.shortcut_factors()]
        source += shortcut.shortcut_paired()
        source += [*modes.shortcut_modes(), *shortcut.shortcut_images(), *shortcut.shortcut_theory()]
        source += shortcut.shortcut_samples()
    if spec.table == "evaluations":
        source += [*curves(), *error_curves(), *theory.evaluations()]
    found = [row for row in source if row["experiment"] in spec.experiments]
    planted = {row["experiment"] for row in found}
    own = [name for name in spec.experiments if name not in planted] if spec.table == "thresholds" else []
    return found + [row for name in own for row in of_its_own(name)]


def of_its_own(experiment: str) -> list[Row]:
    """Rows of the cells of an experiment's quick preset, n* = 5 k d: of one that has no planted rows here."""
    rows: list[Row] = []
    for one in EXPERIMENTS[experiment].settings("quick"):
        if isinstance(one, Setting):
            task = one.cell().task
            rows += cell_rows(
                experiment,
                one.protocol,
                one.model,
                k=task.k,
                d=task.d,
                sigma=getattr(task, "sigma", None),
                n_max=one.n_max or 10_000,
                truth=5 * task.k * task.d,
                task={"name": task.name, **one.task_options},
                learner={"name": "gradient_descent", **one.learner},
            )
    return rows
