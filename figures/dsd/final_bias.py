"""n* of the FCN with its bias held at a value, beside that with a trained one."""

from collections.abc import Sequence

from figures.drawing.captions import FCN_START, SEED_BRACKETS
from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row, groups, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from sims.tables.configs import value_of


def held_bias(row: Row) -> float | None:
    """The bias that the net keeps, None if it is trained."""
    return value_of(row, "learner.init_bias")[0] if row["bias"] == "fixed" else None


def content(rows: Sequence[Row]) -> Content:
    """A panel for each size: n* against the bias held, and a line at n* with a trained bias."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (k, d, sigma), here in groups(rows, "k", "d", "sigma"):
        key = f"k={k}, d={d}"
        title = f"FCN, k = {k}, d = {d}, σ = {sigma:g}\n{here[0]['protocol']} protocol"
        panels.append(
            Panel(key=key, title=title, xlabel=AXIS["bias"], ylabel=AXIS["n_star"], xscale="linear")
        )
        held = [row for row in here if held_bias(row) is not None]
        marks += marks_of_rows(held, panel=key, x=lambda row: held_bias(row) or 0.0)
        trained = [row["n_best"] for row in here if row["bias"] == "trained" and row["n_best"] is not None]
        if trained:
            words = "n* with a trained bias"
            marks.append(level(key, words, trained[0], model="fcn", source="measured"))
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="final-bias",
    title="The FCN with its bias held",
    caption=(
        "The lower bound for FCNs asks for a final bias of at least 0.01; the upper bounds for the other "
        "nets end at 0.0001. n* with the bias held at a value throughout training, beside n* with a trained "
        f"bias (line). {SEED_BRACKETS} {FCN_START}"
    ),
    experiments=("final-bias",),
    of_rows=content,
)
