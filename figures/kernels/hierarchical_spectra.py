"""Spectra of hierarchical kernels: of their matrices, exact, and as theory says that they fall."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, interval_mark, of_name, predicted_curve, slope_guide
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content

DEPTHS = (1, 2, 3)
WORDS = {
    "derived": "derived: exact spectrum",
    "theorem: slope of the upper bound, constant free": "theory: decay for large ranks, constant free",
    **{f"teacher of depth {depth}": f"kernel of depth {depth}" for depth in DEPTHS},
}
"""What the legend says here: teachers are what they are, kernels."""
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
    marks += predicted_curve(values, **common)
    for row in of_name(rows, "decay"):
        guide: dict[str, Any] = {"panel": common["panel"], "series": "decay", "model": "ratio"}
        late = [value for value in values if value["at"] >= 8]
        marks += slope_guide(late, row["predicted"], source="upper bound", **guide)
    return marks


def content(rows: Sequence[Row]) -> Content:
    """A panel for each depth."""
    marks = [mark for _, own in groups(rows, "cell") for mark in _cell_marks(own)]
    return Content(marks=marks, panels=PANELS)


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
    experiments=("hierarchical-kernels",),
    of_rows=content,
    draw=partial(draw_content, words=WORDS),
    table="quantities",
)
