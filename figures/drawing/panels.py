"""Draw marks: small panels side by side with one legend, censored values as arrows, empty panels saying
so."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator
from matplotlib.transforms import ScaledTranslation

from figures.drawing.glyphs import colour_of, plot, point_style
from figures.drawing.legend import legend_handles
from figures.drawing.marks import Mark, of
from figures.drawing.style import ARROW_DOWN, ARROW_UP, LINES, PAGE, house_style
from sims.tables.sweeps import distinct

AXIS = {
    "k": "patches k (count)",
    "d": "patch size d (coordinates)",
    "sigma": "noise level σ (in units of the signal's norm)",
    "n": "training samples n (count)",
    "n_star": "sample complexity n* (samples)",
    "width": "FCN width (hidden units)",
    "bias": "bias b held (no unit)",
    "risk": "squared risk (no unit)",
    "test_error": "test error (squared, no unit)",
    "ratio": "n* of LCN / n* of CNN (no unit)",
    "step": "step of gradient descent (count)",
    "predicted": "prediction (no unit)",
    "exponent": "exponent of the power law (no unit)",
}
"""Axis labels: each names its unit or says that it has none."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Panel:
    """One set of axes: its marks are those whose `panel` is `key`."""

    key: str
    title: str
    xlabel: str
    ylabel: str
    xscale: str = "log"
    yscale: str = "log"
    dodge: bool = False
    """Move the series of one abscissa apart, where their values are close to each other."""
    linear_below: float = 1.0
    """With the scale "symlog": absolute values up to which the axis is linear."""
    empty: str = "no cells for this panel\nin the store"


NOTHING = Panel(key="", title="", xlabel="", ylabel="", empty="no cells for this figure\nin the store")
"""What a figure without panels shows."""


def plain(value: float, _position: int | None = None) -> str:
    """A number as a reader would write it on an axis: 20, 0.05, 1e-5."""
    if 1e-3 <= abs(value) < 1:
        return f"{value:.3g}"
    return f"{value:g}" if value == 0 or 1 <= abs(value) < 1e5 else f"{value:.0e}".replace("e-0", "e-")


def _shifted(axes: Axes, points: float) -> Any:
    """Data coordinates moved sideways by some points: marks that share an x stay apart, their values
    unchanged."""
    figure = axes.figure
    return axes.transData + ScaledTranslation(points / 72, 0, figure.dpi_scale_trans)


def _arrow(axes: Axes, mark: Mark, y: float, *, up: bool, size: float, shift: float) -> None:
    plot(
        axes,
        [mark.x],
        [y],
        marker=ARROW_UP if up else ARROW_DOWN,
        markersize=size,
        markeredgewidth=1.0,
        color=colour_of(mark),
        linestyle="none",
        fillstyle="none",
        clip_on=False,
        zorder=4,
        transform=_shifted(axes, shift),
        gid=f"{'right' if up else 'left'}-censored|{mark.kind}|{mark.series}",
    )


def _estimate(axes: Axes, mark: Mark, variants: Sequence[str], shift: float) -> None:
    style = point_style(variants, mark) | {"gid": f"estimate|{mark.series}"}
    anchor = mark.y if mark.y is not None else (mark.low if mark.right_censored else mark.high)
    if anchor is None:
        return
    low = mark.low if mark.low is not None else anchor
    high = mark.high if mark.high is not None else anchor
    move = _shifted(axes, shift)
    plot(
        axes,
        [mark.x] * 2,
        [low, high],
        color=colour_of(mark),
        linewidth=1.1,
        zorder=3,
        transform=move,
        gid=f"interval|{mark.series}",
    )
    if mark.y is None:
        style |= {"fillstyle": "none", "markerfacecolor": "white"}
    plot(axes, [mark.x], [anchor], transform=move, **style)
    if mark.right_censored:
        _arrow(axes, mark, anchor, up=True, size=13, shift=shift)
    if mark.left_censored:
        _arrow(axes, mark, anchor, up=False, size=13, shift=shift)


def _seed(axes: Axes, mark: Mark, shift: float) -> None:
    if mark.right_censored and mark.low:
        _arrow(axes, mark, mark.low, up=True, size=7, shift=shift)
    elif mark.left_censored and mark.high:
        _arrow(axes, mark, mark.high, up=False, size=7, shift=shift)
    elif mark.low and mark.high:
        plot(
            axes,
            [mark.x] * 2,
            [mark.low, mark.high],
            color=colour_of(mark),
            alpha=0.55,
            linewidth=2.2,
            solid_capstyle="butt",
            transform=_shifted(axes, shift),
            zorder=2,
            gid=f"seed|{mark.series}",
        )
    if mark.note == "not monotone" and (mark.high or mark.low):
        plot(
            axes,
            [mark.x],
            [mark.high or mark.low],
            marker="x",
            color=colour_of(mark),
            markersize=3.5,
            linestyle="none",
            transform=_shifted(axes, shift),
            gid=f"not monotone|{mark.series}",
        )


