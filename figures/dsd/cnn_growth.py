"""n* of the CNN over a grid in both sizes: does it pay for coordinates alone, or for patches too?"""

from collections.abc import Sequence
from functools import partial

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.marks import Mark, curve
from figures.drawing.measured import Row, geometric, groups, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.fits.patch_weight import patch_weight
from sims.tables.laws import cell_sizes
from sims.tables.sweeps import plain_models

POINTS = 17


def content(table: Sequence[Row]) -> Content:
    """A panel for each k: n* against d, with the fitted a sigma^2 (d + rho k) + c over all panels."""
    rows = [row for row in plain_models(table) if row["model"] == "cnn"]
    fit = patch_weight(cell_sizes(rows))
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (k,), own in sorted(groups(rows, "k")):
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
        sizes = [row["d"] for row in own]
        law = [(d, fit.predict(k, d, sigma)) for d in geometric(min(sizes), max(sizes), POINTS)]
        # A negative offset leaves no n* at sizes below those measured.
        drawn = [(d, n) for d, n in law if n > 0]
        note = f"ρ = {fit.estimate.best:.2f}, c = {fit.offset:.1f}"
        marks += curve(drawn, source="fit", panel=key, series="cnn", model="cnn", note=note)
    return Content(marks=marks, panels=panels)


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
    experiments=("cnn-growth",),
    of_rows=content,
    draw=partial(draw_content, columns=2, words={"fit: power law": "fit: a σ² (d + ρ k) + c"}),
)
