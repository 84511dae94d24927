"""How many unit vectors at most have small inner products: counting bounds, and what they say of the paper's
packing corollary.

The corollary (Lahoti et al. 2024, appendix "Restated Gilbert Varshamov Bound") asks for e^N unit vectors of
R^N with inner products below any constant c >= 2/N. There are not so many: for c below about 0.73 disjoint
caps leave no room for them, and for c of order 1/N there are at most a few N. Derived in
docs/lower-bounds.md, section 7.
"""

import math

from theory.sphere import log_cap
from theory.validation import finite_array, positive_integer


def log_packing_limit(dimension: int, inner_product: float) -> float:
    """log of an upper bound on the number of unit vectors of R^N with all inner products <= c, -1 <= c < 1.

    The least of
    * c < 0: 0 <= |sum u|^2 <= M + M (M - 1) c, so that M <= 1 - 1/c; and M <= N + 1;
    * c <= 0: M <= 2N (Rankin 1955);
    * 0 <= c <= (sqrt(N + 3) - 1) / (N + 2): M <= N (1 - c) (2 + (N + 1) c) / (1 - N c^2), Levenshtein's
      bound by a cubic polynomial (`theory.derivations.packings.cubic_limit`);
    * any c: the open caps of half the least angle about the points are disjoint, M cap(N, cos) <= 1 with
      cos = sqrt((1 + c)/2). For large N that is ln M <= N ln(1 / sin(arccos(c) / 2)), to leading order.

    Raises ValueError for a c outside [-1, 1) and a dimension that is no integer >= 1.

    >>> round(math.exp(log_packing_limit(22, 1 / 6)))
    275
    """
    n, c = positive_integer("dimension", dimension), _cosine(inner_product)
    limits = [-float(log_cap(n, math.sqrt((1 + c) / 2)))]
    if c < 0:
        limits += [math.log(math.floor(1 - 1 / c + 1e-9)), math.log(n + 1)]
    if c <= 0:
        limits.append(math.log(2 * n))
    elif c <= (math.sqrt(n + 3) - 1) / (n + 2) + 1e-12:
        limits.append(math.log(n * (1 - c) * (2 + (n + 1) * c) / (1 - n * c * c)))
    return min(limits)


def log_half_weight_limit(dimension: int, inner_product: float) -> float:
    """log of an upper bound on the number of the corollary's own vectors with inner products < c, 0 < c < 1.

    They are u / sqrt(N/2) for u in {0, 1}^N with N/2 ones, N even, and two of them have the product
    overlap / (N/2): the overlap is at most the largest integer o < c N/2, the Hamming distance N - 2 o at
    least. The signs 2u - 1 lie in the N - 1 dimensions whose coordinates sum to 0, and have the cosines
    (4 o - N) / N at most: negative for c <= 1/2, where so many vectors are at most 1 + N / (N - 4 o) (Plotkin
    1960), N/2 + 1 at c = 1/2, and 2 for c up to 1/4.
    """
    n, c = positive_integer("dimension", dimension), _cosine(inner_product)
    if n % 2 or c <= 0:
        name, got = ("dimension", n) if n % 2 else ("inner_product", c)
        raise ValueError(f"{name}: got {got!r}; allowed: an even dimension and an inner product in (0, 1)")
    overlap = math.ceil(c * n / 2 - 1e-9) - 1
    return log_packing_limit(n - 1, (4 * overlap - n) / n)


def log_corollary_size(dimension: int, inner_product: float) -> float:
    """(c ln c - c + 1) N: the logarithm that the corollary's proof prints for its packing.

    At c = 1/2 it is 0.153 N and at c = 0.001 0.992 N, the 0.15 and the 0.99 of the two lower bounds.
    Massart's lemma 4.7 with the proof's alpha = c/2, beta = 1/c and D = N/2 has a quarter of it, and asks for
    beta < 1.
    """
    n, c = positive_integer("dimension", dimension), _cosine(inner_product)
    if c <= 0:
        raise ValueError(f"inner_product: got {c!r}; allowed: a number in (0, 1)")
    return (c * math.log(c) - c + 1) * n


def _cosine(value: float) -> float:
    cosine = float(finite_array("inner_product", value))
    if not -1 <= cosine < 1:
        raise ValueError(f"inner_product: got {value!r}; allowed: a number in [-1, 1)")
    return cosine
