"""Index: what a store remembers of what it was asked, so that asking again takes no making of cells.

::

    <store>/index/<experiment>-<preset>.json    ids of the experiment's cells, and what defines them
    <store>/index/tables-<experiment>.json      which cells the experiment's tables were made of

Making ten thousand cells takes seconds, as the pieces that they are made of import jax; reading their ids
takes none. An entry holds for the settings and the source code that it was made of, byte for byte, and any
may be deleted at any time.
"""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sims
import theory
from sims.measuring.units import Unit
from sims.pieces.cell import Cell
from sims.store import write_atomically

PACKAGES = (sims, theory)
"""Packages whose source code may have a say in what a cell is."""


@cache
def sources() -> str:
    """sha256 of all source files of `PACKAGES`, names included."""
    found = hashlib.sha256()
    for package in PACKAGES:
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            content = path.read_bytes()
            found.update(f"{package.__name__}/{path.relative_to(root)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def definition(settings: Iterable[Any]) -> str:
    """sha256 of the settings of cells and of the code that makes cells of them."""
    found = hashlib.sha256(sources().encode())
    for setting in settings:
        found.update(f"{setting!r}\n".encode())
    return found.hexdigest()


def is_covered(unit: Unit) -> bool:
    """Whether all that defines the unit is its settings and code in `PACKAGES`: pieces of other packages, and
    those that read files (`reads_files`), may change unseen.
    """
    return all(map(_is_ours, unit.pieces().values() if isinstance(unit, Cell) else [unit.probe]))


def _is_ours(piece: Any) -> bool:
    """Of a piece and the pieces in its fields; a plain value has no code."""
    if isinstance(piece, tuple):
        return all(map(_is_ours, piece))
    if not dataclasses.is_dataclass(piece):
        return True
    package = type(piece).__module__.partition(".")[0]
    fine = package in {one.__name__ for one in PACKAGES} and not getattr(piece, "reads_files", False)
    return fine and all(_is_ours(getattr(piece, field.name)) for field in dataclasses.fields(piece))


class Index:
    """The index of the store at `root`, which need not exist. Reads what fits and nothing else; what cannot
    be written is not kept, for it can be done without.
    """

    def __init__(self, root: str | Path) -> None:
        self._folder = Path(root) / "index"

    def ids(self, name: str, definition: str) -> list[str] | None:
        """The ids that were kept under the name, in their order, if they are of this definition."""
        found = self._read(name)
        ids = found.get("ids")
        return ids if found.get("definition") == definition and isinstance(ids, list) else None

    def keep_ids(self, name: str, definition: str, units: Sequence[Unit]) -> None:
        """Keep the ids of the units, if they are all of this package's making."""
        if all(map(is_covered, units)):
            self._write(name, {"definition": definition, "ids": [unit.id for unit in units]})

    def has_tables(self, name: str, cells: str, paths: Iterable[Path]) -> bool:
        """Whether the files at `paths` are the tables that were made of these cells, unchanged since.

        cells: a digest of the cells' files and of what makes tables of them.
        """
        kept = self._read(f"tables-{name}")
        return kept.get("cells") == cells and kept.get("files") == _digests(paths)

    def keep_tables(self, name: str, cells: str, texts: Mapping[str, str]) -> None:
        """Keep that tables of these names and contents were made of these cells."""
        files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        self._write(f"tables-{name}", {"cells": cells, "files": files})

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, data: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):
            write_atomically(self._folder / f"{name}.json", json.dumps(data) + "\n")


def _digests(paths: Iterable[Path]) -> dict[str, str | None]:
    """sha256 of each file, by its name; None for one that is not there."""
    found: dict[str, str | None] = {}
    for path in paths:
        try:
            with open(path, "rb") as file:
                found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            found[path.name] = None
    return found
