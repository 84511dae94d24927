"""n* of the two-step algorithm after a change of one constant at a time."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark, of
from figures.drawing.measured import Row, groups, marks_of_rows
from figures.drawing.panels import AXIS, NOTHING, Panel, plain, say_empty
from figures.drawing.spec import Content, FigureSpec
from figures.drawing.style import PAGE, house_style
from sims.tables.configs import config_of, options_of, value_of
from sims.tables.sweeps import distinct


def _changes(row: Row, base: Row) -> str:
    """What differs from the base's constants, in words."""
    first, second = (options_of(config_of(one))["learner"] for one in (base, row))
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    shown = [f"{name} = {_number(value_of(row, f'learner.{name}'))}" for name in names]
    return ", ".join(shown) or "base: " + ", ".join(
        f"{name} = {_number(value)}" for name, value in first.items()
    )


def _number(value: Any) -> str:
    if value is None:
        return "published"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def content(rows: Sequence[Row]) -> Content:
    """A panel for each model; y of a mark's series is the place of its change in the list."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (model,), own in groups(rows, "model"):
        base = own[0]  # the experiment lists it first
        title = f"{look_of(model).name}, k = {own[0]['k']}, d = {own[0]['d']}, σ = {own[0]['sigma']:.3g}"
        panels.append(
            Panel(key=model, title=title, xlabel=AXIS["n_star"], ylabel="", yscale="linear", xscale="log")
        )
        marks += [
            mark
            for mark in marks_of_rows(
                own,
                panel=model,
                x=lambda row: 0.0,
                series=lambda row, base=base: _changes(row, base),
            )
            if mark.kind == "estimate"
        ]
    return Content(marks=marks, panels=panels)


def draw(content: Content) -> Figure:
    """n* across, a row for each change."""
    labels = distinct(mark.series for mark in content.marks)
    with house_style():
        figure = Figure(figsize=(PAGE, 1.2 + 0.19 * max(len(labels), 4)), layout="constrained")
        panels = content.panels or (NOTHING,)
        grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for axes, panel in zip(grid, panels, strict=True):
            axes.set_title(panel.title, loc="left")
            axes.set_xlabel(panel.xlabel)
            drawn = of(content.marks, panel=panel.key)
            if not drawn:
                say_empty(axes, panel)
                continue
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.xaxis.set_major_formatter(FuncFormatter(plain))
            for mark in drawn:
                _row(axes, labels.index(mark.series), mark)
            base = drawn[0].y
            if base is not None:
                axes.axvline(base, color="#777777", linewidth=0.8, gid="level|base")
            axes.set_yticks(range(len(labels)), labels, fontsize=6.5)
            axes.set_ylim(len(labels) - 0.4, -0.6)
        if labels:
            handles = [
                Line2D([], [], color="#555555", marker="o", label="n*, 95 % interval"),
                Line2D([], [], color="#777777", linewidth=0.8, label="n* of the base"),
            ]
            grey: dict[str, Any] = {"color": "#555555", "fillstyle": "none", "linestyle": "none"}
            handles += [
                Line2D([], [], marker=marker, label=words, **grey)
                for marker, words, seen in (
                    (">", "right-censored (n* above)", any(mark.right_censored for mark in content.marks)),
                    ("<", "left-censored (n* below)", any(mark.left_censored for mark in content.marks)),
                )
                if seen
            ]
            figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _row(axes: Axes, place: int, mark: Mark) -> None:
    colour = look_of(mark.model).colour
    anchor = mark.y if mark.y is not None else (mark.low if mark.right_censored else mark.high)
    if anchor is None:
        return
    low = mark.low if mark.low is not None else anchor
    high = mark.high if mark.high is not None else anchor
    axes.plot([low, high], [place, place], color=colour, linewidth=1.4, gid=f"interval|{mark.series}")
    point: dict[str, Any] = {"color": colour, "linestyle": "none"}
    if mark.y is not None:
        marker = look_of(mark.model).marker
        axes.plot([mark.y], [place], marker=marker, gid=f"estimate|{mark.series}", **point)
    for censored, marker, side in ((mark.right_censored, ">", "right"), (mark.left_censored, "<", "left")):
        if censored:
            name = f"{side}-censored|estimate|{mark.series}"
            axes.plot([anchor], [place], marker=marker, fillstyle="none", gid=name, **point)


FIGURE = FigureSpec(
    name="two-step-sensitivity",
    title="What each constant of the two-step algorithm does",
    caption=(
        "n* of two-step gradient descent with the correlation loss and a bias before step 2 of three sigma, "
        "the suite's variant that works at this noise, and after one change at a time; constants not named "
        "are the published ones, for a noise a thousand times smaller. The last row is the algorithm as "
        "published. A bias after step 2 of sigma or more changes the "
        "net, not only its training, and its target is that of a net without a threshold."
    ),
    experiments=("two-step-sensitivity",),
    of_rows=content,
    draw=draw,
)
