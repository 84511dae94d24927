"""Store: one JSON file a cell, written whole or not at all; failures beside them, never mistaken for results.

::

    <store>/nstar-store.json           says whose folder this is
    <store>/<id[:2]>/<id>.json         {"format", "id", "config", "result", "provenance", "sha256"}
    <store>/failures/<id>.json         {"format", "id", "config", "error", "traceback", "provenance"}
    <store>/set-aside/                 files that were found in the wrong place or could not be read
    <store>/leases/<id>                there while a process computes the cell, see `sims.store.leases`
    <store>/tables/                    tables made of the cells
    <store>/index/                     what can be made again at any time, see `sims.store.index`
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sims.measuring.units import Result, Unit, result_from_json
from sims.pieces.cell import config_id
from sims.pieces.errors import InputError

FORMAT = 1
MARKER = "nstar-store.json"
DRAWN = ("figures", "tables", "report.html")
"""What commands that only read leave in the folder of a preset, also where nothing has been run yet."""
_SHARD = re.compile(r"[0-9a-f]{2}")
_ID = re.compile(r"[0-9a-f]{64}")
_MARKER_TEXT = json.dumps({"format": FORMAT, "what": "a store of nstar: one file a cell"}) + "\n"


class BadFileError(Exception):
    """A file of the store that is not what its name says; the message says why."""


@dataclasses.dataclass(frozen=True)
class Record:
    """What the store holds of one cell. provenance: seconds (wall time), versions, device."""

    id: str
    config: dict[str, Any]
    result: Result
    provenance: dict[str, Any]


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash at any moment, finds the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:16]}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


_SUM = ' "sha256": "'
"""How the last line of a cell's file begins: the sha256 of all lines before it."""
_SUM_END = len('"\n}\n')
_SUM_LENGTH = 64 + _SUM_END


def with_checksum(data: dict[str, Any]) -> str:
    """The text of a cell's file: JSON, its last entry the checksum of what stands before."""
    # An entry a line: json's indentation of everything takes ten times as long.
    entries = (f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)},\n" for key, value in data.items())
    body = "{\n" + "".join(entries)
    return f'{body}{_SUM}{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'


def is_whole(text: bytes, name: str) -> bool:
    """Whether `text` is a cell's file, of the id `name`, as it was written; False also for one without a
    checksum, of which only reading it can tell.
    """
    body, mark, rest = text.rpartition(_SUM.encode())
    if not mark or rest != f'{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode():
        return False
    return body.startswith(f'{{\n "format": {FORMAT},\n "id": "{name}",\n'.encode())


