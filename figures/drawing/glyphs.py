"""How single marks look: colour by model, fill by variant, and drawing of values that may be missing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark

FILLS = ("full", "left", "bottom", "top", "right")
"""Fill of a marker by the position of its variant, so that one colour can carry several variants of a model.
An empty marker is kept for censored estimates."""


def colour_of(mark: Mark) -> str:
    """The colour of the mark's model."""
    return look_of(mark.model).colour


def point_style(variants: Sequence[str], mark: Mark) -> dict[str, Any]:
    """Line properties of a point: the model's marker and colour, filled by the place of its variant among
    all."""
    colour = colour_of(mark)
    fill = FILLS[variants.index(mark.variant) % len(FILLS)]
    return {
        "marker": look_of(mark.model).marker,
        "color": colour,
        "fillstyle": fill,
        "markerfacecolor": colour,
        "markerfacecoloralt": "white",
        "linestyle": "none",
        "zorder": 4,
    }


def plot(axes: Axes, x: Sequence[float | None], y: Sequence[float | None], **style: Any) -> None:
    """`Axes.plot` for values that may be missing (None), where the line breaks."""
    axes.plot(np.array(x, dtype=float), np.array(y, dtype=float), **style)
