"""What a pooled kernel sees of the local-signal task: one patch y w* amid k - 1 patches of noise.

A kernel of a net with global pooling is K(x, x') = (1/k^2) sum_ij kappa(x_i, x'_j): its predictors are sums
over patches, f(x) = sum_i g(x_i), of one function g in the space of kappa. The task does not change if x and
y change sign, so that only the odd part of g helps. Given y, with g odd, f is y g(w*) plus k - 1 independent
centred g(xi), xi ~ N(0, sigma^2 I_d), and

    E (f - y)^2 = (g(w*) - 1)^2 + (k - 1) E g(xi)^2.                                            (1)

Three consequences (all derived):

* Among odd g in a space with orthonormal basis e_j under the law of xi, the least of (1) is v/(1 + v) with
  v = (k - 1)/C, C = sum_j e_j(w*)^2. Linear g: C = 1/sigma^2, the best linear predictor. Odd polynomials of
  degree <= p: C is the sum over odd m <= p of the r^m coefficients of (1 - r^2)^{-d/2} exp(r / ((1 + r)
  sigma^2)) (Mehler's formula on the diagonal).
* The odd part of the NTK and of the NNGP of a one-hidden-layer ReLU net without biases is c/2 and c/4, c =
  <x, x'>/d: linear. Its least-squares limit is the best linear predictor, whatever n.
* The mean classifier f(x) = sum_a y_a K(x, x_a), regression at a large ridge, has on n samples a
  signal-to-noise ratio z, z^-2 = (k - 1) A + (k - 1)^2 B/n to leading order, with A = E kappa(xi, w*)^2 /
  kappa(w*, w*)^2 and B = E kappa(xi, xi')^2 / kappa(w*, w*)^2: error about Phi(-z). It learns if a noise
  patch looks less like w*, to the kernel, than w* itself does: by direction, or by length.
"""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np
from scipy.special import ndtr, roots_gegenbauer, roots_genlaguerre

from theory.dsd.risks import Risks
from theory.kernels.duals import Dual, dual
from theory.kernels.gram import precision_of, rounding_slack
from theory.kernels.patches import PatchKernel
from theory.validation import positive_integer, positive_real

RADII, ANGLES = 24, 24
"""Nodes of the integrals over lengths of noise patches and over cosines between patches."""


def polynomial_risk(k: int, sigma: float, d: int, degree: int) -> Risks:
    """Least squared risk of sums over patches of one odd polynomial of a degree, and the 0-1 error that it
    has if f is Gaussian given y: Phi(-1/sqrt v). At degrees 1 and 2 both are those of the best linear
    predictor, exactly.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    constant = christoffel(sigma, d, degree)
    v = (k - 1) / constant
    zero_one = float(ndtr(-1 / math.sqrt(v))) if v > 0 else 0.0
    return Risks(zero_one=zero_one, squared=v / (1 + v))


def christoffel(sigma: float, d: int, degree: int) -> float:
    """C of the module for odd polynomials up to `degree`: 1 / least E g(xi)^2 over those with g(w*) = 1."""
    sigma, d = positive_real("sigma", sigma), positive_integer("d", d)
    degree = positive_integer("degree", degree)
    # r/(1 + r) = r - r^2 + r^3 - ...; the exponential of a series by its differential equation.
    inner = np.array([0.0] + [(-1.0) ** (m + 1) for m in range(1, degree + 1)]) / sigma**2
    exponential = np.zeros(degree + 1)
    exponential[0] = 1.0
    for m in range(1, degree + 1):
        terms = (j * inner[j] * exponential[m - j] for j in range(1, m + 1))
        exponential[m] = math.fsum(terms) / m
    binomial = np.zeros(degree + 1)
    for m in range(0, degree + 1, 2):
        binomial[m] = math.prod((d / 2 + i) / (i + 1) for i in range(m // 2))
    series = np.convolve(exponential, binomial)[: degree + 1]
    return float(np.sum(series[1::2]))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contrast:
    """How a kernel tells w* from noise patches, relative to kappa(w*, w*).

    cross: A of the module; noise: B; length: E kappa(xi, xi) / kappa(w*, w*), what a noise patch weighs
    against the signal.
    """

    cross: float
    noise: float
    length: float

    def error(self, k: int, n: float) -> float:
        """0-1 error of the mean classifier on n samples, Phi(-z); n may be infinite."""
        k, inverse = positive_integer("k", k), (k - 1) * self.cross + (k - 1) ** 2 * self.noise / n
        return float(ndtr(-1 / math.sqrt(inverse))) if inverse > 0 else 0.0

    def samples(self, k: int, ratio: float) -> float:
        """The n at which the mean classifier has the signal-to-noise ratio z = `ratio`; infinite if none."""
        k, ratio = positive_integer("k", k), positive_real("ratio", ratio)
        room = 1 / ratio**2 - (k - 1) * self.cross
        return (k - 1) ** 2 * self.noise / room if room > 0 else math.inf


def contrast(
    sigma: float, d: int, activation: "str | Dual", *, depth: int = 1, kind: str = "ntk"
) -> Contrast:
    """The contrast of a pooled net's kernel (`theory.kernels.PatchKernel` of arch "cnn"), by Gauss quadrature
    over the squared lengths (chi-squared) and the cosine (Gegenbauer) of independent noise patches; d >= 2.

    Of kappa only the odd part counts. Raises `ValueError`, named by the argument, for other values.
    """
    sigma, d = positive_real("sigma", sigma), positive_integer("d", d)
    if d < 2:
        raise ValueError("d: got 1; allowed: an integer >= 2, as patches need directions")
    kernel = PatchKernel("cnn", dual(activation), depth, kind)
    halves, radial = roots_genlaguerre(RADII, d / 2 - 1)
    radial = radial / radial.sum()
    cosines, angular = roots_gegenbauer(ANGLES, (d - 2) / 2)
    angular = angular / angular.sum()
    lengths = 2 * sigma**2 * halves / d
    # Second moments: the signal's in front, at which own and cross are read off.
    moments = np.concatenate([[1 / d], lengths])
    nodes = np.append(cosines, 1.0)
    values = _odd_part(kernel, moments, nodes, rounding_slack(d, np.float64))
    own = float(values[0, 0, -1])
    if own <= 0:
        return Contrast(cross=math.inf, noise=math.inf, length=math.inf)
    squares = values[..., :-1] ** 2 @ angular / own**2
    return Contrast(
        cross=float(radial @ squares[1:, 0]),
        noise=float(radial @ squares[1:, 1:] @ radial),
        length=float(radial @ np.diagonal(values[..., -1])[1:]) / own,
    )


def _odd_part(kernel: PatchKernel, moments: np.ndarray, cosines: np.ndarray, slack: float) -> np.ndarray:
    """(kappa(c) - kappa(-c))/2 at all pairs of second moments and all cosines: (m, m, u)."""
    q1, q2, u = (part.ravel() for part in np.meshgrid(moments, moments, cosines, indexing="ij"))
    c = np.sqrt(q1 * q2) * u
    with precision_of(np.float64):
        both = jnp.asarray(np.concatenate([c, -c]))
        first, second = (jnp.asarray(np.concatenate([q, q])) for q in (q1, q2))
        found = np.asarray(kernel.of_moments(both, first, second, slack))
    odd = (found[: len(c)] - found[len(c) :]) / 2
    return odd.reshape(len(moments), len(moments), len(cosines))
