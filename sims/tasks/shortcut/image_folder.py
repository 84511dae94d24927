"""Real images with two annotated attributes, resampled to set predictivities.

A label y, a shortcut and a core attribute are drawn as in `sims.tasks.shortcut.attributes`; the image is a
random one of the folder with these two attributes. After section 7 of Hermann et al. 2024 (2310.16228), which
resamples Waterbirds (bird, background) and CelebA (attractive, smiling), with the bird's predictivity at 0.99
(figure 6). The images are not part of nstar.
"""

import dataclasses
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Whole
from sims.tasks.base import PROBES, Batch
from sims.tasks.shortcut.attributes import PREDICTIVITY, OfAttributes, attributes, balanced
from sims.tasks.shortcut.image_table import ImageTable, read_image_table

COLUMNS = {"waterbirds": ("place", "y"), "celeba": ("Smiling", "Attractive")}
"""Shortcut and core, unless others are named."""
TRAIN, VALIDATION, TEST = 0, 1, 2
MAX_SIZE = 1024


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageFolder(Checked, OfAttributes):
    """The module's task; a patch is a pixel: k = size^2, d = 3 colours.

    Parameters
    ----------
    folder, layout: the images and their table, see `sims.tasks.shortcut.image_table`.
    rho_s, rho_c: predictivities, from 1/2 to 1.
    shortcut, core: names of the attributes, none for those of the paper.
    size: pixels along an edge; images are shrunk and cut to a square.
    digest: sha256 of the tables and of the sizes of all files; read from the folder, and if given, held
        against it, so that a cell names its data.

    Images are drawn with replacement: a rare combination shows the same few often. Stream 1 comes from the
    validation split, all others from the training split, probes from the test split.
    Latents: ``z_s``, ``z_c`` (n,) of +-1. Needs Pillow. Raises `InputError`, named by the field, for values
    out of range, unknown attributes, or a combination of them without an image in some split.
    """

    folder: str
    layout: str
    rho_s: Annotated[float, PREDICTIVITY]
    rho_c: Annotated[float, PREDICTIVITY] = 0.99
    shortcut: str | None = None
    core: str | None = None
    size: Annotated[int, Whole(1, MAX_SIZE)] = 64
    digest: str = ""
    name: ClassVar[str] = "image_folder"
    reads_files: ClassVar[bool] = True
    version: ClassVar[int] = 1
    d: ClassVar[int] = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        table = self.table()
        for field, name in zip(("shortcut", "core"), COLUMNS[self.layout], strict=True):
            if getattr(self, field) is None:
                object.__setattr__(self, field, name)
            known = sorted(table.attributes)
            require(getattr(self, field) in known, field, getattr(self, field), ", ".join(known))
        require(self.shortcut != self.core, "shortcut", self.shortcut, "another attribute than core")
        same = self.digest in ("", table.digest)
        require(same, "digest", self.digest, f"{table.digest}, that of the folder, or none")
        object.__setattr__(self, "digest", table.digest)
        for split in (TRAIN, VALIDATION, TEST):
            for z in balanced(4).astype(int):
                there = len(self._rows(split, z)) > 0
                which = f"{self.shortcut} = {z[0]}, {self.core} = {z[1]} in split {split}"
                require(there, "folder", self.folder, f"one with an image of {which}")

    def table(self) -> ImageTable:
        """The folder's table. Raises `InputError` for ``folder`` or ``layout``."""
        return read_image_table(self.folder, self.layout)

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, 3) in [0, 1] and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        y, z, keys = attributes(key, stream, self.rho_s, self.rho_c, n=n)
        return self._batch(keys, np.asarray(z), y, VALIDATION if stream == 1 else TRAIN)

    def probes(self, key: jax.Array, n: int) -> Batch:
        """Images (n, k, 3) of the test split, with the attributes `probe_latents`; y is 0."""
        keys = attributes(key, PROBES, 0.5, 0.5, n=n)[2]
        return self._batch(keys, balanced(n), jnp.zeros(n, jnp.float32), TEST)

    def _batch(self, keys: jax.Array, z: np.ndarray, y: jax.Array, split: int) -> Batch:
        table = self.table()
        drawn = np.asarray(jax.vmap(lambda key: jax.random.uniform(key, ()))(keys)) if len(z) else ()
        x = np.zeros((len(z), self.size, self.size, 3), np.float32)
        rows = {tuple(one): self._rows(split, one) for one in balanced(4).astype(int)}
        for index, (own, u) in enumerate(zip(z.astype(int), drawn, strict=True)):
            among = rows[tuple(own)]
            x[index] = table.image(among[min(int(u * len(among)), len(among) - 1)], self.size)
        latents = {"z_s": jnp.asarray(z[:, 0]), "z_c": jnp.asarray(z[:, 1])}
        return Batch(jnp.asarray(x.reshape(len(z), self.k, 3)), y, latents)

    def _rows(self, split: int, z: np.ndarray) -> np.ndarray:
        assert self.shortcut is not None
        assert self.core is not None
        return self.table().rows(split, self.shortcut, self.core, (int(z[0]), int(z[1])))
