"""What a figure is: its name, what it needs, and the pure functions from a table to its content and its
drawing."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.marks import Mark
from figures.drawing.panels import Panel, draw

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Content:
    """Everything that a drawing may use: the marks, which its CSV holds, and the panels they go to."""

    marks: tuple[Mark, ...]
    panels: tuple[Panel, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One figure of the suite.

    experiments: those whose cells it shows; table: "thresholds" (one row per cell and seed), "evaluations"
    (one row per cell, seed and n), "quantities" (one row per probe and quantity), "readings" (one row per
    cell, seed, n and number read off the net), "all" (thresholds, then quantities) or "sample" (drawn from
    the task itself; `content` then makes its own table from an empty one). `build(table)` equals
    `draw(content(table))`.
    """

    name: str
    title: str
    caption: str
    experiments: tuple[str, ...]
    content: Callable[[Sequence[Row]], Content]
    draw: Callable[[Content], Figure]
    table: str = "thresholds"

    def build(self, table: Sequence[Row]) -> Figure:
        """The figure of a table."""
        return self.draw(self.content(table))


def draw_content(content: Content, **options: Any) -> Figure:
    """Draw with the common panels."""
    return draw(content.marks, content.panels, **options)
