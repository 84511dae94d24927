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
from figures.drawing.marks import Mark, estimated, of
from figures.drawing.measured import Row, present
from figures.drawing.panels import AXIS, Panel, say_empty
from figures.drawing.spec import Content, FigureSpec
from figures.drawing.style import PAGE, house_style
from sims.tables.laws import FAMILIES, PowerFit, fit_power, slope, theorems
from sims.tables.sweeps import Sweep, distinct, plain_models, sweeps

VARIABLES = ("k", "d")
PANELS = tuple(
    Panel(
        key=variable,
        title=f"exponent of {variable}",
        xlabel=AXIS["exponent"],
        ylabel="",
        xscale="linear",
        yscale="linear",
    )
    for variable in VARIABLES
)
SHAPES = {"upper bound": "<", "lower bound": ">", "derived": "D"}
"""Marker of a predicted slope by what it rests on."""


def _row_label(sweep: Sweep, model: str) -> str:
    low, high = sweep.values[0], sweep.values[-1]
    return (
        f"{look_of(model).name}, {sweep.experiment}, {sweep.protocol}\n{sweep.variable} = {low:g} to {high:g}"
    )


def fitted_mark(fit: PowerFit, variable: str, **fields: Any) -> Mark:
    """The exponent of a fit, or why there is none; fields: those of `Mark`."""
    if not fit.exponents:
        return Mark(kind="estimate", source="fit", note=f"no exponent: {fit.status}", **fields)
    return estimated(fit.exponents[variable], source="fit", **fields)


def _row_marks(sweep: Sweep, model: str) -> list[Mark]:
    rows = sweep.of(model)
    fit = fit_power(rows, vary=(sweep.variable,))
    common: dict[str, Any] = {"panel": sweep.variable, "series": _row_label(sweep, model), "model": model}
    values = sorted({row[sweep.variable] for row in rows})
    marks = [fitted_mark(fit, sweep.variable, **common)]
    for theorem in theorems(model) if fit.exponents else ():
        predicted = slope(theorem.rate, sweep.variable, values, dict(sweep.fixed))
        marks.append(Mark(kind="level", source=theorem.source, variant=theorem.name, y=predicted, **common))
    return marks


def content(table: Sequence[Row]) -> Content:
    """A row for each model, experiment and protocol, and one for each family: its slope over the same
    sizes."""
    rows = [row for row in plain_models(table) if row["model"] != "linear"]
    marks: list[Mark] = []
    for variable in VARIABLES:
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
                span: dict[str, Any] = {"panel": variable, "series": label, "model": "ratio", "kind": "span"}
                marks.append(Mark(source="derived", y=(low + high) / 2, low=low, high=high, **span))
    return Content(marks=marks, panels=PANELS)


def _draw_row(axes: Axes, place: int, marks: Sequence[Mark]) -> None:
    def bar(mark: Mark, **style: Any) -> None:
        ends = [mark.y if end is None else end for end in (mark.low, mark.high)]
        plot(axes, ends, [place, place], **style)

    def point(mark: Mark, marker: str, size: float, *, down: float = 0.0, **style: Any) -> None:
        plot(axes, [mark.y], [place + down], marker=marker, markersize=size, linestyle="none", **style)

    grey = "#777777"
    for mark in marks:
        look, series = look_of(mark.model), mark.series
        if mark.kind == "estimate" and mark.y is None:
            where: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center"}
            axes.text(0.03, place, mark.note, color=grey, fontsize=6.5, **where)
        elif mark.kind == "estimate":
            bar(mark, color=look.colour, linewidth=1.6, gid=f"interval|{series}")
            point(mark, look.marker, 5.5, color=look.colour, gid=f"estimate|{series}")
        elif mark.kind == "level":
            named = {"color": look.colour, "gid": f"{mark.source}|{series}"}
            point(mark, SHAPES[mark.source], 4.5, down=0.3, fillstyle="none", **named)
        elif mark.kind == "span":
            bar(mark, color=grey, linewidth=5, solid_capstyle="butt", gid=f"span|{series}")
            point(mark, "|", 8, color=grey)


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
                say_empty(axes, panel)
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
    experiments=("sweeps", "architectures"),
    of_rows=content,
    draw=draw,
)
