"""n* of two-step gradient descent at sigma = 1/sqrt(k), as published and in the variant that works there."""

import math
from collections.abc import Sequence

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.looks import look_of
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows, power_law, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from sims.tables.configs import value_of
from sims.tables.sweeps import distinct

PUBLISHED = "as published, squared loss"
CORRELATION = "correlation loss"
THRESHOLDING = "correlation loss, bias before step 2 of 3σ"


def _variant(row: Row) -> str:
    if value_of(row, "learner.bias_1") is not None:
        return THRESHOLDING
    return CORRELATION if value_of(row, "learner.loss") == "correlation" else PUBLISHED


def _scale(row: Row) -> float:
    return float(f"{row['sigma'] * math.sqrt(row['k']):.3g}")


def content(table: Sequence[Row]) -> Content:
    """A panel for each variable and model: n* at the other variable's middle value, in every variant."""
    rows = [row for row in table if row["learner"] == "two_step"]
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
                scaled = [row | {"sigma": _scale(row)} for row in here]
                marks += power_law(scaled, variable, panel=key, series=series, model=model)
    return Content(marks=marks, panels=panels)


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
    experiments=("two-step",),
    of_rows=content,
)
