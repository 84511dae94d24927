"""Spectra of hierarchical kernels: of their matrices, exact, and as theory says that they fall."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.legend import legend_handles
from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import Panel
from figures.drawing.quantity_marks import by_cell, interval_mark, of_name, slope_guide
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import of_experiment

EXPERIMENTS = ("hierarchical-kernels",)
DEPTHS = (1, 2, 3)
PANELS = tuple(
    Panel(
        key=f"spectrum {depth}",
        title=f"kernel of depth {depth}",
        xlabel="rank (count)",
        ylabel="eigenvalue (fraction of the trace)",
    )
    for depth in DEPTHS
)


def _cell_marks(rows: Sequence[Row]) -> list[Mark]:
    depth, values = rows[0]["student_depth"], of_name(rows, "eigenvalue")
    if not values:
        return []
    # Teacher and student are the same kernel in the cells that have a spectrum.
    common: dict[str, Any] = {"panel": f"spectrum {depth}", "model": f"teacher_{depth}", "series": "matrix"}
    marks = [interval_mark(row, **common) for row in values]
    marks += [
        Mark(kind="line", source="derived", x=row["at"], y=row["predicted"], **common)
        for row in values
        if row["predicted"] is not None
    ]
    for row in of_name(rows, "decay"):
        guide: dict[str, Any] = {"panel": common["panel"], "series": "decay", "model": "ratio"}
        late = [value for value in values if value["at"] >= 8]
        marks += slope_guide(late, row["predicted"], source="upper bound", **guide)
    return marks


def content(table: Sequence[Row]) -> Content:
    """A panel for each depth."""
    cells = by_cell(of_experiment(table, *EXPERIMENTS))
    return Content(marks=tuple(mark for rows in cells for mark in _cell_marks(rows)), panels=PANELS)


def draw(content: Content) -> Figure:
    """Three panels on one scale; the legend calls the teachers what they are, kernels."""
    handles = legend_handles(content.marks)
    for handle in handles:
        words = str(handle.get_label())
        if words == "derived":
            handle.set_label("derived: exact spectrum")
        elif words.startswith("theorem"):
            handle.set_label("theory: decay for large ranks, constant free")
        else:
            handle.set_label(words.replace("teacher", "kernel"))
    return draw_content(content, handles=handles)


FIGURE = FigureSpec(
    name="hierarchical-spectra",
    title="Spectra of hierarchical kernels",
    caption=(
        "Eigenvalues of the matrix of the NTK of a net on a binary tree of 4 patches on the unit circle, "
        "with 95 % intervals (Student's t over sets of inputs), beside the kernel's exact eigenvalues "
        "(Fourier coefficients) at the same ranks. Dashed: the decay r^-(1 + 1/d_eff) for large ranks r, "
        "with d_eff = 1, 2, 4, through the last point. Exact eigenvalues come in groups of many equal "
        "ones, which a finite matrix spreads."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
    table="quantities",
)
