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


_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_NODES = np.stack([(_POINTS + 1) / 2, _WEIGHTS], axis=1)
"""Gauss-Legendre nodes in [0, 1] beside their weights, which sum to 2."""


@dataclasses.dataclass(frozen=True)
class LSA:
    """phi(z) = ReLU(z - b) - ReLU(-z - b), local signal adaptivity, with a fixed threshold b >= 0.

    With h = b/sqrt(q1), k = b/sqrt(q2), correlation r, s^2 = 1 - r^2, Q the upper tail and p the density of
    N(0, 1), and p(h, k; r) that of a standard bivariate normal pair (X, Y),

        L(r) = P(X > h, Y > k) = (Q(h) + Q(k))/2 - T(h, (k - r h)/(h s)) - T(k, (h - r k)/(k s))
        M(r) = E[(X - h)_+ (Y - k)_+]
             = (r + h k) L(r) - k p(h) Q((k - r h)/s) - h p(k) Q((h - r k)/s) + s^2 p(h, k; r)
        slope = 2 (L(r) + L(-r)),     nngp = 2 sqrt(q1 q2) (M(r) - M(-r))

    with T of Owen (1956), taken by Gauss-Legendre quadrature on a smooth integrand. Derived in
    docs/kernels.md. b = 0 is the identity.

    Raises `ValueError` unless `threshold` is a finite number >= 0.
    """

    threshold: float = 1.0
    homogeneous: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", nonnegative_real("threshold", self.threshold))

    def variance(self, q: Value) -> Value:
        """2 q [(1 + h^2) Q(h) - h p(h)] with h = b/sqrt(q)."""
        h = self._scaled(jnp.asarray(q))
        return 2 * q * ((1 + h**2) * _tail(h) - h * _density(h))

    def moments(self, c: jax.Array, q1: Value, q2: Value, slack: float) -> tuple[jax.Array, jax.Array]:
        """As in `Dual`; a pair with a zero vector has moments (0, 0) unless b = 0."""
        if self.threshold == 0:
            return c, jnp.ones_like(c)
        h, k = self._scaled(jnp.asarray(q1, c.dtype)), self._scaled(jnp.asarray(q2, c.dtype))
        root = square_root(jnp.asarray(q1 * q2, c.dtype))
        r = jnp.where(root > 0, c / jnp.where(root > 0, root, 1.0), 0.0)
        gap = (1 - r) * (1 + r)
        proper = gap > slack
        s = jnp.where(proper, jnp.sqrt(jnp.where(proper, gap, 1.0)), 0.0)
        r = jnp.where(proper, r, jnp.sign(r))
        above, product = _both_above(h, k, r, s)
        opposite, negative = _both_above(h, k, -r, s)
        return 2 * root * (product - negative), 2 * (above + opposite)

    def _scaled(self, q: jax.Array) -> jax.Array:
        """b / sqrt(q), capped where no Gaussian tail is left in any format."""
        positive = q > (self.threshold / 40) ** 2
        return jnp.where(positive, self.threshold / jnp.sqrt(jnp.where(positive, q, 1.0)), 40.0)


def _both_above(h: jax.Array, k: jax.Array, r: jax.Array, s: jax.Array) -> tuple[jax.Array, jax.Array]:
    """P(X > h, Y > k) and E[(X - h)_+ (Y - k)_+] of a standard normal pair; h, k > 0, s = sqrt(1 - r^2)."""
    apart, converse = k - r * h, h - r * k
    above = (_tail(h) + _tail(k)) / 2 - _owen(h, apart, s) - _owen(k, converse, s)
    proper = s > 0
    scale = jnp.where(proper, s, 1.0)
    first = jnp.where(proper, _tail(apart / scale), jnp.heaviside(-apart, 0.5))
    second = jnp.where(proper, _tail(converse / scale), jnp.heaviside(-converse, 0.5))
    # s^2 p(h, k; r), by way of p(h) times the conditional density of Y.
    joint = s * _density(h) * jnp.where(proper, _density(apart / scale), 0.0)
    return above, (r + h * k) * above - k * _density(h) * first - h * _density(k) * second + joint


def _owen(h: jax.Array, opposite: jax.Array, s: jax.Array) -> jax.Array:
    """Owen's T(h, a) = int_0^arctan(a) exp(-h^2 / (2 cos^2 v)) dv / (2 pi) at a = opposite / (h s), h > 0.

    Where |a| > 1, by T(h, a) = Q(h)/2 + Q(ah)/2 - Q(h) Q(ah) - T(ah, 1/a), so that the integrand is smooth.
    """
    size, adjacent = jnp.abs(opposite), h * s
    steep = size > adjacent
    lifted = jnp.where(steep, jnp.minimum(size / jnp.where(s > 0, s, 1e-30), 40.0), 0.0)
    low, high = jnp.minimum(size, adjacent), jnp.maximum(size, adjacent)
    end = jnp.arctan(jnp.where(high > 0, low / jnp.where(high > 0, high, 1.0), 0.0))
    start = jnp.where(steep, lifted, h)

    def add(total: jax.Array, node: jax.Array) -> tuple[jax.Array, None]:
        return total + node[1] * jnp.exp(-((start / jnp.cos(end * node[0])) ** 2) / 2), None

    # A loop and not twenty terms written out: LSA would compile for half a minute.
    total, _ = jax.lax.scan(add, jnp.zeros_like(end + start), jnp.asarray(_NODES, end.dtype))
    integral = total * end / (4 * math.pi)
    tail, far = _tail(h), _tail(lifted)
    return jnp.sign(opposite) * jnp.where(steep, (tail + far) / 2 - tail * far - integral, integral)


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


def _density(x: jax.Array) -> jax.Array:
    """Density of a standard normal."""
    return jnp.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


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