def _curve(axes: Axes, vertices: Sequence[Mark], variants: Sequence[str]) -> None:
    first = vertices[0]
    x, y = [mark.x for mark in vertices], [mark.y for mark in vertices]
    if first.kind == "band":
        low, high = [mark.low for mark in vertices], [mark.high for mark in vertices]
        axes.fill_between(
            np.array(x, dtype=float),
            np.array(low, dtype=float),
            np.array(high, dtype=float),
            color=colour_of(first),
            alpha=0.16,
            linewidth=0,
            gid=f"band|{first.series}",
        )
        return
    marker: dict[str, Any] = {}
    if first.source == "measured":
        marker = point_style(variants, first) | {"markersize": 3}
    marker |= {"linestyle": LINES.get(first.source, "-"), "color": colour_of(first)}
    plot(axes, x, y, **(marker | {"zorder": 2.5, "gid": f"line|{first.series}"}))


def _fraction(axes: Axes, mark: Mark) -> tuple[float, float]:
    """Where a mark lies within the axes, from (0, 0) to (1, 1)."""
    x, y = (axes.transScale + axes.transLimits).transform(np.array([mark.x, mark.y], dtype=float))
    return float(x), float(y)


def _line_labels(axes: Axes, marks: Sequence[Mark]) -> None:
    """Write the notes of curves at their right ends, pushed apart where they would overlap."""
    ends: dict[tuple[str, str], Mark] = {}
    for mark in marks:
        if mark.kind == "line" and mark.note and mark.x is not None and mark.y is not None:
            ends[mark.series, mark.source] = mark
    gap = 0.065
    reached = -math.inf
    for mark in sorted(ends.values(), key=lambda mark: mark.y or 0.0):
        x, y = _fraction(axes, mark)
        place = max(y, reached + gap)
        reached = place
        axes.annotate(
            mark.note,
            (x, place),
            xycoords="axes fraction",
            xytext=(13, 0),
            textcoords="offset points",
            color=colour_of(mark),
            fontsize=6.5,
            va="center",
            annotation_clip=False,
        )


def _limits(values: Sequence[float], *, log: bool, below: float, above: float) -> tuple[float, float]:
    """Axis limits around the values: margins are fractions of their span, on the axis' own scale."""
    shown = [
        math.log(value) if log else value
        for value in values
        if math.isfinite(value) and (value > 0 or not log)
    ]
    low, high = min(shown), max(shown)
    span = (high - low) or (0.5 if log else max(abs(low), 1.0))
    ends = (low - below * span, high + above * span)
    return (math.exp(ends[0]), math.exp(ends[1])) if log else ends


def _y_limits(marks: Sequence[Mark], panel: Panel) -> tuple[float, float]:
    y = [value for mark in marks for value in (mark.y, mark.low, mark.high) if value is not None]
    low, high = _limits(y, log=panel.yscale == "log", below=0.08, above=0.12)
    # Beyond the linear part a symlog axis counts in factors.
    return (low * 3, high * 3) if panel.yscale == "symlog" else (low, high)


def _set_x(axes: Axes, panel: Panel, marks: Sequence[Mark]) -> None:
    # Limits come from the values: marks moved sideways would mislead automatic ones.
    x = [mark.x for mark in marks if mark.x is not None]
    points = sorted({mark.x for mark in marks if mark.kind in ("estimate", "seed") and mark.x is not None})
    labelled = any(mark.kind == "line" and mark.note for mark in marks)
    axes.set_xscale(panel.xscale)
    if panel.xscale == "log":
        axes.xaxis.set_major_formatter(FuncFormatter(plain))
        axes.xaxis.set_minor_formatter(NullFormatter())
        if points and len(points) <= 8:
            axes.xaxis.set_major_locator(FixedLocator(points))
            axes.xaxis.set_minor_locator(NullLocator())
    margin = 0.14 if panel.dodge else 0.09
    axes.set_xlim(_limits(x, log=panel.xscale == "log", below=margin, above=0.27 if labelled else margin))


def _set_y(axes: Axes, panel: Panel, limits: tuple[float, float]) -> None:
    axes.set_yscale(panel.yscale, **({"linthresh": panel.linear_below} if panel.yscale == "symlog" else {}))
    axes.set_ylim(limits)
    if panel.yscale == "log":
        spread = limits[1] / limits[0]
        subs = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8) if spread < 4 else (1, 2, 5) if spread < 2000 else (1,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=30))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(plain))


