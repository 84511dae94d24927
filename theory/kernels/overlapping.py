"""Kernels on a periodic sequence seen through overlapping patches (Favero et al. 2021), and the Laplacian.

A sequence x of length d has d patches x_i = (x_i, ..., x_{i+t-1}), indices modulo d. With a constituent
kernel C on R^t

    local            (1/d) sum_i C(x_i, y_i)
    convolutional    (1/d^2) sum_ij C(x_i, y_j)

are the kernels of sums of one function a patch, and of one function for all patches (those of the authors'
code, github.com/fracagnetta/local_kernels).
"""

import dataclasses

import jax
import jax.numpy as jnp

from theory.kernels.duals import square_root
from theory.kernels.gram import Features, product, rounding_slack
from theory.kernels.patches import KINDS, PatchKernel
from theory.validation import positive_integer, positive_real

STRUCTURES = ("local", "convolutional")
CONSTITUENTS = ("laplacian", *KINDS)


@dataclasses.dataclass(frozen=True)
class LaplacianKernel:
    """exp(-|x - y| / scale) on inputs (n, d): the fully connected kernel.

    Distances are summed coordinate by coordinate, so that equal inputs have distance 0 and the kernel is
    exactly 1 there. Raises `ValueError` unless scale is a finite number > 0.
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_real("scale", self.scale))

    def features(self, x: jax.Array) -> Features:
        """The inputs. Raises `ValueError` unless they are (n, d)."""
        return _sequences(x)

    def block(self, first: Features, second: Features) -> jax.Array:
        """exp(-distance / scale) of all pairs."""
        return laplacian(first, second, self.scale)

    def numbers_a_pair(self, shape: tuple[int, ...]) -> int:
        """1."""
        del shape
        return 1


@dataclasses.dataclass(frozen=True)
class OverlappingPatchKernel:
    """The local or convolutional kernel of patches of t coordinates, on sequences (n, d) with d >= t.

    structure: "local" or "convolutional"; t: coordinates a patch; constituent: "laplacian", exp(-|u - v| /
    scale), or "ntk" or "nngp", those of a ReLU net with one hidden layer, fully connected on the patch, in
    the parametrisation of `theory.kernels.patches` ("nngp": random features); scale: of the Laplacian, by
    default t, which is the paper's.

    Raises `ValueError`, named by the field, for anything else.
    """

    structure: str
    t: int
    constituent: str = "laplacian"
    scale: float | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("structure", STRUCTURES), ("constituent", CONSTITUENTS)):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name}: got {value!r}; allowed: {', '.join(allowed)}")
        object.__setattr__(self, "t", positive_integer("t", self.t))
        if self.constituent != "laplacian" and self.scale is not None:
            raise ValueError(f"scale: got {self.scale!r}; allowed: none with {self.constituent}")
        if self.scale is not None:
            object.__setattr__(self, "scale", positive_real("scale", self.scale))

    def features(self, x: jax.Array) -> Features:
        """The patches (n, d, t). Raises `ValueError` unless x is (n, d) with d >= t."""
        d = _sequences(x).shape[1]
        if d < self.t:
            raise ValueError(f"t: got {self.t}; allowed: at most {d}, the length of the sequences")
        return jnp.stack([jnp.roll(x, -shift, axis=1) for shift in range(self.t)], axis=2)

    def block(self, first: Features, second: Features) -> jax.Array:
        """The mean over patches or pairs of patches, one pair of patches at a time."""
        xs, ys = first.transpose(1, 0, 2), second.transpose(1, 0, 2)
        d, zero = len(xs), jnp.zeros((len(first), len(second)), first.dtype)

        def add(total: jax.Array, pair: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
            return total + self._constituent(*pair), None

        if self.structure == "local":
            return jax.lax.scan(add, zero, (xs, ys))[0] / d

        def add_all(total: jax.Array, x: jax.Array) -> tuple[jax.Array, None]:
            return jax.lax.scan(lambda carry, y: add(carry, (x, y)), total, ys)[0], None

        return jax.lax.scan(add_all, zero, xs)[0] / d**2

    def numbers_a_pair(self, shape: tuple[int, ...]) -> int:
        """1."""
        del shape
        return 1

    def _constituent(self, u: jax.Array, v: jax.Array) -> jax.Array:
        """C of patches u (m, t) and v (n, t): (m, n)."""
        if self.constituent == "laplacian":
            return laplacian(u, v, self.t if self.scale is None else self.scale)
        net = PatchKernel("fcn", "relu", 1, self.constituent)
        p, q = jnp.sum(u**2, 1) / self.t, jnp.sum(v**2, 1) / self.t
        slack = rounding_slack(self.t, u.dtype)
        return net.of_moments(product(u, v) / self.t, p[:, None], q[None, :], slack)


def laplacian(u: jax.Array, v: jax.Array, scale: float) -> jax.Array:
    """exp(-|u - v| / scale) of u (m, t) and v (n, t): (m, n), exactly 1 where u equals v."""
    squares = [(u[:, a, None] - v[None, :, a]) ** 2 for a in range(u.shape[1])]
    return jnp.exp(-square_root(sum(squares[1:], squares[0])) / scale)


def _sequences(x: jax.Array) -> jax.Array:
    if x.ndim != 2:
        raise ValueError(f"x1: has shape {x.shape}; allowed: (n, d), sequences")
    return x
