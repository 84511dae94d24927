"""n* on half-spaces against the number of patches."""

from collections.abc import Sequence

from figures.drawing.measured import Row, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content


def content(table: Sequence[Row]) -> Content:
    """One panel."""
    marks = marks_of_rows(table, panel="k", x=lambda row: row["k"])
    panel = Panel(key="k", title="a half-space, d = 4", xlabel=AXIS["k"], ylabel=AXIS["n_star"])
    return Content(marks=tuple(marks), panels=(panel,))


FIGURE = FigureSpec(
    name="half-spaces",
    title="Sample complexity of half-spaces",
    caption="The sign of one Gaussian coordinate, one label in twenty flipped; 0-1 error of 0.2.",
    experiments=("half-spaces",),
    of_rows=content,
    draw=draw_content,
)
