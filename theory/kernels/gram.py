"""Gram matrices in blocks: what every kernel shares, whatever it computes on a pair of inputs."""

import contextlib
import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from numpy.typing import ArrayLike

Features = Any
"""What a kernel computes once an input: a tree of arrays whose first axis is the input's index."""

CACHED = 2**20
"""Bytes of one temporary of a block on a CPU: a few of them stay in the second-level cache."""
ON_DEVICE = 2**28
"""The same on an accelerator, which wants large products."""


@runtime_checkable
class Kernel(Protocol):
    """A positive semidefinite function of two inputs; a frozen, hashable dataclass.

    Both methods may be traced, in float32 or float64, and hold no state.
    """

    def features(self, x: jax.Array) -> Features:
        """What is computed once an input, of x (n, ...)."""
        ...

    def block(self, first: Features, second: Features) -> jax.Array:
        """(n1, n2): the kernel of all pairs, of features of n1 and n2 inputs."""
        ...

    def numbers_a_pair(self, shape: tuple[int, ...]) -> int:
        """Numbers that `block` holds in its largest temporary for each pair of inputs of a shape."""
        ...


def gram(kernel: Kernel, x1: ArrayLike, x2: ArrayLike | None = None, *, dtype: Any = None) -> Any:
    """The kernel matrix (n1, n2) of inputs x1 (n1, ...) and x2 (n2, ...), or of x1 with itself.

    dtype: float32 or float64; by default float32 if x1 is float32, else float64 (whatever JAX is set to).
    The result is a numpy array; inside a JAX transformation it is a traced array, computed as one block in
    the dtype of the inputs.

    Blocks of rows and columns are computed one a core (one at a time on an accelerator), those below the
    diagonal of a symmetric matrix are mirrored. Workspace beside inputs, features and result: a few
    temporaries of `CACHED` bytes a core (`ON_DEVICE` on an accelerator), whatever n.

    Raises `ValueError`, named x1 or x2, for no inputs, empty inputs, NaN or infinity, and shapes that
    disagree.
    """
    if isinstance(x1, Tracer) or isinstance(x2, Tracer):
        first = kernel.features(jnp.asarray(x1))
        return kernel.block(first, first if x2 is None else kernel.features(jnp.asarray(x2)))
    format_ = np.dtype(_default(x1) if dtype is None else dtype)
    if format_ not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype: got {dtype!r}; allowed: float32, float64")
    a = inputs("x1", x1, format_)
    b = a if x2 is None else inputs("x2", x2, format_)
    if a.shape[1:] != b.shape[1:]:
        raise ValueError(f"x2: its inputs have shape {b.shape[1:]}; allowed: {a.shape[1:]}, as in x1")
    with precision_of(format_):
        return _in_blocks(kernel, a, None if x2 is None else b)


def inputs(name: str, value: ArrayLike, dtype: Any = np.float64) -> np.ndarray:
    """`value` as an array (n, ...) of inputs, or a `ValueError` that opens with `name`."""
    try:
        array = np.asarray(value)
        if np.iscomplexobj(array):
            raise TypeError("complex")
        array = array.astype(dtype, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: got {type(value).__name__}; allowed: an array of numbers") from error
    if array.ndim < 2:
        raise ValueError(f"{name}: has shape {array.shape}; allowed: (n, ...), an array of inputs")
    if array.size == 0:
        raise ValueError(f"{name}: has shape {array.shape}; allowed: lengths >= 1")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name}: holds a NaN or an infinity; allowed: finite numbers")
    return array


@contextlib.contextmanager
def precision_of(dtype: Any) -> Iterator[None]:
    """JAX computes in `dtype` inside, float64 included, in this thread alone."""
    with jax.enable_x64(np.dtype(dtype) == np.float64):
        yield


def rounding_slack(width: int, dtype: Any) -> float:
    """How far 1 - cos^2 of two equal vectors of `width` coordinates may be from 0 by rounding."""
    return (8 + math.sqrt(width)) * float(jnp.finfo(dtype).eps)


def product(a: jax.Array, b: jax.Array) -> jax.Array:
    """a (m, d) times the transpose of b (n, d), without the shortened formats of some devices."""
    return jax.lax.dot_general(a, b, (((1,), (1,)), ((), ())), precision=jax.lax.Precision.HIGHEST)


def rows_of_block(numbers_a_pair: int, itemsize: int) -> int:
    """Rows and columns of a block whose largest temporary fits the workspace: a power of two."""
    budget = CACHED if jax.default_backend() == "cpu" else ON_DEVICE
    side = math.sqrt(budget / (numbers_a_pair * itemsize))
    return int(2 ** min(max(math.floor(math.log2(max(side, 1.0))), 3), 11))


def _default(x: Any) -> Any:
    return np.float32 if getattr(x, "dtype", None) == np.float32 else np.float64


@partial(jax.jit, static_argnums=0)
def _features(kernel: Kernel, x: jax.Array) -> Features:
    return kernel.features(x)


@partial(jax.jit, static_argnums=(0, 1))
def _block(kernel: Kernel, size: int, first: Features, second: Features, i: Any, j: Any) -> jax.Array:
    def part(tree: Features, start: Any) -> Features:
        return jax.tree.map(lambda leaf: jax.lax.dynamic_slice_in_dim(leaf, start, size), tree)

    return kernel.block(part(first, i), part(second, j))


def _in_blocks(kernel: Kernel, a: np.ndarray, b: np.ndarray | None) -> np.ndarray:
    size = rows_of_block(kernel.numbers_a_pair(a.shape[1:]), a.dtype.itemsize)
    size = min(size, _padded(max(len(a), 0 if b is None else len(b)), 8))
    first = _prepared(kernel, a, size)
    second = first if b is None else _prepared(kernel, b, size)
    result = np.empty((len(a), len(a if b is None else b)), a.dtype)

    def compute(corner: tuple[int, int]) -> None:
        i, j = corner
        with precision_of(a.dtype):
            block = np.asarray(_block(kernel, size, first, second, np.int32(i), np.int32(j)))
        block = block[: result.shape[0] - i, : result.shape[1] - j]
        if b is None and i == j:
            block = np.tril(block) + np.tril(block, -1).T
        elif b is None:
            result[j : j + size, i : i + size] = block.T
        result[i : i + size, j : j + size] = block

    corners = [
        (i, j)
        for i in range(0, len(a), size)
        for j in range(0, result.shape[1] if b is not None else i + 1, size)
    ]
    workers = _cores() if jax.default_backend() == "cpu" else 1
    if workers == 1 or len(corners) == 1:
        for corner in corners:
            compute(corner)
    else:
        with ThreadPoolExecutor(workers, thread_name_prefix="gram") as pool:
            list(pool.map(compute, corners))
    return result


def _prepared(kernel: Kernel, x: np.ndarray, size: int) -> Features:
    """Features on the device, padded to whole blocks with zero inputs."""
    padded = np.zeros((_padded(len(x), size), *x.shape[1:]), x.dtype)
    padded[: len(x)] = x
    return _features(kernel, padded)


def _padded(n: int, size: int) -> int:
    return -(-n // size) * size


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
