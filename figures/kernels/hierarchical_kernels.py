"""Learning curves of hierarchical kernels by depth of teacher and student, and their local exponents."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.legend import legend_handles
from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.quantity_marks import by_cell, interval_mark, of_name
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct, of_experiment

EXPERIMENTS = ("hierarchical-kernels",)
DEPTHS = (1, 2, 3)
PANELS = (
    *(
        Panel(
            key=f"error {depth}",
            title=f"student of depth {depth}\nlearning curves",
            xlabel=AXIS["n"],
            ylabel="test error (teacher's variance)",
        )
        for depth in DEPTHS
    ),
    *(
        Panel(
            key=f"exponent {depth}",
            title=f"student of depth {depth}\nexponent between n/2 and n",
            xlabel=AXIS["n"],
            ylabel="local exponent (no unit)",
            yscale="linear",
        )
        for depth in DEPTHS
    ),
)


def _cell_marks(rows: Sequence[Row]) -> list[Mark]:
    teacher, student = rows[0]["teacher_depth"], rows[0]["student_depth"]
    common: dict[str, Any] = {"model": f"teacher_{teacher}", "series": f"teacher_{teacher}"}
    marks: list[Mark] = []
    for name, panel in (("test_error", f"error {student}"), ("local_exponent", f"exponent {student}")):
        marks += [interval_mark(row, panel=panel, **common) for row in of_name(rows, name)]
    derived: dict[str, Any] = {"kind": "line", "source": "derived", **common}
    marks += [
        Mark(panel=f"error {student}", x=row["at"], y=row["predicted"], **derived)
        for row in of_name(rows, "test_error")
        if row["predicted"] is not None
    ]
    marks += [
        Mark(panel=f"exponent {student}", x=row["at"], y=row["value"], **derived)
        for row in of_name(rows, "spectral_exponent")
    ]
    marks += [
        Mark(
            panel=f"exponent {student}",
            series="limit of large n",
            model=common["model"],
            kind="level",
            source="upper bound",
            y=beta,
        )
        for beta in distinct(row["predicted"] for row in of_name(rows, "local_exponent"))
    ]
    return marks


def content(table: Sequence[Row]) -> Content:
    """For each depth of the student: learning curves on teachers of every depth, and their exponents."""
    cells = by_cell(of_experiment(table, *EXPERIMENTS))
    marks = [mark for rows in cells for mark in _cell_marks(rows)]
    return Content(marks=tuple(marks), panels=PANELS)


def draw(content: Content) -> Figure:
    """Three panels a row, one for each depth of the student."""
    handles = legend_handles(content.marks)
    for handle in handles:
        if handle.get_label() == "derived":
            handle.set_label("derived: from the exact spectra")
        elif handle.get_label() == "limit of large n":
            handle.set_label("theory: exponent for large n")
            handle.set_color("#555555")
    return draw_content(content, share_y=False, handles=handles)


FIGURE = FigureSpec(
    name="hierarchical-kernels",
    title="Deep kernels learn shallow functions faster; shallow kernels do not learn deep ones",
    caption=(
        "Ridgeless regression with the NTK of a net on a binary tree of patches (4 patches on the unit "
        "circle; depth: layers of filters of 2), on Gaussian random fields whose covariance is such a "
        "kernel. Errors are exact expectations over fields, intervals (95 %, Student's t) are over sets "
        "of inputs. Derived: the learning-curve formula on the kernels' exact Fourier spectra. Dashed: "
        "the exponent for large n, which the sizes here reach or not as the derived lines say. A teacher "
        "deeper than the student leaves a plateau."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
    table="quantities",
)
