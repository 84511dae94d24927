"""One patch: with k = 1 the three architectures are one and the same function class, and n* must agree."""

from collections.abc import Sequence

from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct, of_experiment, plain_models

EXPERIMENTS = ("one-patch",)


def content(table: Sequence[Row]) -> Content:
    """n* against d of every model at k = 1, a panel for each protocol and noise level."""
    rows = [row for row in plain_models(of_experiment(table, *EXPERIMENTS)) if row["k"] == 1]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for protocol, sigma in distinct((row["protocol"], row["sigma"]) for row in rows):
        here = [row for row in rows if (row["protocol"], row["sigma"]) == (protocol, sigma)]
        key = f"{protocol}, sigma={sigma:g}"
        title = f"{protocol} protocol\nk = 1, σ = {sigma:g}"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["d"], ylabel=AXIS["n_star"], dodge=True))
        for model in present(here):
            marks += marks_of_rows(
                [row for row in here if row["model"] == model], panel=key, x=lambda row: row["d"]
            )
    if not panels:
        panels.append(Panel(key="none", title="one patch (k = 1)", xlabel=AXIS["d"], ylabel=AXIS["n_star"]))
    return Content(marks=tuple(marks), panels=tuple(panels))


FIGURE = FigureSpec(
    name="one-patch",
    title="One patch, where all architectures must agree",
    caption=(
        "A control: with a single patch the FCN of width 1, the LCN and the CNN are the same function "
        "class, trained from the same initial law. Intervals that do not overlap would point to an error "
        "in the suite. Marks are moved sideways so that they can be told apart; their true abscissa is the "
        "tick."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw_content,
)
