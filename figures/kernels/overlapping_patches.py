"""Learning curves of kernels of overlapping patches: locality sets the exponent, sharing the prefactor."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.legend import legend_handles
from figures.drawing.marks import Mark, curve, level
from figures.drawing.measured import Row, interval_mark, of_name, slope_guide
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct

MODELS = {"convolutional": "cnn", "local": "lcn", "fully_connected": "fcn"}
STUDENTS = {"CNN": "convolutional student", "LCN": "local student", "FCN": "fully connected student"}
PATCH = 3
"""Coordinates of a patch of most students whose learning curves are drawn."""
SMALLER = 2
"""Coordinates of a patch of the convolutional teachers whose patches are smaller than the students'."""
DIMENSION = 9
"""Of the inputs of the curves drawn; those of other dimensions stand in the panel of all exponents."""
ERROR = "test error (teacher's variance)"
PANELS = (
    Panel(key="convolutional", title=f"convolutional teacher, t = {PATCH}", xlabel=AXIS["n"], ylabel=ERROR),
    Panel(key="smaller", title=f"convolutional teacher, t = {SMALLER}", xlabel=AXIS["n"], ylabel=ERROR),
    Panel(key="local", title=f"local teacher, t = {PATCH}", xlabel=AXIS["n"], ylabel=ERROR),
    Panel(
        key="exponent",
        title=f"exponent between n/2 and n, t = {PATCH}",
        xlabel=AXIS["n"],
        ylabel="local exponent (no unit)",
        yscale="linear",
        dodge=True,
    ),
    Panel(
        key="predicted",
        title="exponent at the largest n, every t, s and d",
        xlabel="predicted exponent (no unit)",
        ylabel="measured exponent (no unit)",
        xscale="linear",
        yscale="linear",
    ),
    Panel(
        key="ratio",
        title=f"what weight sharing gains, t = {PATCH}",
        xlabel=AXIS["n"],
        ylabel="error, convolutional / local (no unit)",
        yscale="linear",
    ),
)


def _curves(table: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """The rows of each curve by (cell, student), quantities of a second student without their prefix."""
    curves: dict[tuple[str, str], list[Row]] = {}
    for row in table:
        second = row["quantity"].startswith("beside_")
        student = row["beside"] if second else row["student"]
        named = row | {"quantity": row["quantity"].removeprefix("beside_")}
        curves.setdefault((row["cell"], student), []).append(named)
    return curves


def _panel_of_curve(first: Row) -> str | None:
    """The panel that draws a learning curve; None for those that the panel of exponents alone shows."""
    if first["t"] == PATCH:
        return first["teacher"]
    smaller = first["t"] == SMALLER and first["teacher"] == "convolutional"
    return "smaller" if smaller and first["d"] == DIMENSION else None


def _curve_marks(student: str, rows: Sequence[Row]) -> list[Mark]:
    first, model = rows[0], MODELS[student]
    teacher, s = first["teacher"], first["s"]
    series = f"{model} on {teacher}, t = {first['t']}, s = {s}"
    series += "" if first["d"] == DIMENSION else f", d = {first['d']}"
    common: dict[str, Any] = {"model": model, "series": series}
    errors, last = of_name(rows, "test_error"), of_name(rows, "last_exponent")
    marks: list[Mark] = []
    panel = _panel_of_curve(first)
    if panel is not None:
        variant = "" if s == PATCH or student == "fully_connected" else f"patches of {s}"
        marks += [interval_mark(row, panel=panel, variant=variant, **common) for row in errors]
        if errors and last:
            marks += slope_guide(errors, last[0]["predicted"], panel=panel, **common)
    if first["t"] == PATCH:
        shown = [row for row in of_name(rows, "local_exponent") if row["predicted"]]
        marks += [interval_mark(row, panel="exponent", **common) for row in shown]
        for beta in distinct(row["predicted"] for row in shown):
            # Grey where local and convolutional students share a level.
            owner = model if student == "fully_connected" else "ratio"
            marks.append(level("exponent", f"predicted, {beta:.3g}", beta, model=owner))
    marks += [interval_mark(row, x=row["predicted"], panel="predicted", **common) for row in last]
    for row in of_name(rows, "ratio") if first["t"] == PATCH else []:
        marks.append(interval_mark(row, panel="ratio", series="ratio", model="ratio"))
        if row["predicted"] is not None:
            marks.append(level("ratio", f"predicted, {row['predicted']:.3g}", row["predicted"]))
    return marks


def content(table: Sequence[Row]) -> Content:
    """Learning curves on both teachers, their local exponents, measured over predicted exponents, and the
    ratio of two students."""
    curves = _curves(table)
    marks = [mark for (_, student), rows in curves.items() for mark in _curve_marks(student, rows)]
    ends = [mark.x for mark in marks if mark.panel == "predicted" and mark.x is not None]
    if ends:
        diagonal = [(end, end) for end in (min(ends), max(ends))]
        marks += curve(diagonal, panel="predicted", series="equal", model="ratio")
    # A level that several curves share is drawn once.
    return Content(marks=tuple(dict.fromkeys(marks)), panels=PANELS)


def draw(content: Content) -> Figure:
    """Two panels a row; the legend calls the kernels by their names."""
    handles = legend_handles(content.marks)
    for handle in handles:
        words = str(handle.get_label())
        if words.split(",")[0] in STUDENTS:
            handle.set_label(words.replace(words[:3], STUDENTS[words[:3]], 1))
        elif words.startswith("LCN / CNN"):
            handle.set_label("convolutional / local student")
        elif words == "derived":
            handle.set_label("derived: slope, or equality")
    return draw_content(content, columns=2, share_y=False, handles=handles)


FIGURE = FigureSpec(
    name="overlapping-patches",
    title="Kernels of overlapping patches learn at the rate of their patch",
    caption=(
        "Ridgeless regression of Laplacian kernels of d = 9 overlapping patches of s coordinates, on "
        "Gaussian random fields of such a kernel with patches of t; errors are exact expectations over "
        "fields, and intervals (95 %, Student's t) are over sets of inputs. Lines through the last point: "
        "the predicted exponent, 1/s for s ≥ t, 1/9 for the fully connected Laplacian, 0 for a student "
        "that cannot represent its teacher. The panel of exponents at the largest n has inputs of other d "
        "too. Ratio: of the errors of both students on the convolutional "
        "teacher, predicted 9^(-1/3) up to a factor that does not depend on n."
    ),
    experiments=("overlapping-patches",),
    of_rows=content,
    draw=draw,
    table="quantities",
)
