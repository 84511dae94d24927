"""Save a figure as PNG, SVG and PDF beside the CSV of what it shows and a JSON of where it came from.

Saving the same figure twice writes the same bytes: no dates, no timings, fixed identifiers in the SVG.
"""

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from figures.drawing.style import house_style

DPI = 200
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
SUFFIXES = ("png", "svg", "pdf", "csv", "json")


def render(figure: Figure, suffix: str) -> bytes:
    """The figure as the bytes of a PNG (200 dots an inch), SVG or PDF file."""
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format=suffix, dpi=DPI, metadata=_METADATA[suffix])
    return buffer.getvalue()


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV. Floats are written so that they read back exactly; None becomes an empty field."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if row[key] is None else row[key] for key in columns} for row in rows)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Write unless the file already holds these bytes, through a temporary name so that no reader sees half a
    file."""
    if path.exists() and path.read_bytes() == content:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


def save(
    figure: Figure,
    *,
    out: Path,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    provenance: Mapping[str, Any],
    suffixes: Sequence[str] = SUFFIXES,
) -> list[Path]:
    """Write `name`.png, .svg, .pdf, .csv and .json into the directory `out` and return their paths.

    suffixes: of the files to write, in the order of `SUFFIXES`. Raises `OSError` where `out` cannot be
    written.
    """
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"{name}.{suffix}" for suffix in suffixes]
    for path, suffix in zip(paths, suffixes, strict=True):
        if suffix == "csv":
            content = csv_text(rows, columns).encode()
        elif suffix == "json":
            content = (json.dumps(dict(provenance), indent=1, sort_keys=True) + "\n").encode()
        else:
            content = render(figure, suffix)
            figure.set_layout_engine("none")  # all as the first was laid out
        _write(path, content)
    return paths
