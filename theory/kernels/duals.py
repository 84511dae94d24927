"""Dual activations: the two Gaussian moments through which an activation enters every kernel of wide nets.

For (z1, z2) ~ N(0, [[q1, c], [c, q2]]) an activation phi has the moments

    E[phi(z1) phi(z2)]      the next layer's covariance ("nngp"),
    E[phi'(z1) phi'(z2)]    what the tangent kernel of the layers below is multiplied by ("slope").

The second is the derivative of the first in c (Price's theorem). All functions take arrays that broadcast
against each other, or plain numbers for q1 and q2, and may be traced and differentiated.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import ClassVar, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from theory.validation import nonnegative_real

Value = jax.Array | float


class Dual(Protocol):
    """The dual of one activation; a frozen dataclass."""

    homogeneous: ClassVar[bool]
    """phi(a z) = a phi(z) for a > 0: patches may be normalised and their norms put back at the end."""

    def variance(self, q: Value) -> Value:
        """E[phi(z)^2] for z ~ N(0, q)."""
        ...

    def moments(self, c: jax.Array, q1: Value, q2: Value, slack: float) -> tuple[jax.Array, jax.Array]:
        """(nngp, slope). Pairs with q1 q2 - c^2 <= slack q1 q2 are taken as parallel or antiparallel."""
        ...


@dataclasses.dataclass(frozen=True)
class ReLU:
    """phi(z) = max(z, 0); with cos(a) = c / sqrt(q1 q2):

        nngp = sqrt(q1 q2) (sin a + (pi - a) cos a) / (2 pi),    slope = (pi - a) / (2 pi)

    (Cho and Saul 2009, arc-cosine kernels of degree 1 and 0, halved).
    """

    homogeneous: ClassVar[bool] = True

    def variance(self, q: Value) -> Value:
        """q/2."""
        return q / 2

    def moments(self, c: jax.Array, q1: Value, q2: Value, slack: float) -> tuple[jax.Array, jax.Array]:
        """As in `Dual`; a pair with a zero vector has moments (0, 1/4)."""
        product = q1 * q2
        root = square_root(jnp.asarray(product, c.dtype))
        gap = (root - c) * (root + c)
        proper = gap > slack * product
        # Both branches stay finite, so that a gradient through the one not taken is 0 and not NaN.
        sine = jnp.where(proper, jnp.sqrt(jnp.where(proper, gap, 1.0)), 0.0)
        rest = math.pi - _angle(c, sine, root, proper)
        return (sine + rest * c) / (2 * math.pi), rest / (2 * math.pi)


@dataclasses.dataclass(frozen=True)
class Erf:
    """phi(z) = erf(z); nngp = (2/pi) arcsin(2c / r) and slope = (4/pi) / sqrt(r^2 - 4c^2) with
    r^2 = (1 + 2 q1)(1 + 2 q2) (Williams 1997).
    """

    homogeneous: ClassVar[bool] = False

    def variance(self, q: Value) -> Value:
        """(2/pi) arcsin(2q / (1 + 2q))."""
        return 2 / math.pi * jnp.arcsin(2 * q / (1 + 2 * q))

    def moments(self, c: jax.Array, q1: Value, q2: Value, slack: float) -> tuple[jax.Array, jax.Array]:
        """As in `Dual`; nothing is singular, `slack` is not used."""
        del slack
        root = jnp.sqrt((1 + 2 * q1) * (1 + 2 * q2))
        nngp = 2 / math.pi * jnp.arcsin(2 * c / root)
        return nngp, 4 / math.pi / jnp.sqrt((root - 2 * c) * (root + 2 * c))


_NODES, _WEIGHTS = (array.tolist() for array in np.polynomial.legendre.leggauss(40))


@dataclasses.dataclass(frozen=True)
class LSA:
    """phi(z) = ReLU(z - b) - ReLU(-z - b), local signal adaptivity, with a fixed threshold b >= 0.

    With b_i = b / sqrt(q_i) and correlation r, the slope is P(|g1| > b1, |g2| > b2) = 4 Q(b1) Q(b2) + I(r),
    and nngp = sqrt(q1 q2) times its integral from 0 to r; I' is a difference of two bivariate normal
    densities (Plackett 1954). Both are single integrals over arcsin(r), taken by Gauss-Legendre quadrature
    with 40 nodes in float64. Derived in docs/kernels.md. b = 0 is the identity.

    Raises `ValueError` unless `threshold` is a finite number >= 0.
    """

    threshold: float = 1.0
    homogeneous: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", nonnegative_real("threshold", self.threshold))

    def variance(self, q: Value) -> Value:
        """2 q [(1 + b^2/q) Q(b/sqrt q) - (b/sqrt q) density(b/sqrt q)]."""
        scaled = self._scaled(jnp.asarray(q))
        density = jnp.exp(-(scaled**2) / 2) / math.sqrt(2 * math.pi)
        return 2 * q * ((1 + scaled**2) * _tail(scaled) - scaled * density)

    def moments(self, c: jax.Array, q1: Value, q2: Value, slack: float) -> tuple[jax.Array, jax.Array]:
        """As in `Dual`; a pair with a zero vector has moments (0, 0) unless b = 0."""
        b1, b2 = self._scaled(jnp.asarray(q1, c.dtype)), self._scaled(jnp.asarray(q2, c.dtype))
        root = square_root(jnp.asarray(q1 * q2, c.dtype))
        ratio = jnp.where(root > 0, c / jnp.where(root > 0, root, 1.0), 0.0)
        proper = 1 - ratio**2 > slack
        sine = jnp.where(proper, ratio, jnp.sign(ratio))
        end = jnp.where(proper, jnp.arcsin(jnp.where(proper, ratio, 0.0)), jnp.sign(ratio) * math.pi / 2)
        independent = 4 * _tail(b1) * _tail(b2)
        slope, area = independent, independent * sine
        apart, together = (b1 - b2) ** 2 / 2, b1 * b2
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            angle = end * (node + 1) / 2
            s = jnp.sin(angle)
            far = apart / jnp.cos(angle) ** 2
            density = jnp.exp(-far - together / (1 + s)) - jnp.exp(-far - together / (1 - s))
            mass = density * end * (weight / 2 / math.pi)
            slope, area = slope + mass, area + (sine - s) * mass
        return root * area, slope

    def _scaled(self, q: jax.Array) -> jax.Array:
        """b / sqrt(q), capped where no Gaussian tail is left in any format."""
        if self.threshold == 0:
            return jnp.zeros_like(q)
        positive = q > (self.threshold / 40) ** 2
        return jnp.where(positive, self.threshold / jnp.sqrt(jnp.where(positive, q, 1.0)), 40.0)


ACTIVATIONS: Mapping[str, Dual] = {"relu": ReLU(), "erf": Erf(), "lsa": LSA()}
"""Duals by the name of the activation; "lsa" has threshold 1."""


def dual(activation: "str | Dual") -> Dual:
    """The dual named, or the one given. Raises `ValueError` for an unknown name."""
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation: got {activation!r}; allowed: {', '.join(ACTIVATIONS)}, or a dual")
        return ACTIVATIONS[activation]
    if not (hasattr(activation, "moments") and hasattr(activation, "variance")):
        raise ValueError(f"activation: got {activation!r}; allowed: {', '.join(ACTIVATIONS)}, or a dual")
    return activation


def square_root(q: jax.Array) -> jax.Array:
    """sqrt(q) with derivative 0 at q = 0."""
    positive = q > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, q, 1.0)), 0.0)


def _tail(x: jax.Array) -> jax.Array:
    """P(g > x) of a standard normal g."""
    return jax.scipy.special.erfc(x / math.sqrt(2)) / 2


def _fitted_arccos(degree: int) -> list[float]:
    """Coefficients, lowest first, of p with arccos(x) = sqrt(1 - x) p(x) on [0, 1]: interpolation at
    Chebyshev points. Its error falls by 3 + sqrt 8 = 5.8 a degree, the next singularity being at x = -1.
    """

    def smooth(x: np.ndarray) -> np.ndarray:
        return np.arccos(x) / np.sqrt(1 - x)

    fit = np.polynomial.Chebyshev.interpolate(smooth, degree, domain=[0, 1])
    return fit.convert(kind=np.polynomial.Polynomial, domain=[0, 1], window=[0, 1]).coef.tolist()


_ARCCOS = _fitted_arccos(9)


def _angle(c: jax.Array, sine: jax.Array, root: jax.Array, proper: jax.Array) -> jax.Array:
    """The angle in [0, pi] whose cosine is c/root and whose sine is sine/root; pi/2 where root is 0.

    In float64 by arctan2; in float32 by a polynomial of degree 9 with an error below 2e-8 radian, several
    times faster because it is all multiplications.
    """
    nonzero = root > 0
    if c.dtype == jnp.float64:
        angle = jnp.arctan2(jnp.where(proper, sine, 0.0), jnp.where(nonzero, c, 1.0))
        return jnp.where(nonzero, angle, math.pi / 2)
    cosine = c / jnp.where(nonzero, root, 1.0)
    size = jnp.abs(cosine)
    polynomial = jnp.full_like(size, _ARCCOS[-1])
    for coefficient in _ARCCOS[-2::-1]:
        polynomial = polynomial * size + coefficient
    acute = jnp.where(proper, jnp.sqrt(jnp.where(proper, 1 - size, 1.0)), 0.0) * polynomial
    angle = jnp.where(cosine < 0, math.pi - acute, acute)
    return jnp.where(nonzero, angle, math.pi / 2)
