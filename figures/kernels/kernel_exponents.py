"""Exponents of n* in k and d: kernels, what their spectra predict, and nets that learn features."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from figures.dsd import exponents
from figures.kernels import kernels
from sims.experiments.kernels.kernels import ARCHITECTURES
from sims.tables.laws import fit_power
from sims.tables.sweeps import Sweep, of_experiment, plain_models, sweeps

FEWEST = 3


def _groups(table: Sequence[Row], variable: str) -> list[tuple[str, str, Sweep]]:
    """(model, kind of learner, sweep) of every row to draw.

    A trained net that the sweeps of the kernels leave out is taken from the experiment of all architectures:
    the same task, noise and target, at other sizes.
    """
    found: list[tuple[str, str, Sweep]] = []
    sweep = kernels.sweep_of(kernels.measured(table), variable)
    elsewhere = sweeps(plain_models(of_experiment(table, "architectures")), variable)
    for model in ARCHITECTURES if sweep else ():
        for kind in (kernels.KERNEL, kernels.TRAINED):
            own = [row for row in sweep.of(model) if kernels.kind(row) == kind] if sweep else []
            if sweep and own:
                found.append((model, kind, dataclasses.replace(sweep, rows=tuple(own))))
            elif kind == kernels.TRAINED:
                others = [(other, other.of(model)) for other in elsewhere]
                found += [
                    (model, kind, dataclasses.replace(other, rows=tuple(rows)))
                    for other, rows in others
                    if rows
                ]
    return [group for group in found if len(group[2].values) >= FEWEST]


def content(table: Sequence[Row]) -> Content:
    """A row for each architecture and kind of learner, for k and for d."""
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
        for model, kind, sweep in _groups(table, variable):
            fixed = ", ".join(f"{name} = {value:g}" for name, value in sweep.fixed if name != "sigma")
            span = f"{variable} = {sweep.values[0]:g} to {sweep.values[-1]:g}, {fixed}"
            fit = fit_power(sweep.rows, vary=(variable,))
            common: dict[str, Any] = {
                "panel": variable,
                "series": f"{look_of(model).name}, {kind}\n{span}",
                "model": model,
            }
            if not fit.exponents:
                note = f"no exponent: {fit.status}"
                marks.append(Mark(kind="estimate", source="fit", note=note, **common))
                continue
            found = fit.exponents[variable]
            marks.append(
                Mark(kind="estimate", source="fit", y=found.best, low=found.low, high=found.high, **common)
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


FIGURE = FigureSpec(
    name="kernel-exponents",
    title="Growth of n* in the kernel regime and with feature learning",
    caption=(
        "Exponent of a power law fitted to the seeds' brackets along each sweep of the figure of kernels, "
        "with its 95 % interval, for the kernel of each architecture and for its trained net, at the same "
        "target. Open diamonds: the slope of the n* that the kernel's spectrum predicts, over the same "
        "sizes. A trained net that was not measured in these sweeps is shown from the sweeps of all "
        "architectures, at the sizes given. The exponents hold over these sizes."
    ),
    experiments=(*kernels.EXPERIMENTS, "architectures"),
    content=content,
    draw=draw,
    table="all",
)
