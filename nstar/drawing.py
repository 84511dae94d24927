"""Pictures of sweeps, drawn as the house's figures are."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from figures.drawing.legend import legend_handles
from figures.drawing.looks import told_apart
from figures.drawing.marks import Mark
from figures.drawing.measured import groups, marks_of_rows, power_law
from figures.drawing.panels import AXIS, Panel, draw_panel
from figures.drawing.style import house_style
from sims.tables.sweeps import SIZES

plt.draw_if_interactive()  # loads a notebook's backend: within a style it would lose what it sets for good

PANEL = "sweep"


def draw_against(rows: Sequence[dict[str, Any]], x: str, others: Sequence[str], ax: Axes | None) -> Axes:
    """n* of rows of a sweep against the axis `x`, a curve for each series and value of the other axes; with
    the power law where x is a size that takes several values.
    """
    varying = [name for name in others if len({str(row[name]) for row in rows}) > 1]
    marks: list[Mark] = []
    for (series, *places), own in groups(rows, "series", *varying):
        name = ", ".join([series, *(f"{of} = {at}" for of, at in zip(varying, places, strict=True))])
        # A series is drawn as a model of its name is.
        drawn = [{**row, "model": name if varying else series} for row in own]
        marks += marks_of_rows(drawn, panel=PANEL, x=lambda row: row[x], series=lambda row: row["model"])
        if x in SIZES and len({row[x] for row in own}) > 1:
            marks += power_law(drawn, x, panel=PANEL, series=drawn[0]["model"], model=drawn[0]["model"])
    scale = "log" if all(row[x] > 0 for row in rows) else "linear"
    panel = Panel(key=PANEL, title="", xlabel=AXIS.get(x, x), ylabel=AXIS["n_star"], xscale=scale)
    with house_style(), told_apart([mark.model for mark in marks]):
        axes = ax or plt.subplots(layout="constrained")[1]
        draw_panel(axes, panel, marks)
        axes.legend(handles=legend_handles(marks))
    return axes
