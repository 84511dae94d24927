"""Five kernels with patches and pooling on cyclic cubic polynomials: learning curves, and their order."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.quantity_marks import by_cell, interval_mark, of_name
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import of_experiment
from theory.kernels.cyclic_spectrum import published_orders

EXPERIMENTS = ("cyclic-pooling",)
DEGREE = 3
ERROR = "test error (variance of the target)"
PANELS = (
    Panel(key="low", title="low frequency: all signs +1", xlabel=AXIS["n"], ylabel=ERROR, yscale="linear"),
    Panel(
        key="high", title="high frequency: signs alternate", xlabel=AXIS["n"], ylabel=ERROR, yscale="linear"
    ),
    Panel(
        key="order",
        title="half of the variance, low frequency",
        xlabel="order of the paper's table (samples)",
        ylabel="n at test error 1/2 (samples)",
    ),
)


def _of_cell(rows: Sequence[Row]) -> list[Mark]:
    first = rows[0]
    kernel, frequency = first["kernel"], first["frequency"]
    common: dict[str, Any] = {"series": kernel, "model": kernel}
    errors = of_name(rows, "test_error")
    marks = [interval_mark(row, panel=frequency, **common) for row in errors]
    marks += [
        Mark(panel=frequency, kind="line", source="derived", x=row["at"], y=row["predicted"], **common)
        for row in errors
        if row["predicted"] is not None
    ]
    if frequency == "low":
        sizes = (first[name] for name in ("d", "patch", "window"))
        order = published_orders(DEGREE, *sizes)[kernel]
        marks += [interval_mark(row, x=order, panel="order", **common) for row in of_name(rows, "n_half")]
    return marks


def content(table: Sequence[Row]) -> Content:
    """Learning curves with what the exact spectrum predicts, and where they cross one half against the sample
    size that the paper's table names, with the line through a common constant.
    """
    cells = by_cell(of_experiment(table, *EXPERIMENTS))
    marks = [mark for rows in cells for mark in _of_cell(rows)]
    halves = [(mark.x, mark.y) for mark in marks if mark.panel == "order" and mark.x and mark.y]
    if halves:
        product = 1.0
        for order, half in halves:
            product *= half / order
        constant = product ** (1 / len(halves))
        orders = [order for order, _ in halves]
        marks += [
            Mark(
                panel="order",
                series="proportional",
                model="ratio",
                kind="line",
                source="derived",
                x=order,
                y=constant * order,
                note=f"{constant:.2f} of it",
            )
            for order in (min(orders), max(orders))
        ]
    return Content(marks=tuple(marks), panels=PANELS)


def draw(content: Content) -> Figure:
    """Each panel with its own scale."""
    return draw_content(content, share_y=False)


FIGURE = FigureSpec(
    name="cyclic-pooling",
    title="Kernels with patches and pooling on cyclic polynomials",
    caption=(
        "Ridge regression (ridge 1e-6) with five kernels on d^(-1/2) times the sum of ±x_i x_(i+1) x_(i+2), "
        "x uniform on {-1, 1}^30, patches of 10, local pooling over 5, h(t) = (t + ... + t^5)/5: figure 1 of "
        "Misiakiewicz and Mei 2022. Points: mean over independent draws with its 95 % interval. Lines: "
        "predicted from the exact spectrum. Right: the n at which the error is half of the variance, against "
        "the paper's orders d^3, d^2, d q^2, d q^2/w and q^2. The two globally pooled kernels cannot learn "
        "the high frequency: their error stays at the variance or above."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
    table="quantities",
)
