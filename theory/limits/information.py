"""What samples can tell of a signal: divergences of signal distributions and mutual informations, in nats.

The channel is X = snr v + N(0, I_D) with v on the unit sphere: n samples of a patch whose place and label are
known have the sufficient statistic of snr = sqrt(n) / sigma.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from theory.sphere import log_vmf_normaliser
from theory.validation import (
    FloatArray,
    finite_array,
    nonnegative_array,
    nonnegative_real,
    positive_integer,
    positive_real,
)

Architecture = Literal["fcn", "lcn", "cnn"]
ARCHITECTURES: tuple[Architecture, ...] = ("fcn", "lcn", "cnn")

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_REACH = 9.0


def known_architecture(architecture: str) -> None:
    """Raise a ValueError unless `architecture` is one of fcn, lcn, cnn."""
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture: got {architecture!r}; allowed: {', '.join(ARCHITECTURES)}")


def signal_dimension(architecture: Architecture, k: int, d: int) -> int:
    """Dimension in which the symmetry group of the architecture turns the signal of a patch: kd or d."""
    known_architecture(architecture)
    k, d = positive_integer("k", k), positive_integer("d", d)
    return k * d if architecture == "fcn" else d


def static_divergence(cosine: ArrayLike, sigma: float) -> FloatArray:
    """KL(U o SSD_t || V o SSD_t) = (1 - cos alpha) / sigma^2, alpha the angle between U mu_t and V mu_t.

    SSD_t is the signal distribution with the patch t fixed. Both laws have the same label, and given y they
    are Gaussians whose means y U mu_t and y V mu_t are 2 - 2 cos alpha apart, squared: the paper's identity,
    derived in `theory.derivations.lower_bounds`.
    """
    cosine, sigma = finite_array("cosine", cosine), positive_real("sigma", sigma)
    if np.any(np.abs(cosine) > 1):
        raise ValueError("cosine: holds a number outside [-1, 1]; allowed: cosines")
    return ((1 - cosine) / sigma**2)[()]


def binary_divergence(success: float, log_chance: float) -> float:
    """d(s || p) = s log(s / p) + (1 - s) log((1 - s) / (1 - p)), p = exp(log_chance); 0 where s <= p.

    The least information that lifts the probability of an event from p to s (data processing). Taken from
    log p, as p may be below the smallest double.
    """
    if not 0 <= success <= 1:
        raise ValueError(f"success: got {success!r}; allowed: a probability")
    if log_chance >= 0 or success <= math.exp(log_chance):
        return 0.0
    entropy = -float(xlogy(success, success) + xlogy(1 - success, 1 - success))
    return -entropy - success * log_chance - (1 - success) * math.log1p(-math.exp(log_chance))


def gaussian_information(dimension: int, snr: ArrayLike) -> FloatArray:
    """(D/2) log(1 + snr^2 / D): an upper bound on I(v; X) for every law of v on the unit ball of R^D.

    The output has a covariance I + snr^2 Cov v, and Gaussians have the most entropy: I <= log det / 2, at
    most this by the inequality of the means, as tr Cov v <= 1. Concave in snr^2.
    """
    dimension, snr = positive_integer("dimension", dimension), nonnegative_array("snr", snr)
    return (0.5 * dimension * np.log1p(snr**2 / dimension))[()]


def sphere_information(dimension: int, snr: ArrayLike) -> FloatArray:
    """I(v; X) for v uniform on the unit sphere of R^D, snr >= 0 of any shape: snr^2 - E log Z(snr |X|).

    The posterior of v is von Mises-Fisher with concentration snr |X|, and Z its normaliser against the
    uniform law (`theory.sphere.log_vmf_normaliser`). Quadrature over X_1 and |X_rest|. Concave in snr^2, as
    the derivative is half the least mean squared error (Guo, Shamai, Verdu 2005). Absolute error about
    1e-8 + 1e-12 snr^2. Derived in `theory.derivations.lower_bounds`.
    """
    dimension, snr = positive_integer("dimension", dimension), nonnegative_array("snr", snr)
    values = [_sphere_information(dimension, float(s)) for s in np.ravel(snr)]
    # Rounding must not carry the difference of two large numbers out of what is proven.
    return np.clip(np.reshape(values, snr.shape), 0.0, gaussian_information(dimension, snr))[()]


def _sphere_information(dimension: int, snr: float) -> float:
    # In one dimension log cosh has its bend, of width 1 / snr, in the middle of the range.
    nodes, weights = np.polynomial.legendre.leggauss(200) if dimension == 1 else (_NODES, _WEIGHTS)
    signal = snr + _REACH * nodes
    mass = _REACH * weights * np.exp(-0.5 * (_REACH * nodes) ** 2) / np.sqrt(2 * np.pi)
    if dimension == 1:
        return snr**2 - float(mass @ log_vmf_normaliser(1, snr * np.abs(signal)))
    m = dimension - 1
    centre = math.sqrt(m)
    low, high = max(centre - _REACH, 0.0), centre + _REACH
    radius = low + 0.5 * (high - low) * (1 + _NODES)
    logs = (m - 1) * np.log(radius) - 0.5 * radius**2 - gammaln(0.5 * m) - (0.5 * m - 1) * np.log(2)
    radial = 0.5 * (high - low) * _WEIGHTS * np.exp(logs)
    length = np.hypot(signal[:, None], radius[None, :])
    return snr**2 - float(mass @ log_vmf_normaliser(dimension, snr * length) @ radial)


def sample_information(
    architecture: Architecture, n: float, k: int, d: int, sigma: float, *, uniform: bool = True
) -> float:
    """Upper bound on the information of n DSD samples about the signals that the architecture's group turns.

    Place t and label of every sample are revealed, which can only add. CNN: one v on the sphere of R^d, seen
    n times. LCN: k of them, and FCN: k orthonormal vectors of R^{kd}, patch t seen n_t times with
    E n_t = n/k: the information is at most the sum over patches of that of each alone (given the signals the
    patches' data are independent), and concave in n_t, hence at most k times that at n/k.

    uniform: the signals are uniform on their spheres (Haar measure on the group), and `sphere_information`
    holds; otherwise any law, by `gaussian_information`. n >= 0 may be any real number.
    """
    n, sigma = nonnegative_real("n", n), positive_real("sigma", sigma)
    dimension = signal_dimension(architecture, k, d)
    patches = 1 if architecture == "cnn" else k
    bound = sphere_information if uniform else gaussian_information
    return patches * float(bound(dimension, math.sqrt(n / patches) / sigma))
