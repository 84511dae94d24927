"""The samples of one repetition: training sets of any size, held-out and test sets, from one key."""

import functools
import threading
import zlib

import jax
import numpy as np

from sims.samples import Samples, pack
from sims.tasks.base import TEST, TRAIN, Batch, Task

FRESH = 2
"""Fresh training sets of size n take stream FRESH + n."""
MORE, NAMES = 2**30, 2**29
"""Sets that are counted apart take a stream from MORE on, one of so many, by their name."""


class Datasets:
    """Draws from `task` under one `key`: at most `capacity` training samples at a time.

    Thread-safe; a repetition's nested training set and its test sets are drawn once.
    """

    def __init__(self, task: Task, key: jax.Array, *, capacity: int, block: int | None = None) -> None:
        self.task = task
        self.key = key
        self.capacity = capacity
        self._block = block
        self._lock = threading.Lock()
        self._nested = functools.lru_cache(maxsize=1)(lambda: self._draw(capacity, TRAIN))
        self._tests = functools.lru_cache(maxsize=4)(self._draw_test)
        self._others = functools.lru_cache(maxsize=None)(self._draw)

    def forget(self) -> None:
        """Give up the samples that are kept; they are drawn again when they are asked for."""
        with self._lock:
            self._nested.cache_clear()
            self._tests.cache_clear()
            self._others.cache_clear()

    def _draw(self, n: int, stream: int, task: Task | None = None) -> Batch:
        batch = (task or self.task).sample(self.key, n, stream=stream)
        return Batch(np.asarray(batch.x), np.asarray(batch.y), {})  # type: ignore[arg-type]

    def _draw_test(self, n: int, task: Task | None) -> Samples:
        return pack(self._draw(n, TEST, task), capacity=n, block=self._block)

    def _pack(self, batch: Batch) -> Samples:
        return pack(batch, capacity=self.capacity, block=self._block)

    def training(self, n: int, *, fresh: bool) -> Samples:
        """`n` training samples: a prefix of one nested set, or a set of its own for every n if `fresh`."""
        if fresh:
            # Drawn at a rounded size, so that the sampler is compiled for few shapes; the stream alone
            # depends on n.
            rounded = next(size for size in drawn_sizes(self.capacity) if size >= n)
            batch = self._draw(rounded, FRESH + n)
        else:
            with self._lock:
                batch = self._nested()
        return self._pack(Batch(batch.x[:n], batch.y[:n], {}))

    def split(self, n: int, *, every: int) -> tuple[Samples, Samples]:
        """The first `n` samples as (training, validation): sample j is held out if j = every - 1 modulo
        `every`.

        Both parts are nested in n.
        """
        with self._lock:
            batch = self._nested()
        held = np.arange(n) % every == every - 1
        x, y = batch.x[:n], batch.y[:n]
        return self._pack(Batch(x[~held], y[~held], {})), self._pack(Batch(x[held], y[held], {}))

    def test(self, n: int, *, task: Task | None = None) -> Samples:
        """`n` test samples, the same at every call; of another task with the same key, if one is given."""
        with self._lock:
            return self._tests(n, task)

    def more(
        self, name: str, n: int, *, most: int, task: Task | None = None, labelled: bool = False
    ) -> Samples:
        """The first `n` of `most` samples of a set that is counted apart, the same at every call; of another
        task with the same key, if one is given. Unless it is labelled all labels are NaN.
        """
        with self._lock:
            batch = self._others(most, MORE + zlib.crc32(name.encode()) % NAMES, task)
        y = batch.y[:n] if labelled else np.nan * batch.y[:n]
        return pack(Batch(batch.x[:n], y, {}), capacity=most, block=self._block)


def drawn_sizes(capacity: int) -> list[int]:
    """Sizes at which fresh sets are drawn, before they are cut to n: 2048, 8192, ... and the capacity."""
    sizes, size = [], 2048
    while size < capacity:
        sizes.append(size)
        size *= 4
    return [*sizes, capacity]
