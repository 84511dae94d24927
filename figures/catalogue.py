"""Every figure of the suite, in the order of the report. A new one is a file in the folder of its family."""

from figures.drawing.spec import FigureSpec
from sims.pieces import outside
from sims.pieces.listing import modules_of

FIGURES: dict[str, FigureSpec] = {
    module.FIGURE.name: module.FIGURE
    for module in [*modules_of("figures"), *outside.modules()]
    if hasattr(module, "FIGURE")
}
"""Figures by name."""
