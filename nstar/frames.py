"""Rows as frames of other libraries, none of which nstar needs itself."""

import contextlib
import importlib
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sims.cli.options import not_writable, require_place
from sims.pieces.errors import InputError, is_number
from sims.tables.configs import in_text


class Framed:
    """Mixin of results that are rows: a pandas or a polars DataFrame, a Parquet file.

    The rows go without their ``config``. A column of numbers, of words or of true and false is one; any other
    is one of words. Raises `InputError`, named by the method, where the library is not installed.
    """

    def _records(self) -> Iterable[Mapping[str, Any]]:
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`."""
        return _library("to_pandas", "pandas").DataFrame(_columns(self._records()))

    def to_polars(self) -> Any:
        """A `polars.DataFrame`."""
        return _library("to_polars", "polars").DataFrame(_columns(self._records()), strict=False)

    def to_parquet(self, path: str | Path) -> Path:
        """Write a Parquet file, by pyarrow; its path. Raises `InputError` for one that cannot be written."""
        table = _library("to_parquet", "pyarrow").table(_columns(self._records()))
        out = Path(path)
        require_place("path", out)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.ExitStack() as stack:
                folder = stack.enter_context(tempfile.TemporaryDirectory(dir=out.parent))
                _library("to_parquet", "pyarrow.parquet").write_table(table, Path(folder, out.name))
                Path(folder, out.name).replace(out)
        except OSError as error:
            raise not_writable("path", out, error) from error
        return out


def _library(method: str, name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        allowed = f"an environment with {package}: pip install {package}"
        raise InputError(method, f"no module {package}", allowed) from error


def _columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Columns by name, each of values of one kind, or None."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row if name != "config")
    return {name: _of_one_kind([row.get(name) for row in rows]) for name in names}


def _of_one_kind(values: list[Any]) -> list[Any]:
    there = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in there) or all(isinstance(value, str) for value in there):
        return values
    if all(isinstance(value, int) and not isinstance(value, bool) for value in there):
        return values
    if all(is_number(value) or isinstance(value, float) for value in there):
        return [None if value is None else float(value) for value in values]
    return [None if value is None else in_text(value) for value in values]
