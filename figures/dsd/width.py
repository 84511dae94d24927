"""n* of the fully connected net against its width: is width k, as the paper has it, a special choice?"""

from collections.abc import Sequence

from figures.drawing.captions import FCN_START
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec


def _width(row: Row) -> float:
    return row["k"] if row["width"] is None else row["width"]


def content(table: Sequence[Row]) -> Content:
    """FCN cells against width, a panel for each protocol and size."""
    rows = [row for row in table if row["model"] == "fcn"]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (protocol, k, d, sigma), here in groups(rows, "protocol", "k", "d", "sigma"):
        key = f"{protocol}, k={k}, d={d}, sigma={sigma:g}"
        title = f"{protocol} protocol\nk = {k}, d = {d}, σ = {sigma:g}"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["width"], ylabel=AXIS["n_star"]))
        marks += marks_of_rows(here, panel=key, x=_width)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="width",
    title="Sample complexity of the FCN against its width",
    caption=(
        "The theorems take k hidden units; n* is measured at narrower and wider nets. Marks as in the "
        f"figure of n* against k. {FCN_START}"
    ),
    experiments=("width",),
    of_rows=content,
)
