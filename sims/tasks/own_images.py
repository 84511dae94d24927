"""A folder of images of a user's own as a task: two folders in it are the two classes."""

import dataclasses
import functools
import hashlib
import io
import itertools
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np

from sims.pieces import register
from sims.pieces.errors import InputError, in_words, require
from sims.pieces.fields import Checked, Number, Whole
from sims.tasks.own_arrays import Divided

MAX_SIZE = 1024
EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
"""Pillow's modes of at most 8 bits a channel; others it cuts off."""


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Images(Checked, Divided):
    """Images of two folders, without replacement, as `sims.tasks.own_arrays.Arrays` draws its samples.

    Parameters
    ----------
    folder: a folder with a folder for each class.
    classes: the folders of -1 and +1; none for the only two there are, in the order of their names.
    size: pixels along an edge; images are shrunk or enlarged, and cut to a square from the middle.
    patch: pixels along the edge of a patch: k = (size / patch)^2 patches, row by row, of d = patch^2
        coordinates from 0 to 1, three times as many in colour.
    colour: three channels, else grey.
    digest: sha256 of all files; read from the folder, and if given, held against it.
    held_out: fraction of the samples in the test part.

    Files that Pillow has no format for are left aside, as are hidden ones. Raises `InputError`, named by the
    field, for a folder without two classes, and for a file that is no image of 8 bits a channel.
    """

    folder: str
    classes: tuple[str, ...] = ()
    size: Annotated[int, Whole(1, MAX_SIZE)] = 32
    patch: Annotated[int, Whole(1, MAX_SIZE)] = 8
    colour: bool = False
    digest: str = ""
    held_out: Annotated[float, Number(above=0, below=1)] = 0.25
    real: ClassVar[bool] = False
    name: ClassVar[str] = "images"
    version: ClassVar[int] = 1
    reads_files: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.size % self.patch == 0, "patch", self.patch, f"a divisor of the size {self.size}")
        different = not isinstance(self.classes, str) and len({*self.classes}) == len(self.classes)
        require(different and len(self.classes) in (0, 2), "classes", self.classes, "two folders, or none")
        object.__setattr__(self, "classes", tuple(self.classes) or _the_two(self.folder))
        stamp = hashlib.sha256()
        for path in itertools.chain(*(_images_in(self.folder, one) for one in self.classes)):
            stamp.update(f"{path};{path.stat().st_size};{path.stat().st_mtime_ns};".encode())
        object.__setattr__(self, "_stamp", stamp.hexdigest())
        found = self._read()[2]
        require(self.digest in ("", found), "digest", self.digest, f"{found}, that of the folder, or none")
        object.__setattr__(self, "digest", found)
        self.require_parts()

    def _read(self) -> tuple[np.ndarray, np.ndarray, str]:
        return _read(
            self.folder, self.classes, self.size, self.patch, colour=self.colour, stamp=vars(self)["_stamp"]
        )

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Images (N, k, d) and labels (N,), float32. Raises `InputError` where another process finds another
        folder.
        """
        x, y, found = self._read()
        require(found == self.digest, "digest", self.digest, f"{found}, that of the folder as it is now")
        return x, y

    @property
    def k(self) -> int:
        """Patches."""
        return (self.size // self.patch) ** 2

    @property
    def d(self) -> int:
        """Coordinates of a patch."""
        return self.patch**2 * (3 if self.colour else 1)


def images(
    folder: str | Path,
    *,
    classes: tuple[str, ...] = (),
    size: int = 32,
    patch: int = 8,
    colour: bool = False,
    held_out: float = 0.25,
) -> Images:
    """The task of a folder of images, see `Images`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, grey in (("dark", 40), ("light", 200)):
    ...         Path(folder, name).mkdir()
    ...         for number in range(4):
    ...             Image.new("L", (48, 40), grey + number).save(Path(folder, name, f"{number}.png"))
    ...     task = images(folder, size=16, patch=4)
    >>> task.k, task.d, task.classes
    (16, 16, ('dark', 'light'))
    """
    return Images(
        folder=str(folder), classes=classes, size=size, patch=patch, colour=colour, held_out=held_out
    )


def _the_two(folder: str) -> tuple[str, ...]:
    require(Path(folder).is_dir(), "folder", folder, "a folder with a folder of images for each class")
    found = sorted(path.name for path in Path(folder).iterdir() if path.is_dir() and path.name[0] != ".")
    shown = f"{folder} with {len(found)}: {', '.join(found[:5])}{', ...' if len(found) > 5 else ''}"
    allowed = "a folder with two folders, one a class; of more, two of them as classes"
    require(len(found) == 2, "folder", shown, allowed)
    return tuple(found)


def _images_in(folder: str, name: str) -> list[Path]:
    """Files of a class, those of folders within it too, in the order of their paths."""
    from PIL import Image

    place = Path(folder, name)
    require(place.is_dir(), "classes", name, f"a folder in {folder}")
    formats = Image.registered_extensions()
    found = [
        path
        for path in place.rglob("*")
        if path.suffix.lower() in formats
        and path.is_file()
        and not any(part[0] == "." for part in path.relative_to(place).parts)
    ]
    require(bool(found), "folder", str(place), "a folder with images, such as *.png or *.jpg")
    return sorted(found)


@functools.lru_cache(maxsize=4)
def _read(
    folder: str, classes: tuple[str, str], size: int, patch: int, *, colour: bool, stamp: str
) -> tuple[np.ndarray, np.ndarray, str]:
    """Images (N, k, d), labels (N,) and the digest of the files."""
    del stamp
    digest, pixels, y = hashlib.sha256(), [], []
    for name, label in zip(classes, (-1, 1), strict=True):
        for path in _images_in(folder, name):
            content = path.read_bytes()
            digest.update(f"{label};{len(content)};".encode() + content)
            pixels.append(_pixels(path, content, size, colour=colour))
            y.append(label)
    across = size // patch
    cut = np.stack(pixels).reshape(len(y), across, patch, across, patch, -1).swapaxes(2, 3)
    x = cut.reshape(len(y), across**2, -1).astype(np.float32) / 255
    return x, np.asarray(y, np.float32), digest.hexdigest()


def _pixels(path: Path, content: bytes, size: int, *, colour: bool) -> np.ndarray:
    """(size, size, channels) of 0 to 255."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content)) as image:
            require(image.mode in EIGHT_BITS, "folder", f"{path} of mode {image.mode}", "8 bits a channel")
            upright = ImageOps.exif_transpose(image).convert("RGB" if colour else "L")
            fitted = ImageOps.fit(upright, (size, size), Image.Resampling.BILINEAR)
    except InputError:
        raise
    # Pillow calls a damaged chunk a SyntaxError.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError("folder", str(path), f"images that Pillow can read ({in_words(error)})") from error
    return np.asarray(fitted, np.uint8).reshape(size, size, -1)
