"""Permutation tests: were two sets of draws made by the same law? The p-value is exact whatever the law.

If both laws are the same, every split of the pooled draws into two sets is as likely as the one seen, so the
chance of a p-value <= alpha is at most alpha (the split that was seen counts as one of the draws).
"""

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from sims.pieces.errors import require

PERMUTATIONS = 19_999
"""Random splits a test: the smallest p-value is 5e-5."""


def energy_p_value(
    first: np.ndarray, second: np.ndarray, rng: np.random.Generator, *, permutations: int = PERMUTATIONS
) -> float:
    """p-value of "same law" by the energy distance 2 E|X-Y| - E|X-X'| - E|Y-Y'|, for draws (n, p) and (m, p).

    The distance is zero only between equal laws (Székely, Rizzo 2013), so that enough draws tell any two
    laws apart.
    """
    pooled = _pooled(first, second)
    distances = cdist(pooled, pooled)

    def energy(signs: np.ndarray) -> np.ndarray:
        return -np.einsum("pi,pi->p", signs @ distances, signs)

    return _p_value(energy, len(first), len(second), rng, permutations)


def means_p_value(
    first: np.ndarray, second: np.ndarray, rng: np.random.Generator, *, permutations: int = PERMUTATIONS
) -> float:
    """p-value of "same law" by the largest difference of means, over columns scaled to variance 1.

    Sharper than the energy distance where few of many columns differ.
    """
    pooled = _pooled(first, second)
    spread = pooled.std(axis=0)
    scaled = (pooled - pooled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)

    def largest(signs: np.ndarray) -> np.ndarray:
        return np.abs(signs @ scaled).max(axis=1)

    return _p_value(largest, len(first), len(second), rng, permutations)


def _pooled(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    for name, draws in (("first", first), ("second", second)):
        fine = draws.ndim == 2 and len(draws) >= 2 and bool(np.all(np.isfinite(draws)))
        require(fine, name, draws.shape, "two or more finite draws, shape (n, p)")
    require(first.shape[1] == second.shape[1], "second", second.shape, f"draws of length {first.shape[1]}")
    return np.concatenate([first, second])


def _p_value(
    statistic: Callable[[np.ndarray], np.ndarray], n: int, m: int, rng: np.random.Generator, permutations: int
) -> float:
    """statistic: of signs (splits, n + m), 1/n for the draws of the first set and -1/m for the others."""
    # Imported late: slow to import, and the command line registers everything that measures.
    from scipy.stats import permutation_test

    def of_split(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        a, b = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
        signs = np.full((*a.shape[:-1], n + m), 1 / n)
        np.put_along_axis(signs, b, -1 / m, axis=-1)
        return statistic(signs.reshape(-1, n + m)).reshape(a.shape[:-1])

    found = permutation_test(
        (np.arange(n), np.arange(n, n + m)),
        of_split,
        vectorized=True,
        n_resamples=permutations,
        batch=5_000,
        alternative="greater",
        rng=rng,
    )
    return float(found.pvalue)
