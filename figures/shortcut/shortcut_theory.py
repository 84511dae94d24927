"""Kernel theory of the shortcut bias beside what infinitely wide predictors decide."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.marks import Mark, curve, level
from figures.drawing.measured import Row, interval_mark
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.experiments.shortcut.shortcut_theory import KERNELS, LIMIT, RHO

SHORT = "ratio α_s/α_c (no unit)"
MODELS = {
    "linear": "kernel_linear",
    "quadratic": "kernel_quadratic",
    "arc_cosine": "kernel_arc_cosine",
    "ntk": "ntk_relu",
}
PANELS = (
    Panel(
        key="term",
        title="theory, at its first order m",
        xlabel=SHORT,
        ylabel="|ζ_s| − |ζ_c| (no unit)",
        yscale="symlog",
        linear_below=1e-6,
        dodge=True,
    ),
    *(
        Panel(key=key, title=f"measured, {data}", xlabel=SHORT, ylabel=y, yscale="linear", dodge=True)
        for key, data, y in (
            ("bias", "unit covariance", "bias (no unit)"),
            ("limit", "classes nearly points", "reliance (no unit)"),
        )
    ),
)


def content(table: Sequence[Row]) -> Content:
    """A point for every cell; a line through what theory gives for nearly pointlike classes."""
    rows = [row for row in table if row["rho_s"] == RHO]
    largest = max((row["train"] for row in rows if row["ridge"] is None), default=0)
    marks: list[Mark] = []
    for kernel in KERNELS:
        own = sorted((row for row in rows if row["kernel"] == kernel), key=lambda row: row["ratio"])
        names = {"series": MODELS[kernel], "model": MODELS[kernel]}
        for row in own:
            near = (row["spread"], row["ridge"]) == (LIMIT["spread"], LIMIT["ridge"])
            if row["quantity"] == "leading_term" and near:
                marks.append(interval_mark(row, x=row["ratio"], panel="term", **names))
            if row["quantity"] == "bias_absolute" and row["ridge"] is None and row["train"] == largest:
                marks.append(interval_mark(row, x=row["ratio"], panel="bias", **names))
            if row["quantity"] == "reliance_absolute" and near:
                marks.append(interval_mark(row, x=row["ratio"], panel="limit", **names))
                if kernel == KERNELS[0]:
                    point = (row["ratio"], row["predicted"])
                    marks += curve([point], panel="limit", series="derived for all kernels", model="ratio")
    for panel in ("term", "bias"):
        if any(mark.panel == panel for mark in marks):
            marks.append(level(panel, "no bias", 0.0))
    return Content(marks=marks, panels=PANELS)


FIGURE = FigureSpec(
    name="shortcut-theory",
    title="Kernel theory of the shortcut bias, and what kernels decide",
    caption=(
        "Least squares with kernels |x||x'| h(cos) on two features, ρ_s = 0.85, ρ_c = 0.9. Left: the "
        "theory's first difference of derivatives that is not 0, by availability ratio; its order m is 9 for "
        "the quadratic kernel, which is the paper's ReLU network, 7 for the arc-cosine and 3 for the tangent "
        "kernel of a two-layer ReLU net, and the linear kernel has none. Middle: bias of the predictors, the "
        "ridge selected on a validation set, mean over seeds with its 95 % interval. Right: classes of "
        "standard deviation 0.01 and a fixed ridge, the limit that the theory speaks of: all kernels decide "
        "alike, the linear one too. After Hermann et al. 2024, section 6."
    ),
    experiments=("shortcut-theory",),
    of_rows=content,
    draw=partial(draw_content, columns=3, panel_height=2.6, share_y=False),
    table="quantities",
)
