"""What every task provides: labelled samples of k patches with d coordinates, drawn from a key."""

import hashlib
from typing import ClassVar, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

TRAIN, TEST = 0, 1
"""Streams of a task's key: of nested training sets and of test sets."""
PROBES = 2**31 - 1
"""The stream of images on which a net is probed, far from those of samples."""


class Batch(NamedTuple):
    """Samples of a task: images ``x`` (n, k, d), labels ``y`` (n,) of -1 or +1 (any real number in a
    regression task), or (n, o) of o numbers each, and their latents.
    """

    x: jax.Array
    y: jax.Array
    latents: dict[str, jax.Array]


class Task(Protocol):
    """A frozen dataclass, registered with ``@register("task")``.

    For one key and stream, samples are nested: ``sample(key, n)`` is a prefix of ``sample(key, n')`` for n'
    > n. Streams of one key share everything that belongs to the problem (the signal), not the samples.

    ``keeps_label: ClassVar[tuple[str, ...]]``, which a task may have beside, names the augmentations that
    leave its labels true. It is for readers: a learner takes any other as well.

    ``label_shape: tuple[int, ...]``, which a task may have beside, is the shape of one label: (o,) for o
    numbers; see `label_shape`.

    ``parts: tuple[int, int]``, which a task of so many samples and no more has beside, says how many may be
    trained on and how many stream `TEST` has.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    @property
    def k(self) -> int:
        """Number of patches."""
        ...

    @property
    def d(self) -> int:
        """Coordinates a patch."""
        ...

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """The first `n` samples of a stream, float32."""
        ...

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk that theory gives for a reference predictor, in a metric, "squared", "zero_one" or "top_one".

        kind: "oracle", "linear", "ground_truth" or "bayes", as far as the task has them, and "zero", which is
        0 for every task. Raises `InputError` for others.
        """
        ...


def label_shape(task: Task) -> tuple[int, ...]:
    """Shape of one label of a task: (o,) for o numbers, () for one, which is what a task means that says
    nothing.
    """
    return tuple(getattr(task, "label_shape", ()))


def task_key(drawn_from: str, seed: int) -> jax.Array:
    """The key of one repetition, folded from the cell's id (`sims.pieces.cell.Cell.drawn_from`): order,
    workers and machine cannot change it.
    """
    digest = hashlib.sha256(f"{drawn_from}/{seed}".encode()).digest()
    words = jnp.asarray(np.frombuffer(digest[:8], ">u4").astype(np.uint32))
    return jax.random.wrap_key_data(words, impl="threefry2x32")