def has_data(panel: Panel, marks: Sequence[Mark]) -> bool:
    """Whether there is more to draw in a panel than its reference lines."""
    return any(mark.kind not in ("level", "span") for mark in of(marks, panel=panel.key))


def say_empty(axes: Axes, panel: Panel) -> None:
    """Say in words, in place of axes, that there is nothing to draw."""
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


def draw_panel(
    axes: Axes, panel: Panel, marks: Sequence[Mark], *, limits: tuple[float, float] | None = None
) -> None:
    """Draw the marks of one panel onto `axes`; a panel without marks says so in words. limits: of the y
    axis."""
    axes.set_xlabel(panel.xlabel)
    axes.set_ylabel(panel.ylabel)
    axes.set_title(panel.title, loc="left")
    drawn = of(marks, panel=panel.key)
    if not has_data(panel, marks):
        say_empty(axes, panel)
        return
    _set_x(axes, panel, drawn)
    _set_y(axes, panel, limits or _y_limits(drawn, panel))
    variants = distinct(mark.variant for mark in marks)
    points = distinct(mark.series for mark in drawn if mark.kind in ("estimate", "seed"))
    step = min(7.0, 24.0 / max(1, len(points))) if panel.dodge else 0.0
    for series in distinct(mark.series for mark in drawn):
        own = of(drawn, series=series)
        shift = step * (points.index(series) - (len(points) - 1) / 2) if series in points else 0.0
        for kind in ("band", "line"):
            vertices = [mark for mark in own if mark.kind == kind]
            for source in distinct(mark.source for mark in vertices):
                _curve(axes, [mark for mark in vertices if mark.source == source], variants)
        seeds = [mark for mark in own if mark.kind == "seed"]
        for x in distinct(mark.x for mark in seeds):
            here = [mark for mark in seeds if mark.x == x]
            for place, mark in enumerate(here):
                _seed(axes, mark, shift + 3.2 + (2.5 if panel.dodge else 5.0) * place / max(1, len(here)))
        for mark in own:
            if mark.kind == "estimate":
                _estimate(axes, mark, variants, shift)
            elif mark.kind == "level" and mark.y is not None:
                axes.axhline(
                    mark.y,
                    color=colour_of(mark),
                    linestyle=LINES.get(mark.source, "-"),
                    linewidth=1.0,
                    gid=f"level|{mark.series}",
                )
            elif mark.kind == "span" and mark.low is not None and mark.high is not None:
                axes.axhspan(
                    mark.low, mark.high, color="#999999", alpha=0.18, linewidth=0, gid=f"span|{mark.series}"
                )
    _line_labels(axes, drawn)
    estimates = [mark for mark in drawn if mark.kind == "estimate"]
    if estimates and all(mark.y is None for mark in estimates):
        axes.text(
            0.5,
            0.06,
            "every cell is censored",
            transform=axes.transAxes,
            ha="center",
            color="#777777",
            gid="all censored",
        )


def draw(
    marks: Sequence[Mark],
    panels: Sequence[Panel],
    *,
    columns: int = 3,
    panel_height: float = 2.3,
    share_y: bool = True,
    handles: Sequence[Line2D | Patch] | None = None,
) -> Figure:
    """A figure of `panels`, at most `columns` side by side, with one legend below them; without any it says
    that there are no cells."""
    panels = panels or (NOTHING,)
    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    with house_style():
        entries = list(handles) if handles is not None else legend_handles(marks)
        height = panel_height * rows + 0.16 * math.ceil(len(entries) / 3) + 0.25
        width = PAGE if columns > 1 else PAGE * 0.66
        figure = Figure(figsize=(width, height), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        cells = [axes for line in grid for axes in line]
        for axes in cells[len(panels) :]:
            axes.set_visible(False)
        own = {
            panel.key: _y_limits(of(marks, panel=panel.key), panel)
            for panel in panels
            if has_data(panel, marks)
        }
        shared = (
            (min(low for low, _ in own.values()), max(high for _, high in own.values()))
            if own and share_y
            else None
        )
        for place, (axes, panel) in enumerate(zip(cells, panels, strict=False)):
            draw_panel(axes, panel, marks, limits=shared)
            if share_y and place % columns and panel.ylabel == panels[place - 1].ylabel:
                axes.set_ylabel("")
        if entries:
            figure.legend(
                handles=entries, loc="outside lower center", ncols=min(3 if columns > 1 else 2, len(entries))
            )
    return figure
