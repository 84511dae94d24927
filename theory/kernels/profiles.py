"""Inner-product functions h: what a kernel on patches does with the inner product t = <u, v>/q of two.

On {-1, +1}^q, and on the sphere of squared radius q, every positive semidefinite kernel that does not change
under a common rotation (a common permutation and reflection of the coordinates) is such a function.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from theory.kernels.duals import Dual, dual
from theory.kernels.gram import precision_of, rounding_slack
from theory.kernels.patches import PatchKernel
from theory.validation import nonnegative_array, positive_integer


class Profile(Protocol):
    """An inner-product function; a frozen, hashable dataclass."""

    @property
    def degree(self) -> int | None:
        """Degree of the polynomial that h is, None if it is none."""
        ...

    def __call__(self, t: jax.Array) -> jax.Array:
        """h(t), entry by entry; may be traced."""
        ...


@dataclasses.dataclass(frozen=True)
class Polynomial:
    """h(t) = sum_i coefficients[i] t^i.

    Raises `ValueError` unless the coefficients are finite numbers >= 0, one of them at least > 0: others are
    not positive semidefinite in every dimension (Schoenberg 1942).
    """

    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        array = nonnegative_array("coefficients", self.coefficients)
        if array.ndim != 1 or not np.any(array > 0):
            raise ValueError("coefficients: none is > 0; allowed: a sequence of numbers, one at least > 0")
        object.__setattr__(self, "coefficients", tuple(array.tolist()))

    @property
    def degree(self) -> int:
        """Index of the last coefficient that is not 0."""
        return max(i for i, value in enumerate(self.coefficients) if value)

    def __call__(self, t: jax.Array) -> jax.Array:
        """By Horner's rule."""
        value = jnp.full_like(t, self.coefficients[self.degree])
        for coefficient in self.coefficients[: self.degree][::-1]:
            value = value * t + coefficient
        return value


@dataclasses.dataclass(frozen=True)
class Exponential:
    """h(t) = e^(t - 1); on the hypercube a Gaussian kernel, as |u - v|^2 = 2q (1 - t)."""

    @property
    def degree(self) -> None:
        """No polynomial."""

    def __call__(self, t: jax.Array) -> jax.Array:
        """e^(t - 1)."""
        return jnp.exp(t - 1)


@dataclasses.dataclass(frozen=True)
class Net:
    """The kernel of an infinitely wide fully connected net on a patch of squared norm q, such as any patch in
    {-1, +1}^q, in the parametrisation of `theory.kernels.patches`.

    activation: "relu", "erf", "lsa" or a dual; depth: hidden layers; kind: "ntk" or "nngp". Raises
    `ValueError`, named by the field, for anything else.
    """

    activation: "str | Dual" = "relu"
    depth: int = 1
    kind: str = "ntk"

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", dual(self.activation))
        object.__setattr__(self, "depth", positive_integer("depth", self.depth))
        self._kernel()

    @property
    def degree(self) -> None:
        """No polynomial."""

    def __call__(self, t: jax.Array) -> jax.Array:
        """kappa at second moments (t, 1, 1)."""
        return self._kernel().of_moments(t, 1.0, 1.0, rounding_slack(1, t.dtype))

    def _kernel(self) -> PatchKernel:
        return PatchKernel("fcn", self.activation, self.depth, self.kind)


QUINTIC = Polynomial((0.0, 0.2, 0.2, 0.2, 0.2, 0.2))
"""(t + t^2 + t^3 + t^4 + t^5)/5: the function of the experiments of Misiakiewicz and Mei 2022 (section 3)."""

PROFILES: Mapping[str, Profile] = {
    "polynomial": QUINTIC,
    "exponential": Exponential(),
    "relu_ntk": Net(),
}
"""Inner-product functions by name."""


def profile(value: "str | Profile") -> Profile:
    """The function named, or the one given. Raises `ValueError` for an unknown name."""
    if isinstance(value, str):
        if value not in PROFILES:
            raise ValueError(f"profile: got {value!r}; allowed: {', '.join(PROFILES)}, or a profile")
        return PROFILES[value]
    if not callable(value) or not hasattr(value, "degree"):
        raise ValueError(f"profile: got {value!r}; allowed: {', '.join(PROFILES)}, or a profile")
    return value


def values_of(h: Profile, t: Any) -> np.ndarray:
    """h(t) in float64, entry by entry."""
    with precision_of(np.float64):
        return np.asarray(h(jnp.asarray(np.asarray(t, np.float64))))


def hypercube_coefficients(h: "str | Profile", q: int) -> np.ndarray:
    """xi_0..xi_q with h(<u, v>/q) = sum_l xi_l sum_{|S| = l} u^S v^S on {-1, +1}^q, u^S the product of u_i, i
    in S: the eigenvalues of h under the uniform law (Misiakiewicz and Mei 2022, equations 1 and 2).

    xi_l = 2^-q sum_m C(q, m) h(1 - 2m/q) K_l(m)/C(q, l), with K_l the Krawtchouk polynomial: the mean of v^S
    over v at distance m from u = (1, ..., 1). Integers are exact; the error is at most about 1e-16 times the
    largest |h|, and what is smaller is set to 0, as is all above the degree of a polynomial.
    """
    h, q = profile(h), positive_integer("q", q)
    distances = range(q + 1)
    values = values_of(h, [1 - 2 * m / q for m in distances])
    floor = float(np.finfo(np.float64).eps * np.max(np.abs(values)))
    found = np.zeros(q + 1)
    for degree in range(q + 1 if h.degree is None else min(q, h.degree) + 1):
        weights = [math.comb(q, m) * _krawtchouk(q, degree, m) for m in distances]
        scale = 2**q * math.comb(q, degree)
        mean = math.fsum(value * (weight / scale) for value, weight in zip(values, weights, strict=True))
        found[degree] = mean if abs(mean) > floor else 0.0
    return found


def _krawtchouk(q: int, degree: int, m: int) -> int:
    """K_l(m) = sum_j (-1)^j C(m, j) C(q - m, l - j)."""
    return sum((-1) ** j * math.comb(m, j) * math.comb(q - m, degree - j) for j in range(degree + 1))
