"""LSA against ReLU activations: does the separation depend on an activation made for the task?"""

from collections.abc import Sequence

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec

ACTIVATIONS = {"lsa": "LSA", "relu_pair": "ReLU pair", "relu": "ReLU"}


def _variant(row: Row) -> str:
    return "" if row["model"] == "linear" else ACTIVATIONS.get(row["activation"], str(row["activation"]))


def content(rows: Sequence[Row]) -> Content:
    """n* against k (or the one k there is), a panel for each model, protocol and the other sizes."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (protocol, d, sigma), here in groups(rows, "protocol", "d", "sigma"):
        for model in present(here):
            own = [row for row in here if row["model"] == model]
            key = f"{model}, {protocol}, d={d}, sigma={sigma:g}"
            title = f"{look_of(model).name}\n{protocol} protocol, d = {d}, σ = {sigma:g}"
            panels.append(Panel(key=key, title=title, xlabel=AXIS["k"], ylabel=AXIS["n_star"], dodge=True))
            order = list(ACTIVATIONS.values())
            own = sorted(
                own,
                key=lambda row: (
                    order.index(_variant(row)) if _variant(row) in order else 9,
                    row["bias"] or "",
                    row["k"],
                ),
            )
            marks += marks_of_rows(
                own, panel=key, x=lambda row: row["k"], series=lambda row: _variant(row), variant=_variant
            )
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="activations",
    title="Sample complexity with LSA and with ReLU activations",
    caption=(
        "LSA is the soft threshold; the ReLU pair gives each unit two ReLU branches; ReLU is the plain "
        "one. The target is the same for all: the risk of the ground-truth LSA net plus the tolerance. "
        "Marks as in the figure of n* against k."
    ),
    experiments=("activations",),
    of_rows=content,
)
