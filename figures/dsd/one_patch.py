"""One patch: with k = 1 the three architectures are one and the same function class, and n* must agree."""

from collections.abc import Sequence

from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from sims.tables.sweeps import plain_models


def content(table: Sequence[Row]) -> Content:
    """n* against d of every model at k = 1, a panel for each protocol and noise level."""
    rows = [row for row in plain_models(table) if row["k"] == 1]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (protocol, sigma), here in groups(rows, "protocol", "sigma"):
        key = f"{protocol}, sigma={sigma:g}"
        title = f"{protocol} protocol\nk = 1, σ = {sigma:g}"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["d"], ylabel=AXIS["n_star"], dodge=True))
        for model in present(here):
            own = [row for row in here if row["model"] == model]
            marks += marks_of_rows(own, panel=key, x=lambda row: row["d"])
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="one-patch",
    title="One patch, where all architectures must agree",
    caption=(
        "A control: with a single patch the FCN of width 1, the LCN and the CNN are the same function "
        "class, trained from the same initial law. Intervals that do not overlap would point to an error "
        "in the suite. Marks are moved sideways so that they can be told apart; their true abscissa is the "
        "tick."
    ),
    experiments=("one-patch",),
    of_rows=content,
)
