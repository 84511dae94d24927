"""Tables for notebooks."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any


def table(rows: Sequence[Mapping[str, Any]], *, title: str, lines: Iterable[str] = ()) -> str:
    """HTML: a title, some lines, and the rows, all of the same keys, as a table; None is a dash."""
    head = "".join(f"<th>{escape(name)}</th>" for name in (rows[0] if rows else ()))
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(in_cell(value))}</td>' for value in row.values())}</tr>" for row in rows
    )
    said = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return f"<div><b>{escape(title)}</b>{said}<table><tr>{head}</tr>{body}</table></div>"


def in_cell(value: Any) -> str:
    """A value as tables show it."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
