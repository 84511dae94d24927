"""n* of the CNN over a grid in both sizes: does it pay for coordinates alone, or for patches too?"""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.captions import SEED_BRACKETS
from figures.laws import observations
from figures.legend import legend_handles
from figures.marks import Mark, distinct
from figures.measured import Row, marks_of_rows, of_experiment, plain_models
from figures.panels import AXIS, Panel
from figures.spec import Content, FigureSpec, draw_content
from sims.fits.patch_weight import patch_weight

EXPERIMENTS = ("cnn-growth",)
SCALED = ("n_low", "n_best", "n_high", "low", "high")
POINTS = 17


def _in_units_of_noise(row: Row) -> Row:
    return row | {name: None if row[name] is None else row[name] / row["sigma"] ** 2 for name in SCALED}


def content(table: Sequence[Row]) -> Content:
    """A panel for each k: n*/sigma^2 against d, with the fitted a (d + rho k) over all panels."""
    rows = [row for row in plain_models(of_experiment(table, *EXPERIMENTS)) if row["model"] == "cnn"]
    fit = patch_weight(observations(rows, vary=("k", "d", "sigma"))) if rows else None
    marks: list[Mark] = []
    panels: list[Panel] = []
    for k in sorted(distinct(row["k"] for row in rows)):
        own = [_in_units_of_noise(row) for row in rows if row["k"] == k]
        key = f"k={k}"
        panels.append(
            Panel(
                key=key,
                title=f"CNN, k = {k}, σ = {own[0]['sigma']:.3g}\n{own[0]['protocol']} protocol",
                xlabel=AXIS["d"],
                ylabel="n*/σ² (samples)",
            )
        )
        marks += marks_of_rows(own, panel=key, x=lambda row: row["d"])
        if fit is None or fit.estimate.best is None:
            continue
        low, high = min(row["d"] for row in own), max(row["d"] for row in own)
        at = [low * (high / low) ** (place / (POINTS - 1)) for place in range(POINTS)]
        common: dict[str, Any] = {"panel": key, "series": "cnn", "model": "cnn", "kind": "line"}
        weight = fit.estimate.best
        marks += [
            Mark(
                source="fit",
                x=d,
                y=fit.amplitude / fit.noise**2 * (d + weight * k),
                note=f"ρ = {weight:.2f}",
                **common,
            )
            for d in at
        ]
    if not panels:
        panels.append(Panel(key="none", title="CNN", xlabel=AXIS["d"], ylabel="n*/σ² (samples)"))
    return Content(marks=tuple(marks), panels=tuple(panels))


def draw(content: Content) -> Figure:
    """A panel for each k; the legend names the law that was fitted."""
    handles = legend_handles(content.marks)
    for handle in handles:
        if handle.get_label() == "fit: power law":
            handle.set_label("fit: a σ² (d + ρ k)")
    return draw_content(content, handles=handles)


def build(table: Sequence[Row]) -> Figure:
    """The figure of rows of thresholds."""
    return draw(content(table))


FIGURE = FigureSpec(
    name="cnn-growth",
    title="What a patch costs the CNN beside a coordinate",
    caption=(
        "n* of gradient descent on the CNN over sigma squared, with sigma ~ 1/sqrt(k). Solid: the law "
        "n* = a sigma² (d + ρ k), one a and one ρ for all panels, fitted to the brackets. ρ = 0: it pays for "
        "coordinates alone; ρ = 1: it pays k + d, as the theorem's upper bound does. "
        f"{SEED_BRACKETS}"
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
)
