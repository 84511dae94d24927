"""n* of tangent kernels of the CNN on the local-signal task, beside that of the trained net."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.experiments.kernels.local_signal_kernels import SIGMA, SIZES, THRESHOLDS
from sims.tables.configs import value_of

KEYS = dict(zip(THRESHOLDS, ("ntk_below", "ntk_at", "ntk_above"), strict=True))
"""Style of an LSA kernel by its threshold in standard deviations of the noise."""


def kernel_of(row: Row) -> str:
    """The row's predictor in `figures.kernels.looks`: the trained net, or a kernel by activation and
    threshold.
    """
    if row["learner"] == "gradient_descent":
        return "cnn"
    if value_of(row, "learner.activation") == "relu":
        return "ntk_relu"
    threshold = value_of(row, "learner.threshold")
    if not threshold:
        each = value_of(row, "learner.threshold_gradient") == "per_channel"
        return "ntk_start_each" if each else "ntk_start"
    near = [key for b, key in KEYS.items() if abs(threshold - b * SIGMA) < 1e-6]
    if not near:
        raise ValueError(f"threshold: {threshold}; allowed: {THRESHOLDS} times sigma")
    return near[0]


def content(rows: Sequence[Row]) -> Content:
    """n* against the number of patches at the smallest patches, and against their size at the fewest."""
    rows = [row | {"model": kernel_of(row)} for row in rows]
    at_d, at_k = SIZES["paper"]["at_d"], SIZES["paper"]["at_k"]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for variable, fixed, value in (("k", "d", at_d), ("d", "k", at_k)):
        panels.append(
            Panel(
                key=variable,
                title=f"{fixed} = {value}, σ = {SIGMA:g}",
                xlabel=AXIS[variable],
                ylabel=AXIS["n_star"],
                dodge=True,
            )
        )
        marks += marks_of_rows(
            [row for row in rows if row[fixed] == value],
            panel=variable,
            x=lambda row, variable=variable: row[variable],
            series=lambda row: row["model"],
            variant=lambda _row: "",
        )
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="local-signal-kernels",
    title="One noise-free patch amid noise, in the kernel regime",
    caption=(
        "n* for a 0-1 error of 0.1 with one noise-free patch among k (Karp et al. 2021). The trained CNN, "
        "and ridge regression with the tangent kernel of a CNN of 64 or 128 channels at its random start "
        "(at b = 3σ and d > 10 of infinite width, its thresholds fixed): ReLU; LSA at the threshold b = 0, "
        "where training starts, with one trained threshold or one a channel; LSA with one trained threshold "
        "of 0.5, 1 and 3 standard deviations of the noise of its pre-activations. The kernel of ReLU can "
        "only learn the best linear predictor, as would that of b = 0 without the derivative in b. A high "
        "threshold hears long patches, and so finds a signal that is not much shorter than the noise. "
        f"{SEED_BRACKETS}"
    ),
    experiments=("local-signal-kernels",),
    of_rows=content,
    draw=partial(draw_content, columns=2, panel_height=3.2),
)
