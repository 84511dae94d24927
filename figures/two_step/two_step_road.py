"""Alignment after the two steps, from the theorem's noise to sigma = 1/sqrt(k), measured beside derived."""

import math
from collections.abc import Sequence

import numpy as np

from figures.drawing.marks import Mark, curve
from figures.drawing.measured import Row, groups, interval_mark
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from sims.tables.sweeps import distinct
from theory.two_step.noise_road import road_alignment
from theory.two_step.upper_bounds import largest_noise

FEWEST = 3
"""Noise levels at one size from which it has a panel."""
POINTS = 49
ALIGNMENT = "alignment after step 2 (no unit)"


def _scale(row: Row) -> float:
    return float(row["sigma"] * math.sqrt(row["k"]))


def _estimate(row: Row, panel: str, x: float) -> Mark:
    model, loss = row["model"], row["loss"]
    names = {"series": f"{model}, {loss}", "model": model, "variant": f"{loss} loss"}
    return interval_mark(row, x=x, panel=panel, **names)


def _noise_panel(rows: Sequence[Row], panel: str) -> list[Mark]:
    """Measured points, the derived curve of each net, and where the theorem's noise and 1/sqrt(k) are."""
    marks = [_estimate(row, panel, _scale(row)) for row in rows]
    k, d = rows[0]["k"], rows[0]["d"]
    theorem = largest_noise(k, d) * math.sqrt(k)
    for model in distinct(row["model"] for row in rows):
        scales = np.geomspace(min(theorem, *map(_scale, rows)), max(map(_scale, rows)), POINTS).tolist()
        derived = ((scale, road_alignment(model, scale, k=k, d=d)) for scale in scales)
        marks += curve(derived, panel=panel, series=model, model=model)
    for x, note in ((theorem, "the theorem's σ"), (1.0, "1/√k")):
        names = {"panel": panel, "series": note, "model": "ratio", "note": note}
        marks += curve([(x, 1.0), (x, -0.9)], source="reported", **names)
    return marks


def _samples_panel(rows: Sequence[Row], panel: str) -> list[Mark]:
    """Both losses along n, with the prediction of each point."""
    marks = [_estimate(row, panel, row["n"]) for row in rows]
    for row in sorted(rows, key=lambda row: row["n"]):
        if row["predicted"] is not None:
            names = {"panel": panel, "series": f"{row['model']}, {row['loss']}", "model": row["model"]}
            marks += curve([(row["n"], row["predicted"])], **names)
    return marks


def content(table: Sequence[Row]) -> Content:
    """A panel for each size that has a road, and one along n at its end."""
    rows = [row for row in table if row["quantity"] == "alignment_2"]
    # The road takes the samples that the theorem's formula gives at its noise; along n they are given.
    paired = {
        (row["model"], row["k"], row["d"], row["sigma"], row["n"]) for row in rows if row["loss"] != "squared"
    }
    along_n = [row for row in rows if (row["model"], row["k"], row["d"], row["sigma"], row["n"]) in paired]
    road = [row for row in rows if row not in along_n]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (k, d), own in groups(road, "k", "d"):
        if len({row["sigma"] for row in own}) < FEWEST:
            continue
        key = f"k = {k}, d = {d}"
        panels.append(
            Panel(
                key=key,
                title=f"{key}\nthe theorem's n at each σ",
                xlabel="σ√k (no unit)",
                ylabel=ALIGNMENT,
                yscale="linear",
            )
        )
        marks += _noise_panel(own, key)
    if along_n:
        first = along_n[0]
        key = "samples"
        title = f"k = {first['k']}, d = {first['d']}\nσ = {_scale(first):.3g}/√k"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["n"], ylabel=ALIGNMENT, yscale="linear"))
        marks += _samples_panel(along_n, key)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="two-step-road",
    title="From the theorem's noise to 1/√k: where the two steps stop working",
    caption=(
        "Mean alignment of filters and signal after both steps with the published constants, over "
        "repetitions, with 95 % intervals; lines: derived. Left and middle: squared loss, the paper's, with "
        "the samples that its formula gives at each σ, max(2σ²k(k+d) ln(kd), 80k ln(kd)) for the LCN and "
        "max(2σ²(k+d) ln(kd), 10) for the CNN. Its proof ends at the vertical line on the left; the suite's "
        "other experiments with the two steps are at 1/√k. Where noise patches pass the bias before step 2, "
        "the squared loss, which takes from a filter what the net already says, turns it against the signal "
        "(LCN), or ten samples are too few (CNN). Right: at 1/√k more samples turn it further; the "
        "correlation loss does not turn."
    ),
    experiments=("two-step-road",),
    of_rows=content,
    table="quantities",
)
