"""What the image tasks look like: rendered shapes with two footprints, digits with each manipulation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from figures.drawing.marks import Mark, of
from figures.drawing.measured import Row
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec
from figures.drawing.style import PAGE, house_style

SEED = 2024
COLUMNS = 3
CHANNELS = ("red", "green", "blue")
GREY = "grey"
RATIOS = (1.0, 5.0)


def sample_table() -> list[Row]:
    """The first samples of each task, one row for each picture, pixel and colour."""
    import jax  # late: it takes a second, and only this figure needs it

    from sims.experiments.shortcut.shortcut_digits import MANIPULATIONS
    from sims.tasks import Digits, Footprint

    tasks: dict[str, Any] = {
        f"footprint, ratio {ratio:g}": Footprint(rho_s=0.85, ratio=ratio, size=24, footprint=9.0)
        for ratio in RATIOS
    }
    for name, changes in MANIPULATIONS.items():
        words = "digits" if name == "none" else f"digits, {name}"
        tasks[words] = Digits(rho_s=0.8, size=20, **changes)
    rows = []
    for words, task in tasks.items():
        batch = task.sample(jax.random.key(SEED), COLUMNS)
        x = np.asarray(batch.x).reshape(COLUMNS, task.size, task.size, -1)
        for sample in range(COLUMNS):
            names = CHANNELS if x.shape[-1] == len(CHANNELS) else (GREY,)
            for row, column, channel in np.ndindex(task.size, task.size, len(names)):
                rows.append(
                    {
                        "picture": words,
                        "sample": sample,
                        "label": int(batch.y[sample]) if row + column + channel == 0 else 0,
                        "row": row,
                        "column": column,
                        "channel": names[channel],
                        "value": round(float(x[sample, row, column, channel]), 3),
                    }
                )
    return rows


def content(table: Sequence[Row]) -> Content:
    """A cell for each pixel and colour; panels in the order of tasks, samples side by side."""
    marks: list[Mark] = []
    panels: dict[str, Panel] = {}
    for row in list(table) or sample_table():
        key = f"{row['picture']} {row['sample']}"
        if key not in panels:
            sign = "+1" if row["label"] > 0 else "−1"
            axis: dict[str, Any] = {"xlabel": "column (pixels)", "ylabel": "row (pixels)"}
            title = f"{row['picture']}\ny = {sign}" if row["sample"] == 0 else f"y = {sign}"
            panels[key] = Panel(key=key, title=title, xscale="linear", yscale="linear", **axis)
        marks.append(
            Mark(
                panel=key,
                series=row["channel"],
                model="data",
                kind="cell",
                x=row["column"],
                y=row["value"],
                low=row["row"],
            )
        )
    return Content(marks=tuple(marks), panels=tuple(panels.values()))


def draw(content: Content) -> Figure:
    """Two tasks in a row, three samples each."""
    with house_style():
        across = 2 * COLUMNS
        down = -(-len(content.panels) // across)
        figure = Figure(figsize=(PAGE, 1.45 * down + 0.3), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False)
        for axes, panel in zip(grid.flat, content.panels, strict=True):
            axes.imshow(_pixels(of(content.marks, panel=panel.key)), interpolation="nearest")
            axes.set_title(panel.title, loc="left")
            axes.set(xticks=[], yticks=[])
            axes.grid(False)
        grid[-1, 0].set(xlabel=content.panels[0].xlabel, ylabel=content.panels[0].ylabel)
    return figure


def _pixels(marks: Sequence[Mark]) -> np.ndarray:
    """(rows, columns, 3) in [0, 1]."""
    size = 1 + max(int(mark.x or 0) for mark in marks)
    pixels = np.zeros((size, size, len(CHANNELS)))
    for mark in marks:
        channels = slice(None) if mark.series == GREY else CHANNELS.index(mark.series)
        pixels[int(mark.low or 0), int(mark.x or 0), channels] = mark.y
    return pixels


FIGURE = FigureSpec(
    name="shortcut-pictures",
    title="Images with a core and a shortcut feature",
    caption=(
        "Footprint: the grey level of the square is the core, that of the disc the shortcut, with 1 or 5 "
        "times the pixels. Digits: round ones (0, 6, 8) or strokes (1, 4, 7) are the core, the background's "
        "texture and tint the shortcut; a larger digit, less background or no colour make the shortcut less "
        "available. Images of 24 and 20 pixels, as in the paper preset; grey levels from 0 to 1. The label "
        "goes with a feature only as often as the feature predicts it."
    ),
    experiments=(),
    of_rows=content,
    draw=draw,
    table="sample",
)
