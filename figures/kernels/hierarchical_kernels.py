"""Learning curves of hierarchical kernels by depth of teacher and student, and their local exponents."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.legend import legend_handles
from figures.drawing.marks import Mark, curve, level
from figures.drawing.measured import Row, groups, interval_mark, of_name, predicted_curve
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct

DEPTHS = (1, 2, 3)
PANELS = tuple(
    Panel(
        key=f"{key} {depth}",
        title=f"student of depth {depth}\n{words}",
        xlabel=AXIS["n"],
        ylabel=label,
        yscale=scale,
    )
    for key, words, label, scale in (
        ("error", "learning curves", "test error (teacher's variance)", "log"),
        ("exponent", "exponent between n/2 and n", "local exponent (no unit)", "linear"),
    )
    for depth in DEPTHS
)


def _cell_marks(rows: Sequence[Row]) -> list[Mark]:
    teacher, student = rows[0]["teacher_depth"], rows[0]["student_depth"]
    common: dict[str, Any] = {"model": f"teacher_{teacher}", "series": f"teacher_{teacher}"}
    marks: list[Mark] = []
    error, exponent = f"error {student}", f"exponent {student}"
    errors, local = of_name(rows, "test_error"), of_name(rows, "local_exponent")
    for panel, own in ((error, errors), (exponent, local)):
        marks += [interval_mark(row, panel=panel, **common) for row in own]
    marks += predicted_curve(errors, panel=error, **common)
    spectral = ((row["at"], row["value"]) for row in of_name(rows, "spectral_exponent"))
    marks += curve(spectral, panel=exponent, **common)
    limits = distinct(row["predicted"] for row in local)
    reference: dict[str, Any] = {"model": common["model"], "source": "upper bound"}
    return marks + [level(exponent, "limit of large n", beta, **reference) for beta in limits]


def content(rows: Sequence[Row]) -> Content:
    """For each depth of the student: learning curves on teachers of every depth, and their exponents."""
    marks = [mark for _, own in groups(rows, "cell") for mark in _cell_marks(own)]
    return Content(marks=marks, panels=PANELS)


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
    experiments=("hierarchical-kernels",),
    of_rows=content,
    draw=draw,
    table="quantities",
)
