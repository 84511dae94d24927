"""Labelled data of a user's own as a task: n* is how many of these samples a learner needs."""

import dataclasses
import functools
import hashlib
from pathlib import Path
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from sims.pieces import register
from sims.pieces.errors import InputError, in_words, require
from sims.pieces.fields import Checked, Number
from sims.tasks.base import TEST, TRAIN, Batch
from sims.tasks.labelled import floor_of_none, images, labels

_SPLIT = 2**31 - 3
"""Beside the key, of the permutation that sets the test part apart: no stream has this number."""

_held: dict[str, tuple[np.ndarray, np.ndarray]] = {}


class Divided:
    """Mixin of tasks that have so many samples and no more: a ``held_out`` fraction is the test part, the
    rest may be trained on.
    """

    held_out: float

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Images (N, k, d) and labels (N,), float32."""
        raise NotImplementedError

    def require_parts(self) -> None:
        """Raise `InputError` for ``held_out`` where a part would be empty."""
        train, test = self.parts
        allowed = f"at least one of {train + test} samples in each part"
        require(train >= 1 and test >= 1, "held_out", self.held_out, allowed)

    @property
    def k(self) -> int:
        """Patches: the product of the axes between the first and the last."""
        return self.arrays[0].shape[1]

    @property
    def d(self) -> int:
        """The last axis."""
        return self.arrays[0].shape[2]

    @property
    def parts(self) -> tuple[int, int]:
        """Samples that may be trained on, and of the test part."""
        total = len(self.arrays[1])
        test = round(self.held_out * total)
        return total - test, test

    def sample(self, key: jax.Array, n: int, *, stream: int = TRAIN) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, d) and y (n,), float32; latents: their ``row`` (n,)."""
        train, test = self.parts
        most = test if stream == TEST else train
        which = "of the test part" if stream == TEST else "that may be trained on"
        require(0 <= n <= most, "n", n, f"an integer >= 0 and <= {most}, the samples {which}")
        words = np.asarray(jax.random.key_data(key)).ravel().tolist()
        split = np.random.default_rng([*words, _SPLIT]).permutation(train + test)
        rows = split[:test] if stream == TEST else split[test:]
        if stream not in (TRAIN, TEST):
            rows = np.random.default_rng([*words, stream]).permutation(rows)
        x, y = self.arrays
        return Batch(jnp.asarray(x[rows[:n]]), jnp.asarray(y[rows[:n]]), {"row": jnp.asarray(rows[:n])})

    def floor(self, kind: str, metric: str = "squared") -> float:
        """0 for "zero", the only one."""
        del metric
        return floor_of_none(kind)


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Arrays(Checked, Divided):
    """Samples of two arrays, without replacement: the first n of a permutation that the key draws.

    The key sets a test part apart first, from which stream 1 comes and no other, so that nothing that is
    judged on was trained on in the same repetition. Stream 0 is the rest in one order, every other stream
    the rest in an order of its own.

    Parameters
    ----------
    digest: sha256 of images and labels; of arrays that this process holds (`arrays`) it is all there is.
    file: a file ``*.npz`` with X and y, which any process can read; none for arrays that are held.
    held_out: fraction of the samples in the test part.
    real: whether labels are any real numbers; else they are two classes, the smaller -1 and the larger +1.

    An input (n, ..., d) has d coordinates a patch, and the axes between are patches: (n, d) is one patch.
    Raises `InputError`, named by the field, X or y.
    """

    digest: str = ""
    file: str = ""
    held_out: Annotated[float, Number(above=0, below=1)] = 0.25
    real: bool = False
    name: ClassVar[str] = "arrays"
    version: ClassVar[int] = 1
    reads_files: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.file:
            found = _kept(
                *_read(
                    self.file,
                    Path(self.file).stat().st_mtime_ns if Path(self.file).is_file() else 0,
                    self.real,
                )
            )
            same = self.digest in ("", found)
            require(same, "digest", self.digest, f"{found}, that of the file, or none")
            object.__setattr__(self, "digest", found)
        allowed = (
            "that of arrays which this process holds; other processes read a file, file=DATA.npz with X and y"
        )
        require(self.digest in _held, "digest", self.digest or None, allowed)
        self.require_parts()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_arrays": self.arrays}

    def __setstate__(self, state: dict[str, Any]) -> None:
        _held[state["digest"]] = state.pop("_arrays")
        vars(self).update(state)

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Images (N, k, d) and labels (N,), float32."""
        return _held[self.digest]


def arrays(X: Any, y: Any, *, held_out: float = 0.25, real: bool = False) -> Arrays:
    """The task of inputs X (n, ...) and their labels y (n,), which this process holds from now on.

    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> task = arrays(X, y % 2)
    >>> task.k, task.d, task.held_out
    (1, 64, 0.25)
    """
    x = images(X)
    return Arrays(digest=_kept(x, labels(y, len(x), real=real)), held_out=held_out, real=real)


def _kept(x: np.ndarray, y: np.ndarray) -> str:
    found = hashlib.sha256(f"{x.shape}".encode())
    for one in (x, y):
        found.update(np.ascontiguousarray(one).tobytes())
    digest = found.hexdigest()
    if digest not in _held:
        _held[digest] = x.copy(), y.copy()
    return digest


@functools.lru_cache(maxsize=4)
def _read(file: str, stamp: int, real: bool) -> tuple[np.ndarray, np.ndarray]:
    del stamp
    try:
        with np.load(file, allow_pickle=False) as found:
            inputs, outputs = found["X"], found["y"]
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise InputError("file", file, f"a file *.npz with arrays X and y ({in_words(error)})") from error
    x = images(inputs)
    return x, labels(outputs, len(x), real=real)
