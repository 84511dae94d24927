"""n* of wide nets against their output scale: what feature learning saves, beside the kernel's n*."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.looks import look_of
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.kernels.kernel_convergence import MODELS
from figures.kernels.kernel_movement import SCALE
from sims.tables.configs import value_of

KERNEL = "95 % interval of n* of the NTK"


def _kernel_marks(rows: Sequence[Row], panel: str, model: str) -> list[Mark]:
    first = rows[0]
    common: dict[str, Any] = {"panel": panel, "model": model}
    marks: list[Mark] = []
    if first["n_best"] is not None:
        marks.append(
            Mark(kind="level", series=f"{look_of(model).name}: n* of its NTK", y=first["n_best"], **common)
        )
    if first["n_low"] is not None and first["n_high"] is not None and first["n_high"] < 10 * first["n_low"]:
        low, high = first["n_low"], first["n_high"]
        marks.append(Mark(kind="span", series="ntk", low=low, high=high, note=KERNEL, **common))
    return marks


def content(rows: Sequence[Row]) -> Content:
    """A panel for each architecture and size: n* of the wide net by scale, and the level of its kernel."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for name, model in MODELS.items():
        wide = [row for row in rows if row["model"] == name]
        for (k, d, width), own in groups(wide, "k", "d", "width"):
            key = f"{name}, k={k}, d={d}, m={width}"
            title = f"{look_of(model).name}, {width} units, LSA\nk = {k}, d = {d}, σ = {own[0]['sigma']:g}"
            panels.append(Panel(key=key, title=title, xlabel=SCALE, ylabel=AXIS["n_star"]))
            coloured = [row | {"model": model} for row in own]
            marks += marks_of_rows(coloured, panel=key, x=lambda row: value_of(row, "learner.scale"))
            kernel = [
                row
                for row in rows
                if row["learner"] == "kernel_regression"
                and (row["model"], row["k"], row["d"]) == (model, k, d)
            ]
            if kernel:
                marks += _kernel_marks(kernel, key, model)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="lazy-rich",
    title="n* from rich to lazy training",
    caption=(
        "n* of one wide one-hidden-layer net (LSA with a fixed threshold, both layers trained) whose outputs "
        "are α times the distance from the start, at rates divided by α². Small α: the net has to move, and "
        "learns features. Large α: training is that of its tangent kernel; the level is n* of kernel "
        "regression with the NTK of infinite width, whose ridge is selected as the nets' rates are. "
        f"{SEED_BRACKETS}"
    ),
    experiments=("lazy-rich",),
    of_rows=content,
    draw=partial(draw_content, words={}, columns=2),
)
