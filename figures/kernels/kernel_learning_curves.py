"""Learning curves of kernel regression beside those predicted from the kernels' spectra."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, interval_mark, predicted_curve
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content

TITLES = {
    ("dsd", 0.0): "DSD, ridgeless",
    ("dsd", 0.1): "DSD, ridge 0.1",
    ("own_process", 0.0): "draws of the kernel's own\nGaussian process, ridgeless",
    ("patch_process", 0.0): "draws of a locally connected\nGaussian process, ridgeless",
}
EARLY = "fewer than 20 eigenfunctions learnt"


def content(rows: Sequence[Row]) -> Content:
    """A panel for each task and ridge, a curve for each architecture."""
    marks: list[Mark] = []
    for _, own in groups(rows, "cell"):
        first = own[0]
        panel = f"{first['task']} {first['ridge']:g}"
        points = [row for row in own if row["quantity"] in ("test_mse", "test_mse_early")]
        for row in sorted(points, key=lambda row: row["at"]):
            variant = EARLY if row["quantity"] == "test_mse_early" else ""
            common = {"panel": panel, "series": first["arch"], "model": first["arch"]}
            marks.append(interval_mark(row, variant=variant, **common))
            marks += predicted_curve([row], **common)
    panels = tuple(
        Panel(key=f"{task} {ridge:g}", title=title, xlabel=AXIS["n"], ylabel=AXIS["risk"])
        for (task, ridge), title in TITLES.items()
    )
    marks.sort(key=lambda mark: mark.variant != "")
    return Content(marks=tuple(marks), panels=panels)


FIGURE = FigureSpec(
    name="kernel-learning-curves",
    title="Learning curves of kernels, measured and predicted",
    caption=(
        "Mean squared test error of regression with the ReLU NTK of one hidden layer, over independent "
        "training sets, with the 95 % interval of measurement and prediction together. Lines: predicted from "
        "the kernel's spectrum, as seen through Gram matrices on inputs of their own and, on DSD, their "
        "labels, elsewhere the teacher's covariance (the last: an infinitely wide locally connected net of "
        "two hidden layers at its random start). Every prediction is made before a training set is drawn; "
        "nothing is fitted."
    ),
    experiments=("kernel-learning-curves",),
    of_rows=content,
    draw=partial(draw_content, columns=2, share_y=False, words={"derived": "predicted from the spectrum"}),
    table="quantities",
)
