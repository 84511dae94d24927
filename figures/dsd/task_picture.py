"""The task itself as a picture: samples with the signal's patch marked, and what averaging shows to each
architecture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from figures.drawing.glyphs import plot
from figures.drawing.looks import look_of
from figures.drawing.marks import Mark, of
from figures.drawing.measured import Row
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec
from figures.drawing.style import PAGE, house_style
from sims.tables.sweeps import distinct

K, D, SIGMA = 10, 20, 0.1
SEED = 2024
SHOWN = 3
"""Samples of each label that are drawn."""
AVERAGED = 40
"""Samples behind the averages."""


def sample_table() -> list[Row]:
    """AVERAGED samples of DSD(k=10, d=20, sigma=0.1), one row for each sample, patch and coordinate."""
    import jax  # late: it takes a second, and only this figure needs it

    from sims.tasks.dsd import DSD

    batch = DSD(k=K, d=D, sigma=SIGMA).sample(jax.random.key(SEED), AVERAGED)
    x, y = np.asarray(batch.x), np.asarray(batch.y)
    patch, signal = np.asarray(batch.latents["patch"]), np.asarray(batch.latents["signal"])
    return [
        {
            "sample": sample,
            "label": int(y[sample]),
            "signal_patch": int(patch[sample]),
            "patch": i,
            "coordinate": j,
            # Five digits are more than a picture shows, and hide differences between machines in the last
            # bits.
            "value": round(float(x[sample, i, j]), 5),
            "signal": round(float(signal[j]), 5),
        }
        for sample in range(len(y))
        for i in range(K)
        for j in range(D)
    ]


def content(table: Sequence[Row]) -> Content:
    """Heat maps of the first SHOWN samples of each label, of the mean of y x, and its sum over patches beside
    w*."""
    rows = list(table) or sample_table()
    labels = {row["sample"]: row["label"] for row in rows}
    chosen = [[sample for sample, label in labels.items() if label == sign][:SHOWN] for sign in (+1, -1)]
    marks: list[Mark] = []
    panels: list[Panel] = []
    axis: dict[str, Any] = {
        "xlabel": "coordinate of the patch (index)",
        "ylabel": "patch (index)",
        "xscale": "linear",
        "yscale": "linear",
    }
    for sample in [sample for group in chosen for sample in group]:
        own = [row for row in rows if row["sample"] == sample]
        title = f"y = {'+1' if own[0]['label'] > 0 else '−1'}, signal in patch {own[0]['signal_patch']}"
        key = f"sample {sample}"
        panels.append(Panel(key=key, title=title, **axis))
        for row in own:
            note = "signal" if row["patch"] == row["signal_patch"] else ""
            common: dict[str, Any] = {
                "panel": key,
                "series": key,
                "model": "data",
                "kind": "cell",
                "note": note,
            }
            marks.append(Mark(x=row["coordinate"], y=row["value"], low=row["patch"], **common))
    sums: dict[tuple[int, int], float] = {}
    for row in rows:
        place = (row["patch"], row["coordinate"])
        sums[place] = sums.get(place, 0.0) + row["label"] * row["value"] / len(labels)
    panels.append(Panel(key="patch average", title=f"mean of y·x over {len(labels)} samples", **axis))
    for (i, j), value in sums.items():
        common: dict[str, Any] = {
            "panel": "patch average",
            "series": "patch average",
            "model": "data",
            "kind": "cell",
        }
        marks.append(Mark(x=j, y=round(value, 6), low=i, **common))
    pooled: dict[str, Any] = {
        "xlabel": axis["xlabel"],
        "ylabel": "value (signal has norm 1)",
        "xscale": "linear",
        "yscale": "linear",
    }
    panels.append(Panel(key="pooled", title="the same, summed over patches", **pooled))
    signal = {row["coordinate"]: row["signal"] for row in rows}
    for j in sorted(signal):
        common: dict[str, Any] = {"panel": "pooled", "kind": "line", "x": j}
        total = sum(value for (_, coordinate), value in sums.items() if coordinate == j)
        marks.append(
            Mark(series="mean of y·x, summed", model="cnn", source="measured", y=round(total, 6), **common)
        )
        marks.append(Mark(series="signal w*", model="bayes", source="derived", y=signal[j], **common))
    return Content(marks=marks, panels=panels)


def _heat_map(axes: Axes, values: np.ndarray, limit: float, panel: Panel) -> None:
    """Patches down, coordinates across, white at zero."""
    image = axes.imshow(
        values, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest"
    )
    image.set_gid(f"cell|{panel.key}")
    axes.set_title(panel.title, loc="left")
    axes.grid(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))


def draw(content: Content) -> Figure:
    """Samples in two rows by label, the averages below."""
    samples, (average, pooled) = content.panels[:-2], content.panels[-2:]

    def matrix(panel: Panel) -> np.ndarray:
        own = of(content.marks, panel=panel.key)
        shape = (1 + max(int(mark.low or 0) for mark in own), 1 + max(int(mark.x or 0) for mark in own))
        values = np.zeros(shape)
        for mark in own:
            values[int(mark.low or 0), int(mark.x or 0)] = mark.y
        return values

    with house_style():
        figure = Figure(figsize=(PAGE, 5.6), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=[1.55, 1], squeeze=False)[:, 0]
        limit = max(abs(matrix(panel)).max() for panel in samples)
        grid = above.subplots(2, SHOWN, sharex=True, sharey=True)
        for place, (axes, panel) in enumerate(zip(grid.flat, samples, strict=True)):
            _heat_map(axes, matrix(panel), limit, panel)
            for patch in distinct(mark.low for mark in of(content.marks, panel=panel.key, note="signal")):
                width = matrix(panel).shape[1]
                axes.add_patch(
                    Rectangle(
                        (-0.5, patch - 0.5),
                        width,
                        1,
                        fill=False,
                        edgecolor="black",
                        linewidth=1.3,
                        clip_on=False,
                    )
                )
            axes.set_xlabel(panel.xlabel if place >= SHOWN else "")
            axes.set_ylabel(panel.ylabel if place % SHOWN == 0 else "")
        above.colorbar(
            grid[0, 0].images[0], ax=grid, label="value (signal has norm 1)", shrink=0.8, aspect=30
        )
        left, right = below.subplots(1, 2)
        values = matrix(average)
        _heat_map(left, values, abs(values).max(), average)
        left.set_title(f"{average.title}:\neach patch shows w*/k, in noise", loc="left")
        left.set(xlabel=average.xlabel, ylabel=average.ylabel)
        below.colorbar(left.images[0], ax=left, shrink=0.95, aspect=18)
        for series in distinct(mark.series for mark in of(content.marks, panel="pooled")):
            own = of(content.marks, panel="pooled", series=series)
            style: dict[str, Any] = {
                "color": look_of(own[0].model).colour,
                "label": series,
                "gid": f"line|{series}",
            }
            dashes: dict[str, Any] = {"linestyle": "--"} if own[0].source == "derived" else {"marker": "^"}
            plot(right, [mark.x for mark in own], [mark.y for mark in own], **style, **dashes)
        right.set(xlabel=pooled.xlabel, ylabel=pooled.ylabel)
        right.set_title(f"{pooled.title}:\nthe patches add up to w*", loc="left")
        low, high = right.get_ylim()
        right.set_ylim(low, high + 0.22 * (high - low))
        right.legend(loc="upper left", ncols=2, columnspacing=1.2)
        right.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


FIGURE = FigureSpec(
    name="task",
    title="The task: one signal, hidden in one of k noisy patches",
    caption=(
        f"Samples of DSD with k = {K} patches of d = {D} coordinates at sigma = {SIGMA}. Each holds y w* in "
        "one patch (boxed), drawn anew for every sample, and noise everywhere. Below, averages of y x: "
        "patch by patch the signal is diluted to w*/k, which each of an LCN's filters has to find in its "
        "own noise; summed over patches, as a shared filter sees it, it is w* again while the noise grows "
        "only as the root of k. Values have no unit; the signal has norm 1."
    ),
    experiments=(),
    of_rows=content,
    draw=draw,
    table="sample",
)
