"""Kernel theory of the shortcut bias as it is printed (Hermann et al. 2024, section 6), in exact arithmetic.

Inputs x = A z with A = diag(a_1, a_2), class means +-v, v = A mu, N = |v|^2; as the covariance shrinks the
distribution of inputs becomes half a point mass on v and half on -v. Two-layer nets of infinite width have
the kernel

    linear   <x, x'>                                   one eigenvalue N,        phi = <v, x>/N
    relu     |x||x'| a* (1 + cos)^2, a* = 815/3072     two eigenvalues 2 a* N,  phi_1 = |x|/|v| (1 + cos^2)/2,
                                                                                phi_2 = <x, v>/N

with cos the cosine between x and v in phi_1. a* makes a* (1 + u)^2 the least-squares fit of the arc-cosine
kernel's h on [-1, 1] (derived in theory/derivations/shortcut.py). With B = diag(b_1, b_2),

    f = 1/2 sum phi_i(x) phi_i(v),   g_B = 1/2 sum phi_i(x) phi_i(B v),   gamma = <f, g_B>/(|f||g_B|)

and zeta_i is the m-th derivative of gamma in b_i at b = (1, 1). gamma is an algebraic function whose Taylor
coefficients are rational in a and mu: fractions give every derivative without error.
"""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from theory.shortcut.small_covariance import rotation_kernel
from theory.validation import FloatArray, finite_array, positive_real

FIT = Fraction(815, 3072)
"""a* of section 6."""
COEFFICIENT = 5670
"""Of the last theorem of section 6."""
FIRST_ORDER = 9
"""The m of that theorem."""
KERNELS = ("linear", "relu")
"""The two kernels of section 6; "relu" is the quadratic fit."""

Series = list[Fraction]
"""Coefficients of 1, d, d^2, ..., cut at some power."""


def _product(first: Series, second: Series) -> Series:
    return [
        sum((first[i] * second[m - i] for i in range(m + 1)), start=Fraction(0)) for m in range(len(first))
    ]


def _quotient(first: Series, second: Series) -> Series:
    """first/second, second[0] = 1."""
    found: Series = []
    for m in range(len(first)):
        found.append(first[m] - sum((found[i] * second[m - i] for i in range(m)), start=Fraction(0)))
    return found


def _root(series: Series) -> Series:
    """The square root, series[0] = 1."""
    found = [Fraction(1)]
    for m in range(1, len(series)):
        crossed = sum((found[i] * found[m - i] for i in range(1, m)), start=Fraction(0))
        found.append((series[m] - crossed) / 2)
    return found


def _alignment(kernel: str, own: Fraction, most: int) -> Series:
    """gamma up to (b_i - 1)^most where feature i has the share own = A_i^2/N of |v|^2.

    |B v|^2/N = 1 + (2 d + d^2) own and <B v, v>/N = 1 + d own; by orthonormality <f, g_B> is a quarter of
    sum phi_i(v) phi_i(B v), and phi_i(v) = 1.
    """

    def series(*coefficients: Fraction) -> Series:
        return [*coefficients, *[Fraction(0)] * (most + 1)][: most + 1]

    inner = series(Fraction(1), own)
    if kernel == "linear":
        values = [inner]
    else:
        length = _root(series(Fraction(1), 2 * own, own))
        cosine = _quotient(inner, length)
        square = _product(cosine, cosine)
        even = [(first + second) / 2 for first, second in zip(series(Fraction(1)), square, strict=True)]
        values = [_product(length, even), inner]
    count = len(values)
    mean = [sum(parts, start=Fraction(0)) / count for parts in zip(*values, strict=True)]
    squares = [_product(value, value) for value in values]
    mean_square = [sum(parts, start=Fraction(0)) / count for parts in zip(*squares, strict=True)]
    return _quotient(mean, _root(mean_square))


def _known(kernel: str) -> None:
    if kernel not in KERNELS:
        raise ValueError(f"kernel: got {kernel!r}; allowed: {', '.join(KERNELS)}")


def _amplitudes(a: tuple[float, float], mu: tuple[float, float]) -> tuple[Fraction, Fraction]:
    """(A_1, A_2), A_i = a_i mu_i, as exact fractions of the numbers given."""
    first, second = (
        Fraction(positive_real("a", one)) * Fraction(positive_real("mu", other))
        for one, other in zip(a, mu, strict=True)
    )
    return first, second


def differences(kernel: str, a: tuple[float, float], mu: tuple[float, float], most: int) -> list[Fraction]:
    """|zeta_1| - |zeta_2| for m = 1, ..., most, exactly, by the Taylor series of gamma.

    Raises `ValueError`, named by the argument, for a kernel not of `KERNELS`, or numbers that are not > 0.

    >>> differences("relu", (1.5, 1.0), (1.0, 1.0), 9)[7:]
    [Fraction(0, 1), Fraction(47617113600, 10604499373)]
    """
    _known(kernel)
    first, second = _amplitudes(a, mu)
    total = first**2 + second**2
    one, other = (_alignment(kernel, amplitude**2 / total, most) for amplitude in (first, second))
    found, factorial = [], 1
    for m in range(1, most + 1):
        factorial *= m
        found.append(factorial * (abs(one[m]) - abs(other[m])))
    return found


def printed_difference(a: tuple[float, float], mu: tuple[float, float]) -> Fraction:
    """5670/|A mu|^18 (a_1 a_2 mu_1 mu_2)^8 (a_1^2 mu_1^2 - a_2^2 mu_2^2): the last theorem, m = 9, ReLU.

    Raises `ValueError`, named by the argument, for numbers that are not > 0.
    """
    first, second = _amplitudes(a, mu)
    return COEFFICIENT * (first * second) ** 8 * (first**2 - second**2) / (first**2 + second**2) ** 9


def printed_kernel(kernel: str, x: ArrayLike, other: ArrayLike) -> FloatArray:
    """k (n, m) of inputs (n, 2) and (m, 2). Raises `ValueError`, named by the argument, for anything else."""
    _known(kernel)
    if kernel == "linear":
        return rotation_kernel("linear", x, other)
    return 4 * float(FIT) * rotation_kernel("quadratic", x, other)


def printed_eigenvalues(kernel: str, v: ArrayLike) -> FloatArray:
    """The eigenvalues that are not 0, (1,) or (2,), with class means +-v, v (2,)."""
    _known(kernel)
    total = float(np.sum(finite_array("v", v) ** 2))
    return np.array([total]) if kernel == "linear" else np.full(2, 2 * float(FIT) * total)


def printed_eigenfunctions(kernel: str, x: ArrayLike, v: ArrayLike) -> FloatArray:
    """phi (n, 1) or (n, 2) at inputs x (n, 2), none of them 0, with class means +-v, v (2,)."""
    _known(kernel)
    points, mean = finite_array("x", x), finite_array("v", v)
    length, size = np.linalg.norm(points, axis=1), float(np.linalg.norm(mean))
    odd = points @ mean / size**2
    if kernel == "linear":
        return odd[:, None]
    cosine = points @ mean / (length * size)
    return np.stack([length / size * (1 + cosine**2) / 2, odd], axis=1)


def limit_operator(
    kernel: str, function: Callable[[FloatArray], FloatArray], x: FloatArray, v: ArrayLike
) -> FloatArray:
    """The kernel operator at covariance 0 on `function`, which maps (n, 2) to (n, c), at inputs x (n, 2):
    (k(x, v) f(v) + k(x, -v) f(-v))/2, (n, c).
    """
    mean = finite_array("v", v)
    means = np.stack([mean, -mean])
    return printed_kernel(kernel, x, means) @ function(means) / 2
