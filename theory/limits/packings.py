"""Packings of the unit sphere: finite sets of unit vectors with small inner products, and their sizes.

"Inner product" is signed here: v and -v may both be in a packing, as labels tell them apart.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

from theory.sphere import log_cap
from theory.validation import FloatArray, finite_array, nonnegative_real, positive_integer

_LARGEST_CODE = 20


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Unit vectors and the largest inner product of two of them.

    points: (M, N). inner_product: computed from the points on construction, not taken on trust. source: how
    they were made. Raises ValueError unless there are two or more points, all of norm 1 to 1e-9.
    """

    points: FloatArray
    source: str

    def __post_init__(self) -> None:
        points = finite_array("points", self.points)
        if points.ndim != 2 or len(points) < 2:
            raise ValueError(f"points: got shape {points.shape}; allowed: (M, N) with M >= 2")
        if np.max(np.abs(np.linalg.norm(points, axis=1) - 1)) > 1e-9:
            raise ValueError("points: not all of norm 1; allowed: unit vectors")

    @property
    def size(self) -> int:
        """M."""
        return len(self.points)

    @property
    def inner_product(self) -> float:
        """max over i != j of <u_i, u_j>, from the Gram matrix, a block of rows at a time."""
        largest = -1.0
        for start in range(0, self.size, 1024):
            gram = self.points[start : start + 1024] @ self.points.T
            rows = np.arange(len(gram))
            gram[rows, start + rows] = -1.0
            largest = max(largest, float(gram.max()))
        return largest


def cross_polytope(dimension: int) -> Packing:
    """The 2N points +-e_i of R^N: inner products 0 and -1, and no more points can have that (Rankin 1955)."""
    dimension = positive_integer("dimension", dimension)
    eye = np.eye(dimension)
    return Packing(points=np.concatenate([eye, -eye]), source="cross-polytope")


def linear_code_packing(
    dimension: int, inner_product: float, bits: int, rng: np.random.Generator, *, attempts: int = 200
) -> Packing:
    """2^bits points (+-1, ..., +-1) / sqrt N from a random binary linear code.

    Words c and c' are at Hamming distance |c + c'|, the weight of a word, and their points have the inner
    product 1 - 2 |c + c'| / N: a code of least weight w has 1 - 2 w / N. Generators are drawn until the
    enumerated weights leave no inner product above `inner_product`; a ValueError if none of `attempts` does.
    """
    dimension, bits = positive_integer("dimension", dimension), positive_integer("bits", bits)
    inner_product = _inner("inner_product", inner_product)
    if bits > min(_LARGEST_CODE, dimension):
        raise ValueError(f"bits: got {bits}; allowed: at most {min(_LARGEST_CODE, dimension)}")
    messages = np.array(list(itertools.product((0, 1), repeat=bits)), dtype=np.uint8)
    for _ in range(positive_integer("attempts", attempts)):
        generator = rng.integers(0, 2, size=(bits, dimension), dtype=np.uint8)
        words = (messages @ generator) & 1
        if 1 - 2 * words[1:].sum(axis=1, dtype=np.int64).min() / dimension <= inner_product:
            points = np.asarray(1.0 - 2.0 * words, np.float64) / math.sqrt(dimension)
            return Packing(points=points, source=f"random linear code [{dimension}, {bits}]")
    raise ValueError(
        f"bits: {bits} bits in {dimension} dimensions gave no code with inner products <= {inner_product:g} "
        f"in {attempts} attempts; allowed: fewer bits"
    )


def greedy_packing(
    dimension: int, inner_product: float, candidates: int, rng: np.random.Generator
) -> Packing:
    """Uniform points of the sphere, each kept if no inner product with those kept before is too large."""
    dimension, candidates = (
        positive_integer("dimension", dimension),
        positive_integer("candidates", candidates),
    )
    inner_product = _inner("inner_product", inner_product)
    drawn = rng.normal(size=(candidates, dimension))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    kept = np.empty((0, dimension))
    for point in drawn:
        if not len(kept) or np.max(kept @ point) <= inner_product:
            kept = np.concatenate([kept, point[None]])
    return Packing(points=kept, source=f"greedy, {candidates} uniform candidates")


def log_gilbert_varshamov(dimension: int, inner_product: float) -> float:
    """log of 1 / cap(N, c): so many points of S^{N-1} can have all inner products < c = inner_product.

    The caps of cosine c about the points of a packing to which no point can be added cover the sphere, so
    that M cap(N, c) >= 1 (the argument of Gilbert and Varshamov; Shannon 1959 for the sphere). At least
    N c^2 / 2, since cap(N, c) <= exp(-N c^2 / 2) for c in [0, 1) (Ball 1997, lemma 2.2).
    """
    dimension, inner_product = (
        positive_integer("dimension", dimension),
        _inner("inner_product", inner_product),
    )
    return -float(log_cap(dimension, inner_product))


def gilbert_varshamov_size(dimension: int, inner_product: float) -> int:
    """The ceiling of 1 / cap(N, c), as in `log_gilbert_varshamov`; OverflowError past 1e300."""
    return math.ceil(math.exp(log_gilbert_varshamov(dimension, inner_product)) * (1 - 1e-12))


def log_binary_code_size(dimension: int, inner_product: float) -> float:
    """log of 2^N / sum_{j < w} C(N, j), w = ceil((1 - c) N / 2): Gilbert and Varshamov for signs / sqrt N.

    A set of sign vectors to which none can be added at Hamming distance >= w has Hamming balls of radius
    w - 1 that cover the cube. Distance >= w means an inner product <= 1 - 2 w / N <= c. The parameter of the
    count is the relative distance (1 - c) / 2, in (0, 1/2) for every c in (0, 1).
    """
    dimension, c = positive_integer("dimension", dimension), _inner("inner_product", inner_product)
    least = math.ceil((1 - c) * dimension / 2 - 1e-12)
    j = np.arange(max(least, 1))
    ball = logsumexp(gammaln(dimension + 1) - gammaln(j + 1) - gammaln(dimension - j + 1))
    return dimension * math.log(2) - float(np.asarray(ball))


def binary_exponent(inner_product: float) -> float:
    """log 2 - h((1 - c)/2) nats, h the binary entropy: `log_binary_code_size` a dimension is at least this.

    It is ((1 + c) log(1 + c) + (1 - c) log(1 - c)) / 2 = c^2/2 + c^4/12 + ... >= c^2/2: what the rates
    of the lower bounds need of the paper's packing corollary, whose own size cannot be had
    (`theory.limits.packing_limits`). Its parameter is the relative distance (1 - c)/2, where the corollary's
    proof has 1/c, which is above 1 for every c in (0, 1).
    """
    c = _inner("inner_product", inner_product)
    return 0.5 * ((1 + c) * math.log1p(c) + (1 - c) * math.log1p(-c))


def _inner(name: str, value: object) -> float:
    value = nonnegative_real(name, value)
    if value >= 1:
        raise ValueError(f"{name}: got {value!r}; allowed: a number in [0, 1)")
    return value
