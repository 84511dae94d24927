"""How far the three architectures go with shortcut and core, against the number of samples."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from figures.drawing.captions import FCN_DIVERGES
from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row, interval_mark
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct

QUANTITIES = {
    "along_s_best_validation": "mean of ŷ sign z_s (no unit)",
    "along_c_best_validation": "mean of ŷ sign z_c (no unit)",
}
PLACES = {"patch": "in another patch", "all": "in all patches"}


def content(table: Sequence[Row]) -> Content:
    """A panel for each ratio and quantity, a series for each architecture and place of the shortcut."""
    rows = sorted(table, key=lambda row: (row["ratio"], row["n"]))
    marks: list[Mark] = []
    panels: list[Panel] = []
    for quantity, words in QUANTITIES.items():
        for ratio in distinct(row["ratio"] for row in rows) or [1.0]:
            key = f"{quantity} {ratio:g}"
            shape = {"title": f"ratio {ratio:g}", "yscale": "linear", "dodge": True}
            panels.append(Panel(key=key, xlabel=AXIS["n"], ylabel=words, **shape))
            own = [row for row in rows if (row["quantity"], row["ratio"]) == (quantity, ratio)]
            for row in own:
                place = PLACES[row["placement"]]
                names = {"series": f"{row['model']} {place}", "model": row["model"], "variant": place}
                marks.append(interval_mark(row, x=row["n"], panel=key, **names))
            if own:
                marks.append(level(key, "none", 0.0))
    return Content(marks=marks, panels=panels)


def draw(content: Content) -> Figure:
    """Ratios side by side, the two quantities below each other."""
    across = max(1, len(content.panels) // len(QUANTITIES))
    return draw_content(content, columns=across, panel_height=2.3, share_y=False)


FIGURE = FigureSpec(
    name="shortcut-samples",
    title="Shortcut and core against the number of samples",
    caption=(
        "Nets trained as in the protocol honest on n samples, the core in one patch, the shortcut in "
        "another or in all; ρ_s = 0.78, where the optimal classifier gives the shortcut no weight. How far "
        "decisions go with the shortcut (above) and with the core (below) on probes: 0 for a net that has "
        "learnt nothing, and above also for one that leaves the shortcut aside. Mean over seeds with its "
        f"95 % interval. A question of this suite. {FCN_DIVERGES}"
    ),
    experiments=("shortcut-patches-n",),
    of_rows=content,
    draw=draw,
    table="quantities",
)
