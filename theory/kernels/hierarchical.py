"""Kernels of deep nets on a tree of patches that do not overlap (Cagnetta et al. 2023).

The input's d coordinates are cut into patches of s_1, s_2 neighbouring patches make a node of the next layer,
and so on to s_L; a linear layer reads all nodes that remain. With k0, k1 the arc-cosine kernels of degree 0
and 1, normalised to 1 for parallel vectors, and unit patches x_i, y_i:

    c = T = <x_i, y_i>;    for l = 1..L:    r = k1(c),    T <- mean[k0(c) T + r],    c <- mean[r]

where the mean is over the s_{l+1} nodes under the next one, and at l = L over all nodes. NTK = T, random
features (NNGP) = c. It is the infinite-width kernel of convolutions of filter s_l and stride s_l, with ReLU,
flattened at the end, or of the same net without weight sharing; weights N(0, 2 / fan-in), but N(0, 1) in the
first layer.
"""

import dataclasses
import math

import jax
import jax.numpy as jnp

from theory.kernels.duals import ReLU
from theory.kernels.gram import Features, product, rounding_slack
from theory.kernels.patches import KINDS
from theory.validation import positive_integer

Pair = tuple[jax.Array, jax.Array]
_RELU = ReLU()


@dataclasses.dataclass(frozen=True)
class HierarchicalKernel:
    """NTK or NNGP of a hierarchical ReLU net on inputs (n, d), d a multiple of s_1 ... s_L.

    filters: (s_1, ..., s_L), integers >= 1; kind: "ntk" or "nngp". The paper's patches lie on the unit sphere
    of R^{s_1} (its sampler's task); patches of other norms are taken as they are, and give the kernel of the
    same net.

    Memory of a block: 2 (L + 1) arrays of a number for each pair, whatever d is.
    Raises `ValueError`, named by the field, for anything else.
    """

    filters: tuple[int, ...]
    kind: str = "ntk"

    def __post_init__(self) -> None:
        if not isinstance(self.filters, tuple | list) or not self.filters:
            raise ValueError(f"filters: got {self.filters!r}; allowed: a tuple of at least one integer >= 1")
        object.__setattr__(self, "filters", tuple(positive_integer("filters", s) for s in self.filters))
        if self.kind not in KINDS:
            raise ValueError(f"kind: got {self.kind!r}; allowed: {', '.join(KINDS)}")

    def features(self, x: jax.Array) -> Features:
        """Patches along the tree, (n, nodes, s_L, ..., s_1), and the variances of all nodes of each layer,
        first layer first: (n, nodes, s_L, ..., s_2), ..., (n, nodes).

        Raises `ValueError` unless x is (n, d) with d a multiple of the product of the filters.
        """
        unit = math.prod(self.filters)
        if x.ndim != 2 or x.shape[1] % unit:
            allowed = f"(n, d) with d a multiple of {unit}, the product of the filters"
            raise ValueError(f"x1: has shape {x.shape}; allowed: {allowed}")
        patches = x.reshape(len(x), -1, *reversed(self.filters))
        variances = [jnp.sum(patches**2, -1)]
        for _ in self.filters[1:]:
            # 2 E[relu(z)^2] = q: a node's variance is the mean of its children's.
            variances.append(jnp.mean(variances[-1], -1))
        return patches, tuple(variances)

    def block(self, first: Features, second: Features) -> jax.Array:
        """The recursion from the top, one child of every layer at a time."""
        c, tangent = self._node(len(self.filters), first, second)
        return tangent if self.kind == "ntk" else c

    def numbers_a_pair(self, shape: tuple[int, ...]) -> int:
        """1."""
        del shape
        return 1

    def _node(self, layer: int, first: Features, second: Features) -> Pair:
        """(c, T) of one node, made of the nodes of `layer` (0: of coordinates) that the features hold."""
        x, y = first[0], second[0]
        if layer == 0:
            c = product(x, y)
            return c, c
        slack = layer * rounding_slack(self.filters[0], x.dtype)

        def add(totals: Pair, child: tuple[Features, Features]) -> tuple[Pair, None]:
            (a, own), (b, others) = child
            c, tangent = self._node(layer - 1, (a, own[:-1]), (b, others[:-1]))
            half, slope = _RELU.moments(c, own[-1][:, None], others[-1][None, :], slack)
            r = 2 * half
            return (totals[0] + r, totals[1] + 2 * slope * tangent + r), None

        zero, children = jnp.zeros((len(x), len(y)), x.dtype), x.shape[1]
        both = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 1, 0), (first, second))
        (c, tangent), _ = jax.lax.scan(add, (zero, zero), both)
        return c / children, tangent / children
