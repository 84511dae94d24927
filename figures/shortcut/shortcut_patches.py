"""n* of the three architectures to read the core, by how available the shortcut is and where it stands."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.captions import FCN_DIVERGES, SEED_BRACKETS
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.shortcut.shortcut_bias import RATIO
from sims.tables.configs import value_of

TITLES = {"patch": "shortcut in another patch", "all": "shortcut over all patches"}


def content(rows: Sequence[Row]) -> Content:
    """A panel for each placement, a series for each architecture."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for placement, title in TITLES.items():
        panels.append(Panel(key=placement, title=title, xlabel=RATIO, ylabel=AXIS["n_star"], dodge=True))
        marks += marks_of_rows(
            [row for row in rows if value_of(row, "task.placement") == placement],
            panel=placement,
            x=lambda row: value_of(row, "task.ratio"),
            series=lambda row: row["model"],
            variant=lambda _row: "",
        )
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="shortcut-patches",
    title="Shortcuts, locality and weight sharing",
    caption=(
        "n* for a 0-1 error within 0.04 of what the core alone allows, on samples whose shortcut tells "
        "nothing of the label. The core stands in one patch of each sample, the shortcut in another or, with "
        "the same energy, in all; ρ_s = 0.78, where the optimal classifier gives the shortcut no weight. A "
        f"question of this suite. {FCN_DIVERGES} {SEED_BRACKETS}"
    ),
    experiments=("shortcut-patches",),
    of_rows=content,
    draw=partial(draw_content, columns=2, panel_height=2.8),
)
