"""Exact spectrum of cyclic kernels under the uniform law on {-1, +1}^d, and the sample sizes it promises.

Let u^S be the product of u_i over i in S, xi_l the coefficients of h on {-1, +1}^q
(`theory.kernels.profiles.hypercube_coefficients`), and m(S) the number of the d cyclic windows of q
coordinates that contain S. Expanding h in each pair of patches and collecting equal monomials,

    H(x, y) = (1/d) sum_S m(S) xi_|S| sum_r a_r x^S y^{S+r}

with a_r as in `theory.kernels.cyclic`. On the shifts of one S this is a circulant matrix, so that the Fourier
sums psi_{S,j} = p^{-1/2} sum_r e^{2 pi i j r/d} x^{S+r} over its p distinct shifts are eigenfunctions, for
the frequencies j that are multiples of d/p, with the eigenvalues

    m(S) xi_|S| kappa_j / d,    kappa_j = sin^2(pi w j/d) / (w sin^2(pi j/d)),  kappa_0 = w

(derived; equal to Propositions 1 and 2 of Misiakiewicz and Mei 2022 for q <= d/2). For S not empty m(S) is
the sum over its cyclic gaps g of max(0, g - (d - q)). Two cases are counted in closed form here: q <= d/2,
where only the largest gap counts, m(S) = q + 1 - diameter and all p = d; and q = d, where m(S) = d.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from theory.kernels.cyclic import CyclicKernel
from theory.kernels.learning_curve import Spectrum
from theory.kernels.profiles import hypercube_coefficients, profile
from theory.validation import FloatArray, positive_integer, positive_real


@dataclasses.dataclass(frozen=True)
class Eigenspace:
    """`multiplicity` eigenfunctions of one degree and frequency that share an eigenvalue."""

    degree: int
    frequency: int
    eigenvalue: float
    multiplicity: int


def frequency_factors(d: int, window: int) -> FloatArray:
    """kappa_0..kappa_{d-1}: what pooling does to each frequency; their mean is 1."""
    d, window = positive_integer("d", d), positive_integer("window", window)
    if window > d:
        raise ValueError(f"window: got {window} at d = {d}; allowed: at most {d}")
    j = np.arange(1, d)
    # By integers modulo d: where w j is a multiple of d the factor is exactly 0.
    numerator = np.sin(np.pi * ((window * j) % d) / d) ** 2
    return np.concatenate([[float(window)], numerator / (window * np.sin(np.pi * j / d) ** 2)])


def orbits(d: int, degree: int, patch: int) -> dict[tuple[int, int], int]:
    """How many orbits of sets of `degree` coordinates under cyclic shifts have p distinct shifts and lie in m
    windows of `patch` coordinates, m >= 1: (p, m) -> count.

    Raises `ValueError` unless patch <= d/2 or patch = d.
    """
    if patch != d and 2 * patch > d:
        raise ValueError(f"patch: got {patch} at d = {d}; allowed: at most d/2, or d")
    if degree > patch:
        return {}
    if degree == 0:
        return {(1, d): 1}
    if patch < d:
        if degree == 1:
            return {(d, patch): 1}
        # Both ends of the diameter are taken, the others lie between them.
        return {
            (d, patch + 1 - diameter): math.comb(diameter - 2, degree - 2)
            for diameter in range(degree, patch + 1)
        }
    found = {}
    for repeats in (divisor for divisor in range(1, d + 1) if math.gcd(d, degree) % divisor == 0):
        # Sets whose pattern repeats exactly so many times round the ring: those of one of their periods
        # that do not repeat further (Moebius inversion).
        period, members = d // repeats, degree // repeats
        proper = sum(
            _moebius(further) * math.comb(period // further, members // further)
            for further in range(1, period + 1)
            if math.gcd(period, members) % further == 0
        )
        if proper:
            found[period, d] = proper // period
    return found


def spectrum(kernel: CyclicKernel, d: int) -> list[Eigenspace]:
    """Every eigenspace with an eigenvalue > 0, largest eigenvalue first; their traces add up to H(x, x) = its
    mean over x.

    Raises `ValueError` unless the kernel's patch is at most d/2, or d.
    """
    d = positive_integer("d", d)
    q, window = kernel.sizes(d)
    coefficients = hypercube_coefficients(kernel.profile, q)
    factors = frequency_factors(d, window)
    totals: dict[tuple[int, int, float], int] = {}
    for degree in np.flatnonzero(coefficients).tolist():
        for (shifts, windows), count in orbits(d, degree, q).items():
            for frequency in range(0, d, d // shifts):
                if factors[frequency] > 0:
                    value = windows * coefficients[degree] * factors[frequency] / d
                    place = degree, min(frequency, d - frequency), float(value)
                    totals[place] = totals.get(place, 0) + count
    spaces = [Eigenspace(*place, multiplicity) for place, multiplicity in totals.items()]
    return sorted(spaces, key=lambda space: -space.eigenvalue)


def neighbours_eigenvalue(kernel: CyclicKernel, d: int, degree: int, frequency: int) -> float:
    """Eigenvalue of d^{-1/2} sum_i e^{2 pi i j i/d} x_i x_{i+1} ... of `degree` neighbours, at a frequency j.

    Such are the targets of Misiakiewicz and Mei's figure 1: degree 3 at frequencies 0 and d/2.
    """
    q, window = kernel.sizes(d)
    if not 1 <= degree <= q or (degree == d and frequency % d):
        raise ValueError(f"degree: got {degree}; allowed: 1 to {q}, with all its shifts distinct")
    windows = d if q == d else q + 1 - degree
    coefficient = float(hypercube_coefficients(profile(kernel.profile), q)[degree])
    return windows * coefficient * float(frequency_factors(d, window)[frequency % d]) / d


def neighbours_spectrum(kernel: CyclicKernel, d: int, degree: int, frequency: int) -> Spectrum:
    """The whole spectrum, with a target of variance 1: the sum over places of `neighbours_eigenvalue`, which
    at frequencies other than 0 and d/2 stands for its real part.
    """
    spaces = spectrum(kernel, d)
    values = np.array([space.eigenvalue for space in spaces] + [0.0])
    counts = np.array([space.multiplicity for space in spaces] + [1.0])
    own = neighbours_eigenvalue(kernel, d, degree, frequency)
    powers = np.zeros(len(values))
    # A target that the kernel cannot see has the eigenvalue 0; any other is among the values, up to rounding.
    powers[np.argmin(np.abs(values[:-1] - own)) if own > 0 else -1] = 1.0
    return Spectrum(eigenvalues=values, powers=powers, multiplicities=counts)


def predicted_errors(target: Spectrum, ns: Sequence[float], ridge: float) -> FloatArray:
    """Test error of ridge regression at each number of samples (`theory.kernels.learning_curve`)."""
    return np.array([target.prediction(n, ridge).test_mse for n in ns])


def predicted_n_half(target: Spectrum, ridge: float, most: float = 1e9) -> float | None:
    """The number of samples, not rounded, at which the test error is half of the variance 1 of the target:
    None if that is beyond `most`.
    """
    high = positive_real("most", most)

    def excess(log_n: float) -> float:
        return target.prediction(math.exp(log_n), ridge).test_mse - 0.5

    end = 1.0
    while excess(math.log(end)) > 0:
        end *= 2
        if end > high:
            return None
    root: Any = brentq(excess, math.log(end) - math.log(2), math.log(end), xtol=1e-6)  # untyped in scipy
    return math.exp(root)


def published_orders(degree: int, d: int, patch: int, window: int) -> Mapping[str, float]:
    """Sample sizes at which each of the five kernels fits a cyclic polynomial of a degree, up to constants
    (Misiakiewicz and Mei 2022, table 1): d^l, d^(l-1), d q^(l-1), d q^(l-1)/w, q^(l-1).
    """
    degree, d = positive_integer("degree", degree), positive_integer("d", d)
    patch, window = positive_integer("patch", patch), positive_integer("window", window)
    return {
        "fc": float(d**degree),
        "fc_gp": float(d ** (degree - 1)),
        "ck": float(d * patch ** (degree - 1)),
        "ck_lp": d * patch ** (degree - 1) / window,
        "ck_gp": float(patch ** (degree - 1)),
    }


def _moebius(n: int) -> int:
    """0 if a square divides n, else 1 or -1 for an even or odd number of primes."""
    sign = 1
    for prime in _primes(n):
        if n % (prime * prime) == 0:
            return 0
        sign = -sign
    return sign


def _primes(n: int) -> Iterator[int]:
    divisor = 2
    while n > 1:
        if n % divisor == 0:
            yield divisor
            while n % divisor == 0:
                n //= divisor
        divisor += 1
