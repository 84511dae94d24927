"""Bias toward the shortcut over its availability and predictivity; decisions of a net beside those of LDA."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures.drawing.marks import Mark, of
from figures.drawing.measured import Row, interval_mark
from figures.drawing.panels import Panel, plain, say_empty
from figures.drawing.spec import Content, FigureSpec
from figures.drawing.style import PAGE, house_style
from sims.tasks.shortcut.two_features import PROBES_TO

QUANTITY = "bias_absolute_final"
"""Reliance in the form that Hermann et al. 2024 print (section 3), less that of the optimum."""
NET = "mlp_relu"
COLOURS = "PuOr_r"
"""Diverging, white at 0, distinct also with common colour-vision deficiencies."""
RATIO = "availability ratio α_s/α_c (no unit)"
PREDICTIVITY = "predictivity of the shortcut ρ_s (no unit)"
SURFACES = {"surface": "decisions of the net, mean over seeds", "surface_lda": "decisions of LDA"}


def content(rows: Sequence[Row]) -> Content:
    """The bias of every (ratio, rho_s), rho_s as the variant; and a cell for every probe, its decision."""
    marks: list[Mark] = []
    for row in rows:
        if row["quantity"] != QUANTITY:
            continue
        named = {"panel": "bias", "series": f"ρ_s = {row['rho_s']:g}", "model": NET}
        marks.append(interval_mark(row, x=row["ratio"], variant=f"{row['rho_s']:g}", **named))
    title = ""
    for name in SURFACES:
        own = sorted((row for row in rows if row["quantity"] == name), key=lambda row: row["at"])
        if not own:
            continue
        first = own[0]
        side = first["side"]
        title = f"ratio {first['ratio']:g}, ρ_s = {first['rho_s']:g}"
        for row in own:
            # Probes lie from -3 to 3 class means.
            x, y = (PROBES_TO * (2 * at / (side - 1) - 1) for at in divmod(int(row["at"]), side))
            value = row["value"]
            named = {"panel": name, "series": name, "model": NET, "kind": "cell"}
            marks.append(Mark(x=x, y=y, low=value, high=value, **named))
    linear: dict[str, Any] = {"xscale": "linear", "yscale": "linear"}
    panels = [Panel(key="bias", title="bias", xlabel=RATIO, ylabel=PREDICTIVITY, **linear)]
    panels += [
        Panel(
            key=name,
            title=f"{words},\n{title}" if title else words,
            xlabel="shortcut z_s (class means)",
            ylabel="core z_c (class means)",
            **linear,
        )
        for name, words in SURFACES.items()
    ]
    return Content(marks=marks, panels=panels)


def draw(content: Content) -> Figure:
    """The heat map above, with bias and interval in every cell; two surfaces below."""
    with house_style():
        figure = Figure(figsize=(PAGE, 6.3), layout="constrained")
        grid = figure.add_gridspec(2, 2, height_ratios=(1.25, 1.0))
        places = (grid[0, :], grid[1, 0], grid[1, 1])
        for panel, place in zip(content.panels, places, strict=True):
            axes = figure.add_subplot(place)
            axes.grid(False)
            axes.set(xlabel=panel.xlabel, ylabel=panel.ylabel)
            axes.set_title(panel.title, loc="left")
            marks = of(content.marks, panel=panel.key)
            if not marks:
                say_empty(axes, panel)
            elif panel.key == "bias":
                _heat_map(figure, axes, marks)
            else:
                _surface(axes, marks)
    return figure


def _heat_map(figure: Figure, axes: Axes, marks: Sequence[Mark]) -> None:
    ratios = sorted({mark.x for mark in marks if mark.x is not None})
    rhos = sorted({float(mark.variant) for mark in marks})
    most = max(0.1, max(abs(mark.y) for mark in marks if mark.y is not None))
    scale, colours = Normalize(-most, most), colormaps[COLOURS]
    for mark in marks:
        assert mark.x is not None
        assert mark.y is not None
        x, y, value = ratios.index(mark.x), rhos.index(float(mark.variant)), mark.y
        edge: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.8}
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colours(float(scale(value))), **edge))
        dark = abs(value) > 0.6 * most
        words = f"{value:z.2f}\n[{mark.low:z.2f}, {mark.high:z.2f}]"
        axes.text(x, y, words, ha="center", va="center", fontsize=6.5, color="white" if dark else "black")
    axes.set_xlim(-0.5, len(ratios) - 0.5)
    axes.set_ylim(-0.5, len(rhos) - 0.5)
    axes.set_xticks(range(len(ratios)), [plain(ratio) for ratio in ratios])
    axes.set_yticks(range(len(rhos)), [plain(rho) for rho in rhos])
    axes.tick_params(length=0)
    figure.colorbar(ScalarMappable(scale, colours), ax=axes, label="bias, final (no unit)")


def _surface(axes: Axes, marks: Sequence[Mark]) -> None:
    x, y = (sorted({getattr(mark, name) for mark in marks}) for name in ("x", "y"))
    values = np.zeros((len(y), len(x)))
    for mark in marks:
        values[y.index(mark.y), x.index(mark.x)] = mark.high
    axes.pcolormesh(x, y, values, cmap=COLOURS, vmin=-1.3, vmax=1.3, shading="nearest", rasterized=True)
    axes.axhline(0, color="#555555", linewidth=0.5)
    axes.axvline(0, color="#555555", linewidth=0.5)


FIGURE = FigureSpec(
    name="shortcut-bias",
    title="Bias of a deep net toward an available shortcut",
    caption=(
        "Above: bias of ReLU nets (reliance on the shortcut less that of linear discriminant analysis on the "
        "same data, after the last step), mean over seeds with its 95 % interval, "
        "over availability and predictivity of the shortcut; the core has predictivity 0.9. Below: decisions "
        "on the probes at one cell (purple to orange: y = -1 to 1), of the nets, mean over seeds, and of "
        "LDA, a seed each. A vertical boundary is a decision by the shortcut, a horizontal one by the core. "
        "After Hermann et al. 2024, figure 2; its net and optimiser are in the paper's supplement, which was "
        "not found."
    ),
    experiments=("shortcut-bias",),
    of_rows=content,
    draw=draw,
    table="quantities",
)
