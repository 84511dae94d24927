"""n* against k, d and sigma at one required cosine, one panel an experiment."""

from functools import partial

from figures.drawing.spec import FigureSpec
from figures.dsd.n_star import CAPTION, sweep_content

BAR = (
    "All cells of a panel ask for the least risk that one cosine of filters and signal allows; the budget is "
    "meant not to bind: many rates up to those that diverge, runs that end by patience."
)
ALONG_SIZES = (
    "sweeps-cosine-6",
    "sweeps-cosine-8",
    "architectures-cosine-8",
    "wide-grid",
    "cross-validation",
)
FIGURES = tuple(
    FigureSpec(
        name=f"one-bar-{variable}",
        title=f"Sample complexity against the {words}, at one required cosine",
        caption=f"{CAPTION} {BAR}",
        experiments=experiments,
        of_rows=partial(sweep_content, variable=variable),
    )
    for variable, words, experiments in (
        ("k", "number of patches", ALONG_SIZES),
        ("d", "patch size", ALONG_SIZES),
        ("sigma", "noise level", ("sigma-cosine-8",)),
    )
)
