"""Modes of clustered data: their eigenvalues, which feature comes first, and what is left of the shortcut."""

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from figures.drawing.marks import Mark, curve, level
from figures.drawing.measured import Row, interval_mark
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.experiments.shortcut.shortcut_modes import DEPTH, RHO, SIGMA

RATIO = "amplitudes A_s/A_c (no unit)"
SHARE = "shortcut's share (no unit)"
FLOW_RATIO = 2.0
"""Where the course of training is shown."""
LAST = 32.0
"""The last time of gradient flow that is measured."""
KERNELS = {
    "linear": ("linear", ""),
    "shallow": ("ntk_relu", "1 layer"),
    "deep": ("ntk_relu", f"{DEPTH} layers"),
}
"""Model and variant of each kernel."""
LEARNT = {**KERNELS, "net": ("mlp_relu", "1 layer"), "bayes": ("bayes", "")}
AFTER = {"linear": ("least_squares", None), "shallow": ("shallow", LAST), "deep": ("deep", LAST)}
AFTER |= {"net": ("net", None), "bayes": ("bayes", None)}
"""Ending of a quantity, and its abscissa, that say of each what it is after training."""
PANELS = (
    Panel(
        key="eigenvalues",
        title="two largest eigenvalues",
        xlabel=RATIO,
        ylabel="eigenvalue of Gram matrix / n (no unit)",
    ),
    Panel(key="top", title="shortcut in the top mode", xlabel=RATIO, ylabel=SHARE, yscale="linear"),
    Panel(
        key="time",
        title=f"during training, A_s/A_c = {FLOW_RATIO:g}",
        xlabel="time of gradient flow (no unit)",
        ylabel=SHARE,
        yscale="linear",
    ),
    Panel(key="after", title="after training", xlabel=RATIO, ylabel=SHARE, yscale="linear"),
    Panel(
        key="noise",
        title="after training, A_s/A_c = 1",
        xlabel="noise σ (in units of A_c)",
        xscale="linear",
        ylabel=SHARE,
        yscale="linear",
    ),
    Panel(
        key="conflicting",
        title="samples with s = -y",
        xlabel=RATIO,
        ylabel="accuracy (fraction)",
        yscale="linear",
    ),
)


def content(rows: Sequence[Row]) -> Content:
    """Points with their intervals, and lines through what the closed form predicts for the linear kernel."""
    sweep = [row for row in rows if (row["sigma"], row["rho"]) == (SIGMA, RHO)]
    even = [row for row in rows if (row["ratio"], row["rho"]) == (1.0, RHO)]
    flow = [row for row in sweep if row["ratio"] == FLOW_RATIO]
    marks: list[Mark] = []

    def add(
        panel: str, kind: str, own: Sequence[Row], place: Callable[[Row], float], suffix: str = ""
    ) -> None:
        model, variant = LEARNT[kind]
        series = " ".join(filter(None, (model, variant, suffix)))
        own = sorted(own, key=place)
        fields: dict[str, Any] = {"panel": panel, "series": series, "model": model, "variant": variant}
        marks.extend(interval_mark(row, x=place(row), **fields) for row in own)
        if kind == "linear":
            predicted = [row for row in own if row["predicted"] is not None]
            marks.extend(curve(((place(row), row["predicted"]) for row in predicted), **fields))

    def named(found: Sequence[Row], quantity: str, at: float | None = None) -> list[Row]:
        return [row for row in found if (row["quantity"], row["at"]) == (quantity, at)]

    def ratio(row: Row) -> float:
        return row["ratio"]

    for kind in KERNELS:
        for mode in (1.0, 2.0):
            add("eigenvalues", kind, named(sweep, f"eigenvalue_{kind}", mode), ratio, f"mode {mode:g}")
        add("top", kind, named(sweep, f"top_share_{kind}"), ratio)
        quantity = "share_descent" if kind == "linear" else f"share_{kind}"
        add("time", kind, [row for row in flow if row["quantity"] == quantity], lambda row: row["at"])
    for kind in LEARNT:
        ending, at = AFTER[kind]
        add("after", kind, named(sweep, f"share_{ending}", at), ratio)
        add("noise", kind, named(even, f"share_{ending}", at), lambda row: row["sigma"])
        add("conflicting", kind, named(sweep, f"conflicting_{ending}", at), ratio)
    if any(mark.panel == "top" for mark in marks):
        words = "as much shortcut as core"
        marks.append(level("top", words, 0.5))
    return Content(marks=marks, panels=PANELS)


def draw(content: Content) -> Figure:
    """Six panels, each with its own scale."""
    figure = draw_content(content, columns=3, share_y=False)
    for axes in figure.axes:
        # The ratios next to the crossover lie too close for a label each.
        if axes.get_xlabel() == RATIO and axes.get_xscale() == "log":
            axes.xaxis.set_major_locator(LogLocator(base=2, numticks=20))
    return figure


FIGURE = FigureSpec(
    name="shortcut-modes",
    title="Modes of clustered data, and what is left of the shortcut",
    caption=(
        "Data x = (A_s s, A_c c) + σ noise, label y = c, P(s = y) = 0.95; σ² = 0.1 but in the panel on "
        "noise. Means over seeds with 95 % intervals; the derived line is the closed form for the linear "
        "kernel. NTK: of ReLU nets without biases; eigenvalues and top mode are those of its odd part, times "
        "2d, which with one hidden layer is the linear kernel, on whose points they lie. A function's share "
        "is a_s/(|a_s| + |a_c|), a_s s + a_c c its least-squares fit on samples where s and y are "
        "independent: above 1/2 it follows the shortcut where the two conflict. After training: least "
        "squares, gradient flow at time 32, a ReLU net after 1000 steps of Adam (paper preset), and "
        "E[y | x]. After Lim, Kim and Moon 2025."
    ),
    experiments=("shortcut-modes",),
    of_rows=content,
    draw=draw,
    table="quantities",
)
