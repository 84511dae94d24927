"""One style for every figure: text sizes, lines, and markers of what is censored."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.path import Path

PAGE = 7.0
"""Width in inches of the text of a two-column paper; about the width of a README on a screen."""

LINES = {
    "fit": "-",
    "measured": "-",
    "chosen law": (0, (9, 1.5, 1.2, 1.5)),
    "upper bound": (0, (5, 2)),
    "lower bound": (0, (1.2, 1.6)),
    "derived": (0, (6, 2, 1, 2)),
}
"""Line style by what a curve is: a power law is solid, the law that the data prefer has long dashes and dots,
a theorem's slope is dashed (upper bound) or dotted (lower bound)."""

ARROW_UP = Path(
    [[0, 0], [0, 1], [-0.34, 0.58], [0, 1], [0.34, 0.58]],
    [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO, Path.LINETO],
)
"""Marker of a right-censored value: the truth lies above."""
ARROW_DOWN = Path([[x, -y] for x, y in np.asarray(ARROW_UP.vertices)], ARROW_UP.codes)
"""Marker of a left-censored value: the truth lies below."""

STYLE: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 7.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.5,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "nstar",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": False,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw or save in the house style, whatever the user's own matplotlib settings are."""
    with matplotlib.style.context(["default", STYLE], after_reset=True):
        yield
