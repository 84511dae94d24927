"""Pictures of sweeps, drawn as the house's figures are."""

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from figures.drawing.legend import legend_handles
from figures.drawing.looks import told_apart
from figures.drawing.marks import Mark, curve, level
from figures.drawing.measured import geometric, groups, marks_of_rows, power_law
from figures.drawing.panels import AXIS, Panel, draw_panel
from figures.drawing.style import house_style
from nstar.fitting import OF_CELL, Growth
from sims.measuring.threshold import CellResult
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
    with _drawing(marks):
        panel = Panel(key=PANEL, title="", xlabel=AXIS.get(x, x), ylabel=AXIS["n_star"], xscale=scale)
        return _drawn(panel, marks, ax)


def draw_growth(growths: Iterable[Growth], x: str, ax: Axes | None) -> Axes:
    """The cells of every series of `nstar.fit` along a size, or the brackets of rows that know of no cells,
    with the laws that were fitted, a curve for each combination of the other sizes.
    """
    marks: list[Mark] = []
    growths = list(growths)
    for growth in growths:
        others = [size for size in SIZES if size != x]
        varying = [size for size in others if size in growth.group["varying"]]
        for places, own in groups(growth.rows, *others):
            fixed = dict(zip(others, places, strict=True))
            name = ", ".join([growth.series, *(f"{size} = {fixed[size]:g}" for size in varying)])
            common: dict[str, Any] = {"panel": PANEL, "series": name, "model": name}
            if all(column in own[0] for column in OF_CELL):
                named = [{**row, "model": name} for row in own]
                marks += marks_of_rows(
                    named,
                    panel=PANEL,
                    x=lambda row: row[x],
                    series=lambda row: row["model"],
                    variant=lambda row: "",
                )
            else:
                marks += [
                    Mark(kind="seed", x=row[x], low=row["low"], high=row["high"], **common) for row in own
                ]
            at = geometric(min(row[x] for row in own), max(row[x] for row in own))
            place = {size: fixed[size] or 1.0 for size in others}
            laws = {"fit": growth.power, "chosen law": growth.chosen}
            if growth.chosen is growth.power:
                del laws["chosen law"]
            for source, fit in laws.items():
                if fit is not None:
                    values = ((value, fit.predict(**{**place, x: value})) for value in at)
                    marks += curve(values, source=source, **common)
    with _drawing(marks):
        return _drawn(Panel(key=PANEL, title="", xlabel=AXIS[x], ylabel=AXIS["n_star"]), marks, ax)


def draw_risks(result: CellResult, name: str, ax: Axes | None) -> Axes:
    """The risk of every seed at every n that was tried, with the target and the interval of n*."""
    marks = [level(PANEL, "target", result.target)]
    for seed in result.per_seed:
        tried = sorted((outcome.n, outcome.risk) for outcome in seed.outcomes)
        points = ((n, risk if math.isfinite(risk) else None) for n, risk in tried)
        marks += curve(points, source="measured", panel=PANEL, series=f"{name}, seed {seed.seed}", model=name)
    positive = all(mark.y is None or mark.y > 0 for mark in marks)
    panel = Panel(
        key=PANEL, title="", xlabel=AXIS["n"], ylabel="risk (no unit)", yscale="log" if positive else "linear"
    )
    n_star = result.n_star
    with _drawing(marks):
        axes = _drawn(panel, marks, ax)
        low, high = axes.get_xlim()
        left, right = max(n_star.low or low, low), min(n_star.high or high, high)
        grey: dict[str, Any] = {"color": "#999999", "alpha": 0.18, "linewidth": 0}
        axes.axvspan(left, right, label="n*, 95 % interval", gid="interval", **grey)
        if n_star.best is not None:
            axes.axvline(n_star.best, color="#555555", linewidth=1.0, label="n*", gid="best")
        handles, _ = axes.get_legend_handles_labels()
        axes.legend(handles=[*legend_handles(marks), *handles])
    return axes


@contextlib.contextmanager
def _drawing(marks: Sequence[Mark]) -> Iterator[None]:
    with house_style(), told_apart([mark.model for mark in marks if mark.kind != "level"]):
        yield


def _drawn(panel: Panel, marks: Sequence[Mark], ax: Axes | None) -> Axes:
    axes = ax or plt.subplots(layout="constrained")[1]
    draw_panel(axes, panel, marks)
    axes.legend(handles=legend_handles(marks))
    return axes
