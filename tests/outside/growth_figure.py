"""The figure of the experiment from outside."""

from figures.drawing.measured import marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content


def content(table):
    panel = Panel(key="k", title="d = 2", xlabel=AXIS["k"], ylabel=AXIS["n_star"])
    return Content(marks=tuple(marks_of_rows(table, panel="k", x=lambda row: row["k"])), panels=(panel,))


FIGURE = FigureSpec(
    name="growth",
    title="Growth with k",
    caption="Of a learner from outside.",
    experiments=("growth",),
    of_rows=content,
    draw=draw_content,
)
