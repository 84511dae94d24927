"""Kernels of infinitely wide nets on images of k patches: fully connected, locally connected, convolutional.

In NTK parametrisation, weights N(0, 1/fan-in), no biases, outputs of one linear layer:

    FCN   kappa(x, x') on the flattened image
    LCN   (1/k) sum_i kappa(x_i, x'_i)             locally connected; also convolutional without pooling
    CNN   (1/k^2) sum_ij kappa(x_i, x'_j)          convolutional with global average pooling

with kappa the kernel of a fully connected net on one patch, by the recursion over layers

    c <- <x, x'>/d, T <- c;    then a layer:  (c, s) <- (E[phi phi], E[phi' phi']),  T <- c + s T

NTK = T, NNGP = c (Jacot et al. 2018; Lee et al. 2018; for convolutions Novak et al. 2019, Arora et al. 2019).
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from theory.kernels.duals import Dual, Value, dual, square_root
from theory.kernels.gram import Features, gram, product, rounding_slack
from theory.validation import positive_integer

ARCHITECTURES = ("fcn", "lcn", "cnn")
KINDS = ("ntk", "nngp")


@dataclasses.dataclass(frozen=True)
class PatchKernel:
    """NTK or NNGP of one architecture on images (n, k, d).

    arch: "fcn", "lcn" or "cnn"; activation: "relu", "erf", "lsa" or a dual; depth: hidden layers, each acting
    on every patch alone for LCN and CNN; kind: "ntk" or "nngp".

    Raises `ValueError`, named by the field, for anything else.
    """

    arch: str
    activation: "str | Dual" = "relu"
    depth: int = 1
    kind: str = "ntk"

    def __post_init__(self) -> None:
        for name, allowed in (("arch", ARCHITECTURES), ("kind", KINDS)):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name}: got {value!r}; allowed: {', '.join(allowed)}")
        object.__setattr__(self, "depth", positive_integer("depth", self.depth))
        object.__setattr__(self, "activation", dual(self.activation))

    @property
    def dual(self) -> Dual:
        """The dual of the activation."""
        return dual(self.activation)

    def features(self, x: jax.Array) -> Features:
        """Patches scaled by 1/sqrt(d) and their squared norms; unit patches and their norms where the
        activation is homogeneous.
        """
        if x.ndim < 2 or (x.ndim != 3 and self.arch != "fcn"):
            raise ValueError(f"x1: has shape {x.shape}; allowed: (n, k, d)")
        if self.arch == "fcn":
            x = x.reshape(len(x), 1, -1)
        x = x / jnp.sqrt(jnp.asarray(x.shape[-1], x.dtype))
        square = jnp.sum(x**2, -1)
        if not self.dual.homogeneous:
            return x, square
        norm = square_root(square)
        return x / jnp.where(norm > 0, norm, 1.0)[..., None], norm

    def block(self, first: Features, second: Features) -> jax.Array:
        """The sum over patches or pairs of patches, one patch of the first inputs at a time."""
        (x, p), (y, q) = first, second
        (n1, k, d), n2 = x.shape, len(y)
        xs, ps = x.transpose(1, 0, 2), p.T
        if self.arch == "cnn":
            others = y.transpose(1, 0, 2).reshape(k * n2, d)
            weights = q.T.reshape(k * n2)
            total, _ = jax.lax.scan(
                lambda carry, one: (carry + self._pairs(*one, others, weights), None),
                jnp.zeros((n1, k * n2), x.dtype),
                (xs, ps),
            )
            if self.dual.homogeneous:
                total = total * weights[None, :]
            return total.reshape(n1, k, n2).sum(1) / k**2
        total, _ = jax.lax.scan(
            lambda carry, one: (carry + self._pairs(*one) * self._weight(one[3]), None),
            jnp.zeros((n1, n2), x.dtype),
            (xs, ps, y.transpose(1, 0, 2), q.T),
        )
        return total / k

    def numbers_a_pair(self, shape: tuple[int, ...]) -> int:
        """k for the CNN, 1 for the others."""
        return shape[0] if self.arch == "cnn" else 1

    def _weight(self, q: jax.Array) -> Value:
        return q[None, :] if self.dual.homogeneous else 1.0

    def _pairs(self, x: jax.Array, p: jax.Array, y: jax.Array, q: jax.Array) -> jax.Array:
        """kappa of patches x (m, d) and y (n, d): (m, n), up to the weight of y if homogeneous."""
        c, slack = product(x, y), rounding_slack(x.shape[-1], x.dtype)
        if self.dual.homogeneous:
            return p[:, None] * self.of_moments(c, 1.0, 1.0, slack)
        return self.of_moments(c, p[:, None], q[None, :], slack)

    def of_moments(self, c: jax.Array, q1: Value, q2: Value, slack: float) -> jax.Array:
        """kappa as a function of the patches' second moments <x, x'>/d, |x|^2/d, |x'|^2/d."""
        tangent = c
        for _ in range(self.depth):
            c, slope = self.dual.moments(c, q1, q2, slack)
            tangent = c + slope * tangent
            q1, q2 = self.dual.variance(q1), self.dual.variance(q2)
        return tangent if self.kind == "ntk" else c


def ntk(
    arch: str,
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    activation: "str | Dual" = "relu",
    depth: int = 1,
    kind: str = "ntk",
    dtype: Any = None,
) -> Any:
    """Kernel matrix (n1, n2) of an infinitely wide net between images x1 (n1, k, d) and x2 (n2, k, d), or of
    x1 with itself.

    arch: "fcn", "lcn" or "cnn"; activation: "relu", "erf", "lsa" (threshold 1) or a dual of
    `theory.kernels.duals`; depth: hidden layers; kind: "ntk" or "nngp"; dtype: float32 or float64, by default
    float32 if x1 is float32, else float64. "fcn" takes inputs (n, d) as well.

    NTK parametrisation, W_std = 1, b_std = 0; the formula is the module's.

    Raises `ValueError`, named by the argument, for anything else.

    >>> import numpy as np
    >>> float(ntk("fcn", np.ones((1, 1, 1)))[0, 0])
    1.0
    """
    return gram(PatchKernel(arch, activation, depth, kind), x1, x2, dtype=dtype)
