"""Online training on the local-signal task: the filter aligns, the bias rises, the error falls."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from scipy.stats import t as student

from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.experiments.related.local_signal_training import LOCAL_SIGNAL_TRAINING
from sims.tables.sweeps import of_experiment

EXPERIMENTS = ("local-signal-training",)
SERIES = {
    "cosine": ("alignment of the filter", "cosine with the signal (no unit)"),
    "threshold": ("threshold against the noise", "b / (σ |w|) (no unit)"),
    "error": ("error on new samples", "0-1 error (no unit)"),
}
RANGE = {"cosine": (-1.0, 1.0), "threshold": (0.0, math.inf), "error": (0.0, 1.0)}
"""Values that each series can take: an interval is cut where it leaves them."""
RUNS = ", ".join(f"{size['repetitions']} at {preset}" for preset, size in LOCAL_SIGNAL_TRAINING.items())


def _band(row: Row) -> Mark:
    """The 95 % interval of a mean over runs, by Student's t."""
    least, largest = RANGE[row["quantity"]]
    half = float(student.isf(0.025, row["repetitions"] - 1)) * row["error"]
    return Mark(
        panel=row["quantity"],
        series="cnn",
        model="cnn",
        kind="band",
        x=row["at"],
        low=max(row["value"] - half, least),
        high=min(row["value"] + half, largest),
        note=f"95 % interval of the mean of {row['repetitions']} runs",
    )


def content(table: Sequence[Row]) -> Content:
    """A panel for each series along the run."""
    rows = of_experiment(table, *EXPERIMENTS)
    marks: list[Mark] = []
    panels: list[Panel] = []
    for quantity, (title, label) in SERIES.items():
        own = sorted(
            (row for row in rows if row["quantity"] == quantity and row["at"] is not None),
            key=lambda row: row["at"],
        )
        where = f"\nk = {own[0]['k']}, d = {own[0]['d']}" if own else ""
        panels.append(
            Panel(
                key=quantity,
                title=title + where,
                xlabel=AXIS["step"],
                ylabel=label,
                xscale="linear",
                yscale="linear",
            )
        )
        marks += [
            Mark(panel=quantity, series="cnn", model="cnn", kind="line", x=row["at"], y=row["value"])
            for row in own
        ]
        marks += [_band(row) for row in own]
        if quantity == "error":
            for name, series, model in (
                ("error_linear", "best linear predictor", "linear"),
                ("error_best_bias", "filter w*, best bias", "oracle"),
            ):
                marks += [
                    Mark(
                        panel=quantity,
                        series=series,
                        model=model,
                        kind="level",
                        source="derived",
                        y=row["value"],
                    )
                    for row in rows
                    if row["quantity"] == name
                ]
    return Content(marks=tuple(marks), panels=tuple(panels))


def draw(content: Content) -> Figure:
    """Three panels, each with its own scale."""
    return draw_content(content, share_y=False)


FIGURE = FigureSpec(
    name="local-signal-training",
    title="Online training on one noise-free patch amid noise",
    caption=(
        f"Mean over independent runs ({RUNS}) of the CNN with soft thresholds on fresh batches, logistic "
        "loss, the rates of the paper's released code. Bands: 95 % interval of the mean over runs, cut to "
        "possible values. The filter aligns first; then the bias rises above the noise of the other patches' "
        "pre-activations, and the error falls below what any linear predictor reaches."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
    table="quantities",
)
