"""Risk against the number of samples for every model, with the floors that theory gives."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

import theory.dsd.risks
from figures.drawing.captions import FCN_START
from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row, groups, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec

LOWEST = 1e-4
"""Floors below this risk are not drawn: the legend gives their value."""


def _floors(panel: str, k: int, sigma: float, target: float | None) -> list[Mark]:
    floors = {
        "bayes": ("Bayes risk", theory.dsd.risks.bayes_risk(k, sigma).squared),
        "oracle": ("ground-truth LSA net", theory.dsd.risks.oracle_risk(k, sigma).risk),
        "linear": ("best linear predictor", theory.dsd.risks.linear_risk(k, sigma).squared),
    }
    marks = []
    for model, (name, risk) in floors.items():
        label = f"derived: {name}" + ("" if risk >= LOWEST else f", {risk:.0e}, off the axis")
        y = float(risk) if risk >= LOWEST else None
        marks.append(level(panel, label, y, model=model))
    if target is not None:
        marks.append(level(panel, "target of the nets", target, source="reported"))
    return marks


def content(rows: Sequence[Row]) -> Content:
    """Median over seeds and the range over seeds, at every n, a panel for each protocol and size."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (protocol, k, d, sigma), here in groups(rows, "protocol", "k", "d", "sigma"):
        key = f"{protocol}, k={k}, d={d}, sigma={sigma:g}"
        targets = {row["target"] for row in here if row["model"] != "linear"}
        title = f"{protocol} protocol\nk = {k}, d = {d}, σ = {sigma:g}"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["n"], ylabel=AXIS["risk"]))
        for model in present(here):
            own = [row for row in here if row["model"] == model]
            common: dict[str, Any] = {"panel": key, "series": model, "model": model}
            for n in sorted({row["n"] for row in own}):
                risks = [math.inf if row["risk"] is None else row["risk"] for row in own if row["n"] == n]
                low, high = min(risks), max(risks)
                marks.append(Mark(kind="line", x=n, y=statistics.median(risks), **common))
                marks.append(Mark(kind="band", x=n, low=low, high=high, note="range over seeds", **common))
        marks += _floors(key, k, sigma, min(targets) if targets else None)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="learning-curves",
    title="Risk against the number of samples",
    caption=(
        "Squared risk of the selected predictor. Lines: median over seeds; bands: from the best seed to "
        "the worst. Horizontal lines: closed forms of the task, for the Bayes predictor, for the best "
        "ground-truth net with LSA activation and unit norm, and for the best linear predictor; and the "
        "target that n* is read off at. A net may fall below the ground-truth net's floor: that net has unit "
        f"norm, trained nets have not. {FCN_START}"
    ),
    experiments=("curves",),
    of_rows=content,
    table="evaluations",
)
