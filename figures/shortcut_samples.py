"""Shortcut bias of the three architectures against the number of samples."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from figures.marks import Mark, distinct
from figures.measured import Row, of_experiment
from figures.panels import AXIS, Panel
from figures.quantity_marks import interval_mark
from figures.spec import Content, FigureSpec, draw_content

EXPERIMENTS = ("shortcut-patches-n",)
QUANTITIES = {
    "bias_signed_best_validation": "bias, signed (no unit)",
    "along_s_best_validation": "mean of ŷ sign z_s (no unit)",
}


def content(table: Sequence[Row]) -> Content:
    """A panel for each ratio and quantity, a series for each architecture."""
    rows = sorted(of_experiment(table, *EXPERIMENTS), key=lambda row: (row["ratio"], row["n"]))
    marks: list[Mark] = []
    panels: list[Panel] = []
    for quantity, words in QUANTITIES.items():
        for ratio in distinct(row["ratio"] for row in rows) or [1.0]:
            key, title = f"{quantity} {ratio:g}", f"ratio {ratio:g}"
            shape = {"yscale": "linear", "dodge": True}
            panels.append(Panel(key=key, title=title, xlabel=AXIS["n"], ylabel=words, **shape))
            own = [row for row in rows if (row["quantity"], row["ratio"]) == (quantity, ratio)]
            marks += [
                interval_mark(row, x=row["n"], panel=key, series=row["model"], model=row["model"])
                for row in own
            ]
            if own:
                zero = {"series": "none", "model": "ratio", "source": "derived"}
                marks.append(Mark(panel=key, kind="level", y=0.0, **zero))
    return Content(marks=tuple(marks), panels=tuple(panels))


def draw(content: Content) -> Figure:
    """Ratios side by side, the two quantities below each other."""
    across = max(1, len(content.panels) // len(QUANTITIES))
    return draw_content(content, columns=across, panel_height=2.3, share_y=False)


def build(table: Sequence[Row]) -> Figure:
    """The figure of rows of quantities."""
    return draw(content(table))


FIGURE = FigureSpec(
    name="shortcut-samples",
    title="Shortcut bias against the number of samples",
    caption=(
        "Nets trained as in the protocol honest on n samples with core and shortcut in different patches; "
        "ρ_s = 0.78, where the optimal classifier gives the shortcut no weight. Above: bias (signed reliance "
        "less that of the optimal classifier of the latents); below: how far decisions go with the shortcut, "
        "0 for a net that leaves it aside. Mean over seeds with its 95 % interval. A question of this suite."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
    table="quantities",
)
