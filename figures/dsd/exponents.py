"""The fitted exponents of every architecture, with intervals, beside what theorems and simple families
predict."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.drawing.captions import FCN_START
from figures.drawing.glyphs import plot
from figures.drawing.looks import look_of
from figures.drawing.marks import Mark, of
from figures.drawing.measured import Row, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from figures.drawing.style import PAGE, house_style
from sims.tables.laws import FAMILIES, fit_power, slope, theorems
from sims.tables.sweeps import Sweep, distinct, of_experiment, plain_models, sweeps

EXPERIMENTS = ("sweeps", "architectures")
VARIABLES = {"k": "exponent of k", "d": "exponent of d"}
SHAPES = {"upper bound": "<", "lower bound": ">", "derived": "D"}
"""Marker of a predicted slope by what it rests on."""


def _row_label(sweep: Sweep, model: str) -> str:
    low, high = sweep.values[0], sweep.values[-1]
    return (
        f"{look_of(model).name}, {sweep.experiment}, {sweep.protocol}\n{sweep.variable} = {low:g} to {high:g}"
    )


def _row_marks(sweep: Sweep, model: str) -> list[Mark]:
    rows = sweep.of(model)
    fit = fit_power(rows, vary=(sweep.variable,))
    common: dict[str, Any] = {"panel": sweep.variable, "series": _row_label(sweep, model), "model": model}
    values = sorted({row[sweep.variable] for row in rows})
    if not fit.exponents:
        return [Mark(kind="estimate", source="fit", note=f"no exponent: {fit.status}", **common)]
    exponent = fit.exponents[sweep.variable]
    marks = [
        Mark(kind="estimate", source="fit", y=exponent.best, low=exponent.low, high=exponent.high, **common)
    ]
    for theorem in theorems(model):
        predicted = slope(theorem.rate, sweep.variable, values, dict(sweep.fixed))
        marks.append(Mark(kind="level", source=theorem.source, variant=theorem.name, y=predicted, **common))
    return marks


def content(table: Sequence[Row]) -> Content:
    """A row for each model, experiment and protocol, and one for each family: its slope over the same
    sizes."""
    rows = [row for row in plain_models(of_experiment(table, *EXPERIMENTS)) if row["model"] != "linear"]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for variable, title in VARIABLES.items():
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
        found = sweeps(rows, variable)
        for model in present(rows):
            for sweep in found:
                if sweep.of(model):
                    marks += _row_marks(sweep, model)
        for family, rate in FAMILIES.items():
            slopes = [slope(rate, variable, sweep.values, dict(sweep.fixed)) for sweep in found]
            if slopes:
                label = f"family ∝ {family}".replace("^2", "²")
                low, high = min(slopes), max(slopes)
                middle = (low + high) / 2
                marks.append(
                    Mark(
                        panel=variable,
                        series=label,
                        model="ratio",
                        kind="span",
                        source="derived",
                        y=middle,
                        low=low,
                        high=high,
                    )
                )
    return Content(marks=tuple(marks), panels=tuple(panels))


def _draw_row(axes: Axes, place: int, marks: Sequence[Mark]) -> None:
    for mark in marks:
        colour = look_of(mark.model).colour
        if mark.kind == "estimate" and mark.y is None:
            axes.text(
                0.03,
                place,
                mark.note,
                transform=axes.get_yaxis_transform(),
                va="center",
                color="#777777",
                fontsize=6.5,
            )
        elif mark.kind == "estimate":
            low = mark.y if mark.low is None else mark.low
            high = mark.y if mark.high is None else mark.high
            plot(
                axes, [low, high], [place, place], color=colour, linewidth=1.6, gid=f"interval|{mark.series}"
            )
            plot(
                axes,
                [mark.y],
                [place],
                marker=look_of(mark.model).marker,
                color=colour,
                markersize=5.5,
                linestyle="none",
                gid=f"estimate|{mark.series}",
            )
        elif mark.kind == "level":
            shape = SHAPES[mark.source]
            gid = f"{mark.source}|{mark.series}"
            plot(
                axes,
                [mark.y],
                [place + 0.3],
                marker=shape,
                fillstyle="none",
                color=colour,
                markersize=4.5,
                linestyle="none",
                gid=gid,
            )
        elif mark.kind == "span":
            plot(
                axes,
                [mark.low, mark.high],
                [place, place],
                color="#777777",
                linewidth=5,
                solid_capstyle="butt",
                gid=f"span|{mark.series}",
            )
            plot(axes, [mark.y], [place], marker="|", color="#777777", markersize=8, linestyle="none")


def draw(content: Content, handles: Sequence[Line2D] | None = None) -> Figure:
    """Exponents across, a row for each fit, families at the bottom; handles: entries of another legend."""
    counts = [
        len(distinct(mark.series for mark in of(content.marks, panel=panel.key))) for panel in content.panels
    ]
    with house_style():
        figure = Figure(figsize=(PAGE, max(2.4, 1.3 + 0.3 * max(counts))), layout="constrained")
        for axes, panel in zip(
            figure.subplots(1, len(content.panels), squeeze=False)[0], content.panels, strict=True
        ):
            drawn = of(content.marks, panel=panel.key)
            axes.set_title(panel.title, loc="left")
            axes.set_xlabel(panel.xlabel)
            labels = distinct(mark.series for mark in drawn)
            if not labels:
                axes.text(
                    0.5,
                    0.5,
                    panel.empty,
                    transform=axes.transAxes,
                    ha="center",
                    va="center",
                    color="#777777",
                    gid="empty",
                )
                axes.set(xticks=[], yticks=[])
                continue
            for place, label in enumerate(labels):
                _draw_row(axes, place, of(drawn, series=label))
            families = [place for place, label in enumerate(labels) if label.startswith("family")]
            if families and families[0]:
                axes.axhline(families[0] - 0.5, color="#999999", linewidth=0.6)
            axes.set_yticks(range(len(labels)), labels, fontsize=6.5)
            axes.set_ylim(len(labels) - 0.4, -0.6)
            axes.grid(False, axis="y")
            low, high = axes.get_xlim()
            axes.set_xlim(min(low, -0.15), max(high, 2.3))
        grey: dict[str, Any] = {"color": "#555555", "linestyle": "none"}
        entries = handles or [
            Line2D([], [], marker="o", label="fit, 95 % interval", color="#555555", linewidth=1.6),
            Line2D([], [], marker="<", fillstyle="none", label="theorem: upper bound's slope", **grey),
            Line2D([], [], marker=">", fillstyle="none", label="theorem: lower bound's slope", **grey),
            Line2D([], [], color="#777777", linewidth=5, label="derived: family's slope over these sizes"),
        ]
        figure.legend(handles=entries, loc="outside lower center", ncols=2)
    return figure


FIGURE = FigureSpec(
    name="exponents",
    title="Fitted exponents beside every predicted family",
    caption=(
        "Exponent of a power law fitted to the seeds' brackets along one sweep, with its 95 % interval. A "
        "triangle that points left is the slope of a proven upper bound over the same sizes, one that "
        "points right that of a lower bound. A bound a (k + d) lies above n* for all k and d even if n* "
        "grows as d, so an exponent may pass an upper bound's slope until that reaches its limit, which "
        "the verdicts use. Grey: the slope of each family over the same sizes, from the smallest to the "
        f"largest among the sweeps; k + d has no single exponent. {FCN_START}"
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
)
