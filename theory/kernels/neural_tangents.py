"""The door to neural-tangents: its import on any JAX from 0.5.3 to 0.12, and its networks as kernels.

Its last release, 0.6.5 of December 2023, asks for names that JAX has since moved, and for TensorFlow, which
only its `experimental` part uses. Everything that this takes is in this file. Kernels, batching, Monte Carlo
and prediction work; of its empirical kernels only the implementations JACOBIAN_CONTRACTION and
NTK_VECTOR_PRODUCTS do.
"""

import dataclasses
import functools
import importlib
import importlib.util
import math
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

from theory.kernels.gram import Features

_CORE = (
    "AbstractValue",
    "Jaxpr",
    "JaxprEqn",
    "Literal",
    "Primitive",
    "ShapedArray",
    "Value",
    "Var",
    "eval_context",
)
_DIFFERENTIATION = ("UndefinedPrimal", "Zero", "zeros_like_p")
_UTIL = ("safe_map", "safe_zip")


_DOOR = threading.Lock()
"""Held by the thread that opens it: the stand-ins of one thread's import must not meet another's."""


def neural_tangents() -> types.ModuleType:
    """The package neural_tangents, imported. May be called from several threads at once.

    Names that JAX has moved are put back into `jax.core` and `jax.interpreters.ad`, and stay there. Raises
    `ImportError`, with the command to run, if the package is not installed.
    """
    with _DOOR:
        return _opened()


@functools.cache
def _opened() -> types.ModuleType:
    with _moved_names():
        try:
            return importlib.import_module("neural_tangents")
        except ModuleNotFoundError as error:
            if error.name not in ("neural_tangents", "frozendict"):
                raise
            raise ImportError(
                f"{error.name} is not installed; run: pip install --no-deps neural-tangents frozendict"
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


@contextmanager
def _moved_names() -> Iterator[None]:
    """What neural_tangents expects of JAX and of its own `experimental`, for the time of its import."""
    import jax.core
    import jax.interpreters.ad

    _put_back(jax.core, _CORE, ("jax.extend.core", "jax._src.core"))
    _put_back(jax.interpreters.ad, _DIFFERENTIATION, ("jax._src.interpreters.ad", "jax._src.ad_util"))
    stand_ins = {"neural_tangents.experimental": types.ModuleType("neural_tangents.experimental")}
    if importlib.util.find_spec("jax.util") is None:
        stand_ins["jax.util"] = types.ModuleType("jax.util")
        _put_back(stand_ins["jax.util"], _UTIL, ("jax._src.util",))
    added = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


def _put_back(target: types.ModuleType, names: tuple[str, ...], homes: tuple[str, ...]) -> None:
    """Set what `target` lacks of `names` from the first module of `homes` that has it.

    A name that none has is left out: neural_tangents then says so where it uses it. Names are looked for in
    the module's own dictionary, as asking for one that is deprecated would warn.
    """
    for name in names:
        if name in vars(target):
            continue
        for home in homes:
            found = vars(importlib.import_module(home)).get(name)
            if found is not None:
                setattr(target, name, found)
                break
