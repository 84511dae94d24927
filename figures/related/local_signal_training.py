"""Online training on the local-signal task: the filter aligns, the bias rises, the error falls."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.experiments.related.local_signal_training import LOCAL_SIGNAL_TRAINING
from sims.probes.intervals import interval_of

SERIES = {
    "cosine": ("alignment of the filter", "cosine with the signal (no unit)"),
    "threshold": ("threshold against the noise", "b / (σ |w|) (no unit)"),
    "error": ("error on new samples", "0-1 error (no unit)"),
}
RUNS = ", ".join(f"{size['repetitions']} at {preset}" for preset, size in LOCAL_SIGNAL_TRAINING.items())


def _band(row: Row) -> Mark:
    """The 95 % interval of a mean over runs, by Student's t."""
    low, high = interval_of(row)
    note = f"95 % interval of the mean of {row['repetitions']} runs"
    named = {"panel": row["quantity"], "series": "cnn", "model": "cnn", "kind": "band", "note": note}
    return Mark(x=row["at"], low=low, high=high, **named)


def content(rows: Sequence[Row]) -> Content:
    """A panel for each series along the run."""
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
                    level(quantity, series, row["value"], model=model)
                    for row in rows
                    if row["quantity"] == name
                ]
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="local-signal-training",
    title="Online training on one noise-free patch amid noise",
    caption=(
        f"Mean over independent runs ({RUNS}) of the CNN with soft thresholds on fresh batches, logistic "
        "loss, the rates of the paper's released code. Bands: 95 % interval of the mean over runs, cut to "
        "possible values. The filter aligns first; then the bias rises above the noise of the other patches' "
        "pre-activations, and the error falls below what any linear predictor reaches."
    ),
    experiments=("local-signal-training",),
    of_rows=content,
    draw=partial(draw_content, share_y=False),
    table="quantities",
)
