"""Exponents of n* in k and d: kernels, what their spectra predict, and nets that learn features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import exponents, kernels
from figures.laws import fit_power
from figures.marks import Mark
from figures.measured import Row, present
from figures.panels import AXIS, Panel
from figures.spec import Content, FigureSpec
from figures.style import NAMES

FEWEST = 3


def content(table: Sequence[Row]) -> Content:
    """A row for each architecture and kind of learner, for k and for d."""
    rows = kernels.measured(table)
    marks: list[Mark] = []
    panels: list[Panel] = []
    for variable, title in exponents.VARIABLES.items():
        panels.append(
            Panel(
                key=variable,
                title=title,
                xlabel=AXIS["exponent"],
                ylabel="",
                xscale="linear",
                yscale="linear",
            )
        )
        sweep = kernels.sweep_of(rows, variable)
        if sweep is None:
            continue
        span = f"{variable} = {sweep.values[0]:g} to {sweep.values[-1]:g}"
        for model in present(sweep.rows):
            for kind in (kernels.KERNEL, kernels.TRAINED):
                own = [row for row in sweep.of(model) if kernels.kind(row) == kind]
                if len({row[variable] for row in own}) < FEWEST:
                    continue
                fit = fit_power(own, vary=(variable,))
                common: dict[str, Any] = {
                    "panel": variable,
                    "series": f"{NAMES[model]}, {kind}\n{span}",
                    "model": model,
                }
                if not fit.exponents:
                    note = f"no exponent: {fit.status}"
                    marks.append(Mark(kind="estimate", source="fit", note=note, **common))
                    continue
                found = fit.exponents[variable]
                marks.append(
                    Mark(
                        kind="estimate", source="fit", y=found.best, low=found.low, high=found.high, **common
                    )
                )
                predicted = kernels.predictions(table, sweep, model)
                if kind == kernels.KERNEL and len(predicted) >= FEWEST:
                    x, n = np.log(sorted(predicted)), np.log([predicted[at] for at in sorted(predicted)])
                    slope = float(np.polyfit(x, n, 1)[0])
                    marks.append(Mark(kind="level", source="derived", y=slope, **common))
    return Content(marks=tuple(marks), panels=tuple(panels))


def draw(content: Content) -> Figure:
    """Exponents across, a row for each architecture and kind."""
    handles = [
        Line2D([], [], marker="o", label="fit, 95 % interval", color="#555555", linewidth=1.6),
        Line2D(
            [],
            [],
            marker=exponents.SHAPES["derived"],
            fillstyle="none",
            label="slope of n* predicted from the kernel's spectrum",
            color="#555555",
            linestyle="none",
        ),
    ]
    return exponents.draw(content, handles)


def build(table: Sequence[Row]) -> Figure:
    """The figure of rows of thresholds and quantities."""
    return draw(content(table))


FIGURE = FigureSpec(
    name="kernel-exponents",
    title="Growth of n* in the kernel regime and with feature learning",
    caption=(
        "Exponent of a power law fitted to the seeds' brackets along each sweep of the figure of kernels, "
        "with its 95 % interval, for the kernel of each architecture and for its trained net, at the same "
        "target. Open diamonds: the slope of the n* that the kernel's spectrum predicts, over the same "
        "sizes. The exponents hold over these sizes."
    ),
    experiments=kernels.EXPERIMENTS,
    content=content,
    draw=draw,
    table="all",
)
