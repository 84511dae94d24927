"""The legend of a figure: what its marks hold, in words."""

from collections.abc import Sequence
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.drawing.glyphs import colour_of, point_style
from figures.drawing.looks import look_of, place_of
from figures.drawing.marks import Mark
from figures.drawing.style import ARROW_DOWN, ARROW_UP, LINES
from sims.tables.sweeps import distinct


def legend_handles(marks: Sequence[Mark]) -> list[Line2D | Patch]:
    """Legend entries for what the marks hold: models, variants, what a bar and a short bar are, curves by
    their source."""
    points = [
        mark
        for mark in marks
        if mark.kind in ("estimate", "seed") or (mark.kind == "line" and mark.source == "measured")
    ]
    variants = distinct(mark.variant for mark in marks)
    pairs = sorted(
        distinct((mark.model, mark.variant) for mark in points), key=lambda pair: place_of(pair[0])
    )
    handles: list[Line2D | Patch] = []
    for model, variant in pairs:
        sample = next(mark for mark in points if (mark.model, mark.variant) == (model, variant))
        style = point_style(variants, sample)
        handles.append(Line2D([], [], label=", ".join(filter(None, (look_of(model).name, variant))), **style))
    estimates = [mark for mark in marks if mark.kind == "estimate"]
    seeds = [mark for mark in marks if mark.kind == "seed"]
    grey: dict[str, Any] = {"color": "#555555", "linestyle": "none", "fillstyle": "none"}
    if any(mark.y is not None for mark in estimates):
        handles.append(Line2D([], [], color="#555555", linewidth=1.1, label="estimate, 95 % interval"))
    if any(mark.low and mark.high for mark in seeds):
        handles.append(Line2D([], [], color="#555555", alpha=0.55, linewidth=2.6, label="one seed's bracket"))
    if any(mark.right_censored for mark in [*estimates, *seeds]):
        handles.append(
            Line2D([], [], marker=ARROW_UP, markersize=10, label="right-censored (n* above)", **grey)
        )
    if any(mark.left_censored for mark in [*estimates, *seeds]):
        handles.append(
            Line2D([], [], marker=ARROW_DOWN, markersize=10, label="left-censored (n* below)", **grey)
        )
    if any(mark.note == "not monotone" for mark in seeds):
        handles.append(
            Line2D([], [], marker="x", color="#555555", linestyle="none", label="success not monotone in n")
        )
    levels = {mark.series: mark for mark in marks if mark.kind == "level"}
    for series, mark in levels.items():
        line = LINES.get(mark.source, "-")
        handles.append(Line2D([], [], color=colour_of(mark), linestyle=line, linewidth=1.0, label=series))
    curves = distinct(mark.source for mark in marks if mark.kind == "line" and mark.source != "measured")
    named: dict[str, str] = {
        "fit": "fit: power law",
        "chosen law": "fit: the law preferred over all sizes",
        "upper bound": "theorem: slope of the upper bound, constant free",
        "lower bound": "theorem: slope of the lower bound, constant free",
        "derived": "derived",
    }
    handles += [
        Line2D([], [], color="#555555", linestyle=LINES[source], label=named[source])
        for source in named
        if source in curves
    ]
    bands = distinct(mark.variant or mark.note for mark in marks if mark.kind == "band")
    handles += [Patch(facecolor="#555555", alpha=0.2, label=f"band: {note}") for note in bands]
    spans = distinct(mark.note for mark in marks if mark.kind == "span")
    handles += [Patch(facecolor="#999999", alpha=0.25, label=note) for note in spans]
    return handles
