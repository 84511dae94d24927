"""The door to neural-tangents: the whole library on today's JAX, without TensorFlow; its networks as kernels.

Its last release, 0.6.5 of December 2023, asks for names that JAX has since moved, and for TensorFlow, which
only its `experimental` part uses. What is read in their place stands in `neural_tangents_source`.
"""

import dataclasses
import functools
import importlib
import math
import threading
import types
from collections.abc import Callable
from typing import Any

import jax

from theory.kernels.gram import Features
from theory.kernels.neural_tangents_source import mended_imports

_DOOR = threading.Lock()
"""Held by the thread that opens it: the others wait for the finished package."""


def neural_tangents() -> types.ModuleType:
    """The package neural_tangents 0.6.5, whole but for `experimental`, which needs TensorFlow.

    Kernels, batching, Monte Carlo, prediction and linearisation work, and empirical kernels in each of their
    implementations, the default ones included. After the first call `import neural_tangents` gives the same
    package anywhere in the process. Any number of calls, from several threads at once.

    JAX is not changed, nor is anything outside the package: four of its modules are read with some lines
    exchanged, which `theory.kernels.neural_tangents_source` lists with the reason of each.

    Raises `ImportError`, with the command to run, if the package is not installed or is of another version.

    >>> import numpy as np
    >>> stax = neural_tangents().stax
    >>> _, _, kernel = stax.serial(stax.Dense(8), stax.Relu(), stax.Dense(1))
    >>> kernel(np.ones((2, 3)), None, "ntk").shape
    (2, 2)
    """
    with _DOOR:
        return _opened()


@functools.cache
def _opened() -> types.ModuleType:
    with mended_imports():
        try:
            return importlib.import_module("neural_tangents")
        except ModuleNotFoundError as error:
            if error.name not in ("neural_tangents", "frozendict"):
                raise
            raise ImportError(
                f"{error.name} is not installed; run: pip install --no-deps neural-tangents==0.6.5 frozendict"
            ) from error


def stax() -> types.ModuleType:
    """Its module of networks, `neural_tangents.stax`."""
    return neural_tangents().stax


@dataclasses.dataclass(frozen=True)
class StaxKernel:
    """Any network of `neural_tangents.stax` as a kernel for `theory.kernels.gram` and what builds on it.

    function: the third value of `stax.serial` and its like; kind: "ntk" or "nngp". Inputs have the shape that
    the network takes, without the batch.

    Raises `ValueError` for another kind.
    """

    function: Callable[..., Any]
    kind: str = "ntk"

    def __post_init__(self) -> None:
        if self.kind not in ("ntk", "nngp"):
            raise ValueError(f"kind: got {self.kind!r}; allowed: ntk, nngp")

    def features(self, x: jax.Array) -> Features:
        """The inputs themselves."""
        return x

    def block(self, first: Features, second: Features) -> jax.Array:
        """The network's own kernel function."""
        return self.function(first, second, self.kind)

    def numbers_a_pair(self, shape: tuple[int, ...]) -> int:
        """All pairs of pixels, which a network with pooling needs."""
        return math.prod(shape[:-1]) ** 2
