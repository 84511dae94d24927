"""Five kernels with patches and pooling on cyclic cubic polynomials: learning curves, and their order."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from figures.drawing.marks import Mark, curve
from figures.drawing.measured import Row, groups, interval_mark, of_name, predicted_curve
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from theory.kernels.cyclic_spectrum import published_orders

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
    marks += predicted_curve(errors, panel=frequency, **common)
    if frequency == "low":
        sizes = (first[name] for name in ("d", "patch", "window"))
        order = published_orders(DEGREE, *sizes)[kernel]
        marks += [interval_mark(row, x=order, panel="order", **common) for row in of_name(rows, "n_half")]
    return marks


def content(rows: Sequence[Row]) -> Content:
    """Learning curves with what the exact spectrum predicts, and where they cross one half against the sample
    size that the paper's table names, with the line through a common constant.
    """
    marks = [mark for _, own in groups(rows, "cell") for mark in _of_cell(own)]
    halves = [(mark.x, mark.y) for mark in marks if mark.panel == "order" and mark.x and mark.y]
    if halves:
        product = 1.0
        for order, half in halves:
            product *= half / order
        constant = product ** (1 / len(halves))
        orders = [order for order, _ in halves]
        ends = ((order, constant * order) for order in (min(orders), max(orders)))
        note = f"{constant:.2f} of it"
        marks += curve(ends, panel="order", series="proportional", model="ratio", note=note)
    return Content(marks=marks, panels=PANELS)


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
    experiments=("cyclic-pooling",),
    of_rows=content,
    draw=partial(draw_content, share_y=False),
    table="quantities",
)
