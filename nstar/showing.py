"""How results show themselves in a notebook: a table, and a picture that is drawn when it is looked at."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = (4.6, 3.2)
"""Inches of a picture in a notebook."""


class Pictured:
    """Mixin of results with a picture: `_draw` onto axes, or False where there is nothing to draw."""

    def _draw(self, ax: "Axes") -> bool:
        raise NotImplementedError

    @cached_property
    def _png(self) -> bytes | None:
        from matplotlib.figure import Figure  # late: a result that nobody looks at is not drawn

        from figures.drawing.save import render
        from figures.drawing.style import house_style

        import_module("nstar.drawing")  # before there is a style: it loads a notebook's backend
        with house_style():
            figure = Figure(figsize=PICTURE, layout="constrained")
            drawn = self._draw(figure.subplots())
        return render(figure, "png") if drawn else None

    def _repr_png_(self) -> bytes | None:
        return self._png

    def _image(self) -> str:
        """The picture as HTML; nothing where there is none."""
        if self._png is None:
            return ""
        data = base64.b64encode(self._png).decode()
        return f'<img width="{round(100 * PICTURE[0])}" src="data:image/png;base64,{data}">'


def table(
    rows: Sequence[Mapping[str, Any]], *, title: str, lines: Iterable[str] = (), image: str = ""
) -> str:
    """HTML: a title, some lines, the rows, all of the same keys, as a table, and an image; None is a dash."""
    head = "".join(f"<th>{escape(name)}</th>" for name in (rows[0] if rows else ()))
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(in_cell(value))}</td>' for value in row.values())}</tr>" for row in rows
    )
    said = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return f"<div><b>{escape(title)}</b>{said}<table><tr>{head}</tr>{body}</table>{image}</div>"


def in_cell(value: Any) -> str:
    """A value as tables show it."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
