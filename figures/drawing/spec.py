"""What a figure is: its name, what it needs, and the pure functions from a table to its content and its
drawing."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.legend import legend_handles
from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import Panel, draw


@dataclasses.dataclass(frozen=True, kw_only=True)
class Content:
    """Everything that a drawing may use: the marks, which its CSV holds, and the panels they go to."""

    marks: Sequence[Mark]
    panels: Sequence[Panel]


def draw_content(content: Content, *, words: Mapping[str, str] | None = None, **options: Any) -> Figure:
    """Draw with the common panels.

    words: entries of the legend that are called otherwise here; given at all, also as {}, the legend has
    markers of matplotlib's own size. options: those of `figures.drawing.panels.draw`.
    """
    if words is None:
        return draw(content.marks, content.panels, **options)
    handles = legend_handles(content.marks)
    for handle in handles:
        label = str(handle.get_label())
        handle.set_label(words.get(label, label))
    return draw(content.marks, content.panels, handles=handles, **options)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One figure of the suite.

    experiments: those whose cells it shows; of_rows: its content, from the rows of these experiments alone;
    table: "thresholds" (one row per cell and seed), "evaluations" (one row per cell, seed and n),
    "quantities" (one row per probe and quantity), "readings" (one row per cell, seed, n and number read off
    the net), "all" (thresholds, then quantities) or "sample" (drawn from the task itself; `of_rows` then
    makes its own table from an empty one). `build(table)` equals
    `draw(content(table))`.
    """

    name: str
    title: str
    caption: str
    experiments: tuple[str, ...]
    of_rows: Callable[[Sequence[Row]], Content]
    draw: Callable[[Content], Figure] = draw_content
    table: str = "thresholds"

    def content(self, table: Sequence[Row]) -> Content:
        """What the figure shows of a table, which may hold rows of other experiments too."""
        return self.of_rows([row for row in table if row["experiment"] in self.experiments])

    def build(self, table: Sequence[Row]) -> Figure:
        """The figure of a table."""
        return self.draw(self.content(table))
