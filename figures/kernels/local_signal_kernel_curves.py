"""Learning curves of tangent kernels of the CNN and of the trained net on the local-signal task."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import theory.related.local_signal
from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.kernels.local_signal_kernels import kernel_of
from sims.tables.sweeps import distinct

LOWEST = 5e-4
"""Errors below half a sample of the smaller test sets are drawn here."""


def content(rows: Sequence[Row]) -> Content:
    """The median over seeds and their range, at every n that the searches tried; a panel a size."""
    rows = [row | {"model": kernel_of(row)} for row in rows]
    marks: list[Mark] = []
    panels: list[Panel] = []
    sizes = sorted(distinct((row["k"], row["d"], row["sigma"]) for row in rows))
    # The smallest size, and from there the most patches and the largest ones.
    corners = [sizes[0], max(sizes), max(sizes, key=lambda size: size[1])] if sizes else []
    for k, d, sigma in distinct(corners):
        key = f"k={k}, d={d}"
        title = f"k = {k}, d = {d}, σ²d = {sigma**2 * d:.2g}"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["n"], ylabel="0-1 error (no unit)"))
        here = [row for row in rows if (row["k"], row["d"]) == (k, d)]
        for model, n in sorted(distinct((row["model"], row["n"]) for row in here)):
            risks = sorted(row["risk"] for row in here if (row["model"], row["n"]) == (model, n))
            low, middle, high = (max(float(risks[i]), LOWEST) for i in (0, len(risks) // 2, -1))
            common: dict[str, Any] = {"panel": key, "series": model, "model": model}
            marks.append(Mark(kind="estimate", x=n, y=middle, low=low, high=high, **common))
        target = float(here[0]["target"])
        linear = theory.related.local_signal.linear_risk(k, sigma).zero_one
        for series, model, y in (("best linear predictor", "linear", linear), ("target", "ratio", target)):
            marks.append(level(key, series, y, model=model))
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="local-signal-kernel-curves",
    title="Learning curves on one noise-free patch amid noise, in the kernel regime",
    caption=(
        "0-1 error on new samples at every n that the searches for n* tried: median over seeds, bars from "
        f"the least to the largest. Errors below {LOWEST:g} are drawn there. Kernels as in the figure of n*; "
        "lines: the best linear predictor, and the target."
    ),
    experiments=("local-signal-kernels",),
    of_rows=content,
    draw=partial(draw_content, words={"estimate, 95 % interval": "estimate, range over seeds"}),
    table="evaluations",
)
