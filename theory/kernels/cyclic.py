"""Kernels of nets with cyclic patches and average pooling, on sequences of d coordinates closed to a ring.

With patches x_(k) = (x_k, ..., x_{k+q-1}), indices modulo d, and an inner-product function h,

    H(x, y) = 1/(d w) sum_{k < d} sum_{s, s' < w} h(<x_(k+s), y_(k+s')>/q)

is the kernel of one convolution with patches of q, activation, average over windows of w neighbours, linear
output (Misiakiewicz and Mei 2022, equations CK-AP and 8). Their five kernels are special cases:

    FC     q = d, w = 1    h(<x, y>/d): nothing depends on k
    FC-GP  q = d, w = d    sum over cyclic shifts of y
    CK     w = 1           (1/d) sum_k h(<x_(k), y_(k)>/q): convolution or locally connected, no pooling
    CK-LP  1 < w < d       local pooling
    CK-GP  w = d           (1/d) sum_{k, k'} h(<x_(k), y_(k')>/q): global pooling

Collecting the pairs of patches that are r apart,

    H(x, y) = (1/d) sum_r a_r sum_i h(<x_(i), y_(i+r)>/q),    a_r = sum over t = r mod d of max(0, 1 - |t|/w)

(derived), which takes w pairs a patch in place of w^2. Whatever w, H does not change if x and y are shifted
alike; if each is shifted by itself, only for w = d.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from theory.kernels.gram import Features, product
from theory.kernels.profiles import Profile, profile
from theory.validation import positive_integer

NAMES = ("fc", "fc_gp", "ck", "ck_lp", "ck_gp")


def window_weights(d: int, window: int) -> np.ndarray:
    """a_0..a_{d-1} of the module's formula; their sum is w."""
    weights = np.zeros(d)
    for t in range(1 - window, window):
        weights[t % d] += 1 - abs(t) / window
    return weights


@dataclasses.dataclass(frozen=True)
class CyclicKernel:
    """The module's H on inputs (n, d).

    profile: h, by name ("polynomial", "exponential", "relu_ntk") or a function of `theory.kernels.profiles`;
    patch: q, None for d; window: w, None for d. Inputs are meant to lie in {-1, +1}^d, where every patch has
    the squared norm q; the formula holds for any.

    Raises `ValueError`, named by the field, for anything else, and where patch or window exceeds d.
    """

    profile: "str | Profile" = "polynomial"
    patch: int | None = None
    window: int | None = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "profile", profile(self.profile))
        for name in ("patch", "window"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, positive_integer(name, value))

    def features(self, x: jax.Array) -> Features:
        """x/sqrt(q)."""
        if x.ndim != 2:
            raise ValueError(f"x1: has shape {x.shape}; allowed: (n, d)")
        q, _ = self.sizes(x.shape[1])
        return x / jnp.sqrt(jnp.asarray(q, x.dtype))

    def block(self, first: Features, second: Features) -> jax.Array:
        """The sum over patches, one of the first inputs at a time, against all of the second's that a window
        pairs it with. A patch of all d coordinates is the same everywhere, up to order: one stands for all.
        """
        n1, d = first.shape
        q, window = self.sizes(d)
        h = profile(self.profile)
        weights = window_weights(d, window)
        apart = np.flatnonzero(weights)
        covered, places = jnp.arange(q), 1 if q == d else d
        offsets = jnp.asarray(np.add.outer(apart, np.arange(q)))

        def add(total: jax.Array, place: jax.Array) -> tuple[jax.Array, None]:
            x = first[:, (place + covered) % d]
            y = second[:, (place + offsets) % d]
            pairs = product(x, y.transpose(1, 0, 2).reshape(-1, q))
            return total + h(pairs), None

        start = jnp.zeros((n1, len(apart) * len(second)), first.dtype)
        total, _ = jax.lax.scan(add, start, jnp.arange(places))
        scale = jnp.asarray(weights[apart] / places, first.dtype)
        return jnp.einsum("arb,r->ab", total.reshape(n1, len(apart), -1), scale)

    def numbers_a_pair(self, shape: tuple[int, ...]) -> int:
        """Patches that a window pairs with one."""
        return int(np.count_nonzero(window_weights(shape[0], self.sizes(shape[0])[1])))

    def sizes(self, d: int) -> tuple[int, int]:
        """(q, w) at inputs of d coordinates. Raises `ValueError` if one exceeds d."""
        found = []
        for name in ("patch", "window"):
            value = d if getattr(self, name) is None else getattr(self, name)
            if value > d:
                raise ValueError(f"{name}: got {value} at inputs of {d} coordinates; allowed: at most {d}")
            found.append(value)
        return found[0], found[1]


def named_kernel(
    name: str, *, patch: int, window: int, profile: "str | Profile" = "polynomial"
) -> CyclicKernel:
    """One of the five kernels of Misiakiewicz and Mei: "fc", "fc_gp", "ck", "ck_lp" or "ck_gp".

    patch: q of the three convolutional ones; window: w of "ck_lp". Raises `ValueError` for another name.

    >>> named_kernel("ck_gp", patch=10, window=5).window is None
    True
    """
    sizes = {
        "fc": (None, 1),
        "fc_gp": (None, None),
        "ck": (patch, 1),
        "ck_lp": (patch, window),
        "ck_gp": (patch, None),
    }
    if name not in sizes:
        raise ValueError(f"name: got {name!r}; allowed: {', '.join(NAMES)}")
    return CyclicKernel(profile, *sizes[name])
