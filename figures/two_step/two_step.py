"""n* of two-step gradient descent at sigma = 1/sqrt(k), as published and in the variant that works there."""

import math
from collections.abc import Sequence
from typing import Any

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.looks import look_of
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.configs import value_of
from sims.tables.laws import fit_power
from sims.tables.sweeps import distinct, of_experiment

EXPERIMENTS = ("two-step",)
PUBLISHED = "as published, squared loss"
CORRELATION = "correlation loss"
THRESHOLDING = "correlation loss, bias before step 2 of 3σ"
POINTS = 9


def _variant(row: Row) -> str:
    if value_of(row, "learner.bias_1") is not None:
        return THRESHOLDING
    return CORRELATION if value_of(row, "learner.loss") == "correlation" else PUBLISHED


def _scale(row: Row) -> float:
    return float(f"{row['sigma'] * math.sqrt(row['k']):.3g}")


def _law(rows: Sequence[Row], variable: str, panel: str, series: str) -> list[Mark]:
    """The fitted power law along the sweep, with its exponent at the end."""
    fit = fit_power([row | {"sigma": _scale(row)} for row in rows], vary=(variable,))
    if not fit.exponents:
        return []
    low, high = min(row[variable] for row in rows), max(row[variable] for row in rows)
    at = [low * (high / low) ** (place / (POINTS - 1)) for place in range(POINTS)]
    common: dict[str, Any] = {"panel": panel, "series": series, "model": rows[0]["model"], "kind": "line"}
    note = f"{fit.exponents[variable].best:.2f}"
    return [Mark(source="fit", x=x, y=fit.predict({variable: x}), note=note, **common) for x in at]


def content(table: Sequence[Row]) -> Content:
    """A panel for each variable and model: n* at the other variable's middle value, in every variant."""
    rows = [row for row in of_experiment(table, *EXPERIMENTS) if row["learner"] == "two_step"]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for variable, other in (("k", "d"), ("d", "k")):
        for model in present(rows):
            own = [row for row in rows if row["model"] == model]
            values = distinct(row[other] for row in own)
            held = max(values, key=lambda v: len({r[variable] for r in own if r[other] == v}))
            own = [row for row in own if row[other] == held]
            key = f"{variable}, {model}"
            scale = "1" if _scale(own[0]) == 1 else f"{_scale(own[0]):g}"
            title = f"{look_of(model).name}\n{other} = {held}, σ = {scale}/√k"
            panels.append(Panel(key=key, title=title, xlabel=AXIS[variable], ylabel=AXIS["n_star"]))
            for variant in distinct(_variant(row) for row in own):
                here = [row for row in own if _variant(row) == variant]
                series = f"{model}, {variant}"
                marks += marks_of_rows(
                    here,
                    panel=key,
                    x=lambda row, variable=variable: row[variable],
                    series=lambda _row, series=series: series,
                    variant=_variant,
                )
                marks += _law(here, variable, key, series)
    if not panels:
        panels.append(Panel(key="none", title="two steps", xlabel=AXIS["k"], ylabel=AXIS["n_star"]))
    return Content(marks=tuple(marks), panels=tuple(panels))


FIGURE = FigureSpec(
    name="two-step",
    title="Sample complexity of the two-step algorithm at σ = 1/√k",
    caption=(
        "Two steps of gradient descent with prescribed biases, the algorithm behind the upper bounds, judged "
        "by its 0-1 error: n* counts the samples of both steps. σ = 1/√k is 100 ln(kd)^1.5 times the noise "
        "of the theorems, and as published the algorithm does not learn there (see “From the theorem's noise "
        "to 1/√k”). With the correlation loss and a bias of three sigma, the suite's choices, it does. The "
        "linear model and the FCN, for which the paper has no such algorithm, have the correlation loss. The "
        "numbers are the exponents of the fitted power laws; with σ ~ 1/√k the upper bounds are, up to a "
        f"logarithm, k + d for the LCN and 1 + d/k for the CNN. {SEED_BRACKETS} Arrows: censored."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw_content,
)
