"""How many times the CNN's samples the LCN needs, against k and d, beside the paper's 10 to 20."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from figures.drawing.marks import Mark, estimated
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.ratios import ratio_of
from sims.tables.sweeps import plain_models, sweeps

REPORTED = (10.0, 20.0)
"""Range that the paper reports (Lahoti et al. 2024, section on experiments)."""


def content(table: Sequence[Row]) -> Content:
    """The ratio at every size of the paper's two sweeps at which both models were measured."""
    rows = plain_models(table)
    marks: list[Mark] = []
    panels: list[Panel] = []
    for variable in ("k", "d"):
        for sweep in sweeps(rows, variable):
            key = f"{variable}: {sweep.key}"
            common: dict[str, Any] = {"panel": key, "model": "ratio"}
            above, below = (
                {row[variable]: row for row in reversed(sweep.of(model))} for model in ("lcn", "cnn")
            )
            both = [value for value in sweep.values if value in above and value in below]
            found = [(value, ratio_of(above[value], below[value])) for value in both]
            ratios = [estimated(ratio, series="LCN / CNN", x=x, **common) for x, ratio in found if ratio]
            panels.append(Panel(key=key, title=sweep.title, xlabel=AXIS[variable], ylabel=AXIS["ratio"]))
            if ratios:
                low, high = REPORTED
                note = f"reported by the paper: {low:g} to {high:g} times"
                span: dict[str, Any] = {"series": "paper", "kind": "span", "source": "reported", "note": note}
                marks.append(Mark(low=low, high=high, **span, **common))
            marks += ratios
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="lcn-cnn-ratio",
    title="How many times the CNN's samples the LCN needs",
    caption=(
        "Ratio of the estimates of n* with a 95 % interval that combines both of theirs on the log scale "
        "(method of variance estimates recovery). Grey: the 10 to 20 times that the paper reports. An "
        "arrow marks a ratio of which only one bound is known because an n* is censored."
    ),
    experiments=("sweeps",),
    of_rows=content,
    draw=partial(draw_content, columns=2),
)
