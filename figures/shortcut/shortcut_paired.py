"""Bias of linear, ReLU and tanh nets on the same data from the same start, over availability."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row, interval_mark
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.shortcut.shortcut_bias import QUANTITY, RATIO
from sims.tables.sweeps import distinct

ACTIVATIONS = ("linear", "relu", "tanh")
LAYERS = {1: "", 2: "two layers"}


def content(table: Sequence[Row]) -> Content:
    """A panel for every predictivity, in it a point for every activation, ratio and depth."""
    names = {f"{QUANTITY}_{activation}": f"mlp_{activation}" for activation in ACTIVATIONS}
    rows = [row for row in table if row["quantity"] in names]
    rows.sort(key=lambda row: (row["rho_s"], row["depth"], row["ratio"]))
    marks: list[Mark] = []
    for row in rows:
        model, layers = names[row["quantity"]], LAYERS[row["depth"]]
        fields = {"series": f"{model} {layers}".strip(), "model": model, "variant": layers}
        marks.append(interval_mark(row, x=row["ratio"], panel=f"{row['rho_s']:g}", **fields))
    panels = tuple(
        Panel(
            key=f"{rho_s:g}",
            title=f"ρ_s = {rho_s:g}",
            xlabel=RATIO,
            ylabel="bias, final (no unit)",
            yscale="linear",
            dodge=True,
        )
        for rho_s in distinct(row["rho_s"] for row in rows) or (0.9,)
    )
    shown = {mark.panel for mark in marks}
    marks += [level(panel.key, "no bias", 0.0) for panel in panels if panel.key in shown]
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="shortcut-paired",
    title="The activation and the bias, on the same data from the same start",
    caption=(
        "Bias after the last step (reliance on the shortcut less that of linear discriminant analysis on the "
        "same data) of nets that differ in their activation alone: every repetition trains all three from "
        "the same weights on the same data. Mean over seeds with its 95 % interval; the claims look at "
        "differences within repetitions. One hidden layer of 128 units; at ρ_s = 0.9 and ratio 32 also two, "
        "the cell of figure 3B of Hermann et al. 2024. After figures 3B and 3C there; Adam at 0.0001 on the "
        "squared error is this suite's."
    ),
    experiments=("shortcut-paired",),
    of_rows=content,
    draw=partial(draw_content, columns=3, panel_height=2.6),
    table="quantities",
)
