"""Folders of images with a table of binary attributes, in the layouts of Waterbirds and CelebA.

    waterbirds   metadata.csv with img_filename, split and attributes of 0 and 1, such as y and place
                 (Sagawa et al. 2020); files relative to the folder
    celeba       list_attr_celeba.csv (image_id and attributes of -1 and 1) and list_eval_partition.csv
                 (image_id, partition), or the same as .txt, blank-separated, as they were first published
                 (Liu et al. 2015); files in img_align_celeba/

split and partition are 0 for training, 1 for validation, 2 for test.
"""

import csv
import dataclasses
import functools
import hashlib
from pathlib import Path

import numpy as np

from sims.pieces.errors import InputError, require

LAYOUTS = ("waterbirds", "celeba")
NOT_ATTRIBUTES = ("img_id", "img_filename", "place_filename", "split", "image_id", "partition")
SPLITS = ("0", "1", "2")
KEPT = 8192
"""Decoded images kept in memory, 3 size^2 bytes each."""


@dataclasses.dataclass(frozen=True)
class ImageTable:
    """Files of the images (n,), attributes (n,) of -1 and +1 by name, and split (n,) of 0, 1, 2.

    digest: sha256 of the tables and of the sizes of all files, in hexadecimal.
    """

    files: tuple[Path, ...]
    attributes: dict[str, np.ndarray]
    split: np.ndarray
    digest: str

    def rows(self, split: int, shortcut: str, core: str, z: tuple[int, int]) -> np.ndarray:
        """Indices of the images of a split whose two attributes have the values z."""
        s, c = self.attributes[shortcut], self.attributes[core]
        return np.flatnonzero((self.split == split) & (s == z[0]) & (c == z[1]))

    def image(self, index: int, size: int) -> np.ndarray:
        """Image (size, size, 3) in [0, 1], float32: shrunk to its shorter edge, the middle cut out.

        Raises `OSError`, naming the file, for one that cannot be read.
        """
        return _decoded(self.files[index], size).astype(np.float32) / 255


@functools.lru_cache(maxsize=KEPT)
def _decoded(path: Path, size: int) -> np.ndarray:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            fitted = ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError) as error:  # Pillow calls a damaged chunk a SyntaxError
        raise OSError(f"{path}: {error}") from error
    return np.asarray(fitted, np.uint8)


def read_image_table(folder: str, layout: str) -> ImageTable:
    """The table of a folder, with every file's size in its digest: read once in a process, again where the
    tables have changed. Raises `InputError` for ``folder`` or ``layout``.
    """
    require(layout in LAYOUTS, "layout", layout, ", ".join(LAYOUTS))
    root = Path(folder)
    require(root.is_dir(), "folder", folder, "a folder")
    tables = _tables(root, folder, layout)
    stamp = tuple((str(path), path.stat().st_mtime_ns) for path in tables)
    return _read(root, layout, tuple(tables), stamp)


@functools.lru_cache(maxsize=4)
def _read(root: Path, layout: str, tables: tuple[Path, ...], stamp: object) -> ImageTable:
    del stamp
    if layout == "waterbirds":
        rows = _records(tables[0])
        names, splits, base = _column(rows, "img_filename", tables[0]), None, root
    else:
        rows = _records(tables[0])
        parts = dict(_pairs(tables[1]))
        names, base = _column(rows, "image_id", tables[0]), root / "img_align_celeba"
        splits = [parts.get(name, "") for name in names]
    if splits is None:
        splits = _column(rows, "split", tables[0])
    wrong = next((row for row, split in enumerate(splits) if split not in SPLITS), None)
    if wrong is not None:
        raise InputError(
            "folder", str(root), f"a split of 0, 1 or 2 for every image; {names[wrong]} has none"
        )
    attributes = {}
    for name in rows[0]:
        values = {row[name] for row in rows}
        if name not in NOT_ATTRIBUTES and values <= {"0", "1", "-1"}:
            attributes[name] = np.array([1 if row[name] == "1" else -1 for row in rows])
    digest = hashlib.sha256()
    for table in tables:
        digest.update(table.read_bytes())
    files = tuple(base / name for name in names)
    for file in files:
        try:
            digest.update(f"{file.stat().st_size};".encode())
        except OSError as error:
            raise InputError("folder", str(root), f"one with all its images; {file} is missing") from error
    return ImageTable(files, attributes, np.array([int(split) for split in splits]), digest.hexdigest())


def _tables(root: Path, folder: str, layout: str) -> list[Path]:
    wanted = ("metadata",) if layout == "waterbirds" else ("list_attr_celeba", "list_eval_partition")
    endings = (".csv",) if layout == "waterbirds" else (".csv", ".txt")
    found = []
    for name in wanted:
        paths = [root / f"{name}{ending}" for ending in endings if (root / f"{name}{ending}").is_file()]
        allowed = f"one with {name}{' or '.join(endings)}, the layout of {layout}"
        require(len(paths) > 0, "folder", folder, allowed)
        found.append(paths[0])
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("folder", str(path.parent), f"one with {path.name} in UTF-8") from error


def _records(path: Path) -> list[dict[str, str]]:
    """The rows of a table by column, at least one."""
    text = _text(path)
    if path.suffix == ".csv":
        found = [{name.strip(): (value or "").strip() for name, value in row.items() if name}
                 for row in csv.DictReader(text.splitlines())]  # fmt: skip
    else:
        # A number of rows, the names of the attributes, then a file and its attributes in each line.
        lines = [line.split() for line in text.splitlines()[1:] if line.strip()]
        names = ["image_id", *lines[0]] if lines else []
        short = next((line for line in lines[1:] if len(line) != len(names)), None)
        if short is not None:
            allowed = f"{len(names)} values in every line of {path.name}; that of {short[0]} has {len(short)}"
            raise InputError("folder", str(path.parent), allowed)
        found = [dict(zip(names, line, strict=True)) for line in lines[1:]]
    if not found:
        raise InputError("folder", str(path.parent), f"a table with rows; {path.name} has none")
    return found


def _pairs(path: Path) -> list[tuple[str, str]]:
    """(file, split) of every row."""
    if path.suffix == ".csv":
        rows = _records(path)
        return list(zip(_column(rows, "image_id", path), _column(rows, "partition", path), strict=True))
    lines = [line.split() for line in _text(path).splitlines() if line.strip()]
    return [(line[0], line[1]) for line in lines if len(line) == 2]


def _column(rows: list[dict[str, str]], name: str, path: Path) -> list[str]:
    if name not in rows[0]:
        raise InputError("folder", str(path.parent), f"a column {name} in {path.name}")
    return [row[name] for row in rows]
