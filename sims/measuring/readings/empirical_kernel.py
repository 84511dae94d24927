"""Empirical tangent kernel of any model at given parameters, by vector-Jacobian products in blocks of inputs.

    K(x, x') = sum over trained parameters of  df/dtheta(x) df/dtheta(x')

(Jacot et al. 2018, arXiv 1806.07572, section 3). f has one output, so that one product of the row vector 1
with the Jacobian is the whole gradient of an input; the kernel of two blocks of inputs is then one matrix
product of their gradients.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from sims.models.base import Model, Parameters
from theory.kernels.gram import inputs, precision_of

WORKSPACE = 2**26
"""Bytes of the gradients of two blocks of inputs (64 MiB)."""
LARGEST_BLOCK = 512
"""Inputs a block at most: beyond it the product of gradients gains nothing."""


def empirical_ntk(
    model: Model,
    params: Mapping[str, ArrayLike],
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    dtype: Any = np.float64,
    workspace: int = WORKSPACE,
) -> np.ndarray:
    """Empirical tangent kernel (n1, n2) of `model` at `params` between images x1 (n1, k, d) and x2 (n2, k,
    d), or of x1 with itself.

    params: one lane, without lane axis, as `Model.init` gives them; dtype: float64 or float32, whatever the
    parameters are kept in; workspace: bytes for the gradients of two blocks of inputs. Two gradients are held
    whatever the workspace, and the model's own temporaries for a block of inputs come on top.

    Summed over what the learner moves: the bias "b" of a model that does not train it is left out. The
    gradients are those of `Model.pull_back`, which training uses. Of a kernel with itself the blocks below
    the diagonal alone are computed. Gradients of a block of columns are computed once for every block of
    rows: the cost is that of n1 n2 / rows gradients and n1 n2 products of gradients.

    Raises `ValueError`, named by the argument, for no inputs, NaN or infinity, shapes that disagree, another
    dtype, and a workspace below 1.
    """
    format_ = np.dtype(dtype)
    if format_ not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype: got {dtype!r}; allowed: float32, float64")
    if workspace < 1:
        raise ValueError(f"workspace: got {workspace!r}; allowed: a number of bytes >= 1")
    a = _images("x1", x1, format_)
    b = a if x2 is None else _images("x2", x2, format_)
    if a.shape[1:] != b.shape[1:]:
        raise ValueError(f"x2: its images have shape {b.shape[1:]}; allowed: {a.shape[1:]}, as in x1")
    moved = {role: np.asarray(leaf, format_) for role, leaf in params.items()}
    for role, leaf in moved.items():
        if not np.all(np.isfinite(leaf)):
            raise ValueError(f"params: {role!r} holds a NaN or an infinity; allowed: finite numbers")
    size = _block_size(moved, format_, workspace, most=max(len(a), len(b)))
    result = np.empty((len(a), len(b)), format_)
    with precision_of(format_):
        rows = _padded(a, size)
        columns = rows if x2 is None else _padded(b, size)
        for i in range(0, len(a), size):
            gradients = _gradients(model, moved, rows[i : i + size])
            for j in range(0, i + 1 if x2 is None else len(b), size):
                block = np.asarray(_products(model, moved, gradients, columns[j : j + size]))
                block = block[: len(a) - i, : len(b) - j]
                if x2 is None and i == j:
                    block = np.tril(block) + np.tril(block, -1).T
                elif x2 is None:
                    result[j : j + size, i : i + size] = block.T
                result[i : i + size, j : j + size] = block
    return result


def _images(name: str, value: ArrayLike, dtype: np.dtype) -> np.ndarray:
    array = inputs(name, value, dtype)
    if array.ndim != 3:
        raise ValueError(f"{name}: has shape {array.shape}; allowed: (n, k, d)")
    return array


def _block_size(params: dict[str, np.ndarray], dtype: np.dtype, workspace: int, *, most: int) -> int:
    """Inputs a block: a power of two, so that few sizes are compiled; the smallest that holds `most`, or the
    largest whose gradients, twice, fit the workspace (at least 1).
    """
    numbers = sum(leaf.size for leaf in params.values())
    fits = min(max(1, workspace // (2 * numbers * dtype.itemsize)), LARGEST_BLOCK)
    return min(1 << (fits.bit_length() - 1), 1 << (most - 1).bit_length())


def _padded(x: np.ndarray, size: int) -> np.ndarray:
    """Images, padded to whole blocks with zero images."""
    padded = np.zeros((-(-len(x) // size) * size, *x.shape[1:]), x.dtype)
    padded[: len(x)] = x
    return padded


@partial(jax.jit, static_argnames="model")
def _gradients(model: Model, params: Parameters, x: jax.Array) -> Parameters:
    """df/dtheta of images x (B, k, d), one row an image: {role: (B, numbers)}."""
    lane = {role: jnp.asarray(leaf)[None] for role, leaf in params.items()}

    def gradient(image: jax.Array) -> Parameters:
        _, found = model.pull_back(lane, image[..., None], jnp.ones_like)
        return {role: leaf.reshape(-1) for role, leaf in found.items() if role != "b" or model.trained_bias}

    return jax.vmap(gradient)(x)


@partial(jax.jit, static_argnames="model")
def _products(model: Model, params: Parameters, rows: Parameters, x: jax.Array) -> jax.Array:
    """Products (n1, B) of gradients `rows` with those of images x (B, k, d), summed over parameters."""
    columns = _gradients(model, params, x)
    highest = jax.lax.Precision.HIGHEST
    parts = [jnp.matmul(rows[role], columns[role].T, precision=highest) for role in rows]
    return sum(parts[1:], start=parts[0])
