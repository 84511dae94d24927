"""n* against the noise level sigma for every architecture, one panel an experiment and protocol."""

from collections.abc import Sequence

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.measured import Row
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.dsd.n_star import sweep_content

EXPERIMENTS = ("sigma",)


def content(table: Sequence[Row]) -> Content:
    """Estimates, brackets, fitted laws and theorems' slopes along every sweep in sigma."""
    return sweep_content(table, "sigma", EXPERIMENTS)


FIGURE = FigureSpec(
    name="n-star-sigma",
    title="Sample complexity against the noise level",
    caption=(
        "Points: estimate of n*, the number of labelled samples at which half of the seeds reach the "
        f"target, with its 95 % interval. {SEED_BRACKETS} "
        "Solid lines: power law fitted to the brackets by interval-censored maximum likelihood, its exponent "
        "written at its end. Broken lines: the growth that a theorem states, pinned to the fit in the middle "
        "because theorems leave the constant free. Arrows: censored, n* lies beyond."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw_content,
)
