"""Every figure of the suite, in the order of the report. A new one is a file in the folder of its family
with a ``FIGURE``, or with several in ``FIGURES``.
"""

from types import ModuleType

from figures.drawing.spec import FigureSpec
from sims.pieces import outside
from sims.pieces.errors import require
from sims.pieces.listing import modules_of


def _figures_of(module: ModuleType) -> tuple[FigureSpec, ...]:
    return (module.FIGURE,) if hasattr(module, "FIGURE") else getattr(module, "FIGURES", ())


FIGURES: dict[str, FigureSpec] = {}
"""Figures by name."""

for _module in [*modules_of("figures"), *outside.modules()]:
    for _figure in () if _module.__name__ == __name__ else _figures_of(_module):
        require(isinstance(_figure, FigureSpec), "use", _figure, "a FIGURE that is a FigureSpec")
        _held = FIGURES.setdefault(_figure.name, _figure)
        require(_held is _figure, "use", _figure.name, "a figure whose name no other has")
