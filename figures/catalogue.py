"""Every figure of the suite, in the order of the report. A new one is a file in the folder of its family
with a ``FIGURE``, or with several in ``FIGURES``.
"""

from types import ModuleType

from figures.drawing.spec import FigureSpec
from sims.pieces import outside
from sims.pieces.listing import modules_of


def _figures_of(module: ModuleType) -> tuple[FigureSpec, ...]:
    return (module.FIGURE,) if hasattr(module, "FIGURE") else getattr(module, "FIGURES", ())


FIGURES: dict[str, FigureSpec] = {
    figure.name: figure
    for module in [*modules_of("figures"), *outside.modules()]
    for figure in _figures_of(module)
}
"""Figures by name."""