def parse_record(text: str, name: str) -> Record:
    """The record in `text`, checked against the id `name` of its file. Raises `BadFileError`."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadFileError(f"truncated or not JSON: {error}") from error
    except RecursionError as error:
        raise BadFileError("JSON nested too deeply") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadFileError(f"not a cell of format {FORMAT}")
    if "sha256" in data and not is_whole(text.encode(), str(data.get("id"))):
        raise BadFileError("changed since it was written: its checksum is another")
    try:
        config, provenance = data["config"], dict(data["provenance"])
        actual = config_id(config)
        record = Record(data["id"], config, result_from_json(config, data["result"]), provenance)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadFileError(f"an incomplete cell ({type(error).__name__}: {error})") from error
    if not name == record.id == actual:
        raise BadFileError(f"holds cell {actual[:8]}, not the one that it is named after")
    return record


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)


class Store:
    """A folder of cells. Making the object touches nothing on disk; `open` prepares the folder for writing.

    report: called with one line for every file that is set aside (default: standard error).
    """

    def __init__(self, root: str | Path, *, report: Callable[[str], None] = _to_stderr) -> None:
        self.root = Path(root)
        self.report = report

    @staticmethod
    def open(root: str | Path, *, report: Callable[[str], None] = _to_stderr) -> "Store":
        """A store to write to; `InputError` for ``store``, with nothing left behind, if it cannot be.

        A folder that holds other things than a store's is refused, for they are somebody's.
        """
        store = Store(root, report=report)
        allowed = "a folder that can be made or written to"
        missing: list[Path] = []
        try:
            missing = [path for path in (store.root, *store.root.parents) if not path.exists()]
            store.root.mkdir(parents=True, exist_ok=True)
            # Listed before the marker is looked for: another process that has just made this store writes
            # the marker first, and a temporary file of the marker may be all there is of it yet.
            empty = all(
                path.name in DRAWN or path.name.startswith(f".{MARKER}-") for path in store.root.iterdir()
            )
            if not store.is_marked():
                if empty:
                    write_atomically(store.root / MARKER, _MARKER_TEXT)
                elif not store.holds_cells():
                    raise InputError("store", str(root), "a new or empty folder, or a store of nstar")
            with tempfile.TemporaryFile(dir=store.root):
                pass
        except OSError as error:
            for path in missing:
                with contextlib.suppress(OSError):
                    path.rmdir()
            raise InputError("store", str(root), f"{allowed} ({error.strerror})") from error
        return store

    def is_marked(self) -> bool:
        """Whether the folder says of itself that it is a store."""
        return (self.root / MARKER).is_file()

    def holds_cells(self) -> bool:
        """Whether the folder has at least one valid cell, marked or not. Moves nothing."""
        return any(self._is_valid(path) for path in self._cell_files())

    @staticmethod
    def _is_valid(path: Path, name: str = "") -> bool:
        with contextlib.suppress(OSError, UnicodeDecodeError, BadFileError):
            parse_record(path.read_text(encoding="utf-8"), name or path.stem)
            return True
        return False

    # Results

    def path(self, cell_id: str) -> Path:
        """Where the result of the cell lies."""
        return self.root / cell_id[:2] / f"{cell_id}.json"

    def load(self, cell: Unit) -> Record | None:
        """The cell's record; None if it is not there, or was no valid record and has now been set aside."""
        return self._read(self.path(cell.id))

    def holds(self, cell: Unit) -> bool:
        """Whether the cell's file is there as it was written: by its checksum, cheaper than `load`."""
        return self.digest(cell.id) is not None

    def digest(self, cell_id: str) -> str | None:
        """The sha256 of what the cell's file says; None where `holds` says no."""
        return self._digest(self.path(cell_id))

    def _digest(self, path: Path) -> str | None:
        text = b""
        try:
            text = path.read_bytes()
            if is_whole(text, path.stem):
                return text[-_SUM_LENGTH:-_SUM_END].decode()
        except OSError:
            pass  # `_read` says what is the matter
        return None if self._read(path) is None else hashlib.sha256(text).hexdigest()

    def _read(self, path: Path) -> Record | None:
        try:
            return parse_record(path.read_text(encoding="utf-8"), path.stem)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except IsADirectoryError:
            self.set_aside(path, "a folder, not a file")
        except OSError as error:
            # Left in place: what cannot be read now may be whole, and readable later.
            self.report(f"{self._where(path)}: could not be read ({error.strerror}); ignored")
        except UnicodeDecodeError:
            self.set_aside(path, "not text")
        except BadFileError as error:
            self.set_aside(path, str(error))
        return None

    def save(self, cell: Unit, result: Result, provenance: dict[str, Any]) -> None:
        """Keep a result, replacing any, and forget that the cell ever failed. Raises `OSError`."""
        data = {
            "format": FORMAT,
            "id": cell.id,
            "config": cell.config(),
            "result": result.to_json(),
            "provenance": provenance,
        }
        write_atomically(self.path(cell.id), with_checksum(data))
        self.failure_path(cell.id).unlink(missing_ok=True)

    def records(self) -> list[Record]:
        """Every valid record, whatever the experiment, ordered by id."""
        found = [self._read(path) for path in self._cell_files()]
        return [record for record in found if record is not None]

    def ids(self) -> list[str]:
        """Ids of the cells that have a file, in order; the files are not read."""
        return [path.stem for path in self._cell_files()]

    def _cell_files(self) -> list[Path]:
        """The files that are named as cells are and lie where they do."""
        found = self.root.glob("[0-9a-f][0-9a-f]/*.json")
        return sorted(path for path in found if _ID.fullmatch(path.stem) and path == self.path(path.stem))

    # Failures

    def failure_path(self, cell_id: str) -> Path:
        """Where the last failure of the cell lies."""
        return self.root / "failures" / f"{cell_id}.json"

    def save_failure(self, cell: Unit, error: str, traceback: str, provenance: dict[str, Any]) -> None:
        """Keep why a cell failed, for people: no run ever reads it as a result. Raises `OSError`."""
        data = {
            "format": FORMAT,
            "id": cell.id,
            "config": cell.config(),
            "error": error,
            "traceback": traceback,
            "provenance": provenance,
        }
        write_atomically(self.failure_path(cell.id), json.dumps(data, indent=1) + "\n")

    def failure(self, cell: Unit) -> str | None:
        """The message of the cell's last failure, if it has not been computed since."""
        try:
            return str(json.loads(self.failure_path(cell.id).read_text(encoding="utf-8"))["error"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return None  # being written by another, or its server is away: not known
        except (ValueError, KeyError, TypeError, RecursionError):
            return "unreadable failure record"

    # Files that do not belong

    def set_aside(self, path: Path, reason: str, *, valid: bool = False) -> None:
        """Move a file to set-aside/ under a free name and report it in one line.

        valid: whether it is to go though it is a valid record, as one of code that has changed. In a folder
        without the marker nothing is moved: the file may be somebody else's.
        """
        folder = self.root / "set-aside"
        where = f"{self._where(path)}: {reason}"
        if not self.is_marked():
            self.report(f"{where}; ignored")
            return
        target, count = folder / path.name, 1
        try:
            folder.mkdir(exist_ok=True)
            while target.exists():
                target, count = folder / f"{path.stem}-{count}{path.suffix}", count + 1
            os.replace(path, target)
            # Another process may just have put a good file in the place of the bad one.
            if not valid and path == self.path(path.stem) and self._is_valid(target, path.stem):
                with contextlib.suppress(FileExistsError):
                    os.link(target, path)
                target.unlink()
                return
        except FileNotFoundError:
            return  # another process has just done it
        except OSError as error:
            self.report(f"{where}; ignored, and could not be set aside ({error.strerror})")
            return
        self.report(f"{where}; set aside as {target.relative_to(self.root)}")

    def _where(self, path: Path) -> str:
        return f"nstar: store {self.root}: {path.relative_to(self.root)}"

    def tidy(self) -> set[str]:
        """Set aside whatever lies where results lie, or as JSON beside them, and is none; the ids of those
        that are results.

        A folder that nstar did not make (one without the marker) is left alone.
        """
        found: set[str] = set()
        if not self.is_marked():
            return {path.stem for path in self._cell_files() if self._is_valid(path)}
        for folder in sorted(
            path for path in self.root.iterdir() if path.is_dir() and _SHARD.fullmatch(path.name)
        ):
            for path in sorted(folder.iterdir()):
                if path.suffix == ".tmp" and path.name.startswith("."):
                    self._remove_stale(path)  # being written by another process, or left by a killed one
                elif path.suffix == ".json" and path.is_file() and path.stem[:2] == folder.name:
                    if self._digest(path) is not None:
                        found.add(path.stem)
                else:
                    self.set_aside(path, "not a cell of this store")
        for path in sorted(self.root.glob("*.json")):
            if path.name != MARKER:
                self.set_aside(path, "not a file of this store")
        return found

    @staticmethod
    def _remove_stale(path: Path) -> None:
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > 3600:
                path.unlink()
