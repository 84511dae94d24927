"""n* of the CNN over a grid in both sizes: does it pay for coordinates alone, or for patches too?"""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.legend import legend_handles
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.fits.patch_weight import patch_weight
from sims.tables.laws import cell_sizes
from sims.tables.sweeps import distinct, of_experiment, plain_models

EXPERIMENTS = ("cnn-growth",)
POINTS = 17


def content(table: Sequence[Row]) -> Content:
    """A panel for each k: n* against d, with the fitted a sigma^2 (d + rho k) + c over all panels."""
    rows = [row for row in plain_models(of_experiment(table, *EXPERIMENTS)) if row["model"] == "cnn"]
    fit = patch_weight(cell_sizes(rows))
    marks: list[Mark] = []
    panels: list[Panel] = []
    for k in sorted(distinct(row["k"] for row in rows)):
        own = [row for row in rows if row["k"] == k]
        sigma, key = own[0]["sigma"], f"k={k}"
        panels.append(
            Panel(
                key=key,
                title=f"CNN, k = {k}, σ = {sigma:.3g}\n{own[0]['protocol']} protocol",
                xlabel=AXIS["d"],
                ylabel="n* (samples)",
            )
        )
        marks += marks_of_rows(own, panel=key, x=lambda row: row["d"])
        if fit is None:
            continue
        low, high = min(row["d"] for row in own), max(row["d"] for row in own)
        at = [low * (high / low) ** (place / (POINTS - 1)) for place in range(POINTS)]
        common: dict[str, Any] = {"panel": key, "series": "cnn", "model": "cnn", "kind": "line"}
        note = f"ρ = {fit.estimate.best:.2f}, c = {fit.offset:.1f}"
        # A negative offset leaves no n* at sizes below those measured.
        drawn = [(d, fit.predict(k, d, sigma)) for d in at]
        marks += [Mark(source="fit", x=d, y=y, note=note, **common) for d, y in drawn if y > 0]
    if not panels:
        panels.append(Panel(key="none", title="CNN", xlabel=AXIS["d"], ylabel="n* (samples)"))
    return Content(marks=tuple(marks), panels=tuple(panels))


def draw(content: Content) -> Figure:
    """A panel for each k; the legend names the law that was fitted."""
    handles = legend_handles(content.marks)
    for handle in handles:
        if handle.get_label() == "fit: power law":
            handle.set_label("fit: a σ² (d + ρ k) + c")
    return draw_content(content, handles=handles, columns=2)


FIGURE = FigureSpec(
    name="cnn-growth",
    title="What a patch costs the CNN beside a coordinate",
    caption=(
        "n* of gradient descent on the CNN at one sigma, where the target of every cell asks for the same "
        "alignment with the signal. Solid: the law n* = a σ² (d + ρ k) + c, one a, ρ and c for all panels, "
        "fitted to the cells' n*. ρ = 0: it pays for coordinates alone; ρ = 1: it pays k + d, as the "
        "theorem's upper bound does. "
        f"{SEED_BRACKETS}"
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
)
