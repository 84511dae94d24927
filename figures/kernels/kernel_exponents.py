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
    for variable in exponents.VARIABLES:
        for model, kind, sweep in _groups(table, variable):
            fixed = ", ".join(f"{name} = {value:g}" for name, value in sweep.fixed if name != "sigma")
            span = f"{variable} = {sweep.values[0]:g} to {sweep.values[-1]:g}, {fixed}"
            fit = fit_power(sweep.rows, vary=(variable,))
            common: dict[str, Any] = {
                "panel": variable,
                "series": f"{look_of(model).name}, {kind}\n{span}",
                "model": model,
            }
            marks.append(exponents.fitted_mark(fit, variable, **common))
            predicted = kernels.predictions(table, sweep, model)
            if fit.exponents and kind == kernels.KERNEL and len(predicted) >= FEWEST:
                x, n = np.log(sorted(predicted)), np.log([predicted[at] for at in sorted(predicted)])
                slope = float(np.polyfit(x, n, 1)[0])
                marks.append(Mark(kind="level", source="derived", y=slope, **common))
    return Content(marks=marks, panels=exponents.PANELS)


def draw(content: Content) -> Figure:
    """Exponents across, a row for each architecture and kind."""
    diamond: dict[str, Any] = {
        "marker": exponents.SHAPES["derived"],
        "fillstyle": "none",
        "linestyle": "none",
    }
    words = "slope of n* predicted from the kernel's spectrum"
    handles = [
        Line2D([], [], marker="o", label="fit, 95 % interval", color="#555555", linewidth=1.6),
        Line2D([], [], label=words, color="#555555", **diamond),
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
    of_rows=content,
    draw=draw,
    table="all",
)
