"""Eigenfunctions of sampled Gram matrices, and how far a function goes with a shortcut or with the core."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh
from scipy.special import expit

NEWTON_STEPS = 100


def top_modes(matrix: ArrayLike, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` largest eigenvalues of matrix/n (count,), falling, and eigenvectors (n, count) of length 1,
    for a Gram matrix (n, n).
    """
    gram = np.asarray(matrix, np.float64)
    n = len(gram)
    values, vectors = eigh(gram / n, subset_by_index=(n - count, n - 1))
    return values[::-1], vectors[:, ::-1]


def flow_coefficients(matrix: ArrayLike, y: ArrayLike, times: Sequence[float]) -> np.ndarray:
    """Coefficients a (n, times) of the function K(., X) a that gradient flow on (1/(2 n)) sum (f - y)^2 in a
    kernel's function space reaches from 0, for its Gram matrix (n, n).

    a(t) = U diag((1 - exp(-l t))/l) U' y/n, l and U the eigenpairs of the matrix over n (Jacot et al. 2018).
    """
    n = len(np.asarray(y))
    values, vectors = np.linalg.eigh(np.asarray(matrix, np.float64) / n)
    # Rounding leaves eigenvalues of the order -1e-17; (1 - exp(-l t))/l is t at 0.
    values = np.maximum(values, np.finfo(float).tiny)
    grown = -np.expm1(-values[:, None] * np.asarray(times)) / values[:, None]
    return vectors @ (grown * (vectors.T @ np.asarray(y, np.float64) / n)[:, None])


def descent_weights(x: ArrayLike, y: ArrayLike, times: Sequence[float], rate: float) -> np.ndarray:
    """Weights (times, d) of gradient descent on (1/(2 n)) sum (<w, x> - y)^2 from w = 0, full batch, after
    round(time/rate) steps of the rate, times rising; inputs x (n, d), labels y (n,).
    """
    inputs, labels = np.asarray(x, np.float64), np.asarray(y, np.float64)
    moment, target = inputs.T @ inputs / len(labels), inputs.T @ labels / len(labels)
    # w - rate (moment w - target), with one product a step.
    kept, gained = np.eye(len(target)) - rate * moment, rate * target
    found, w, done = [], np.zeros(len(target)), 0
    for steps in (round(time / rate) for time in times):
        for _ in range(steps - done):
            w = kept @ w + gained
        found.append(w)
        done = steps
    return np.stack(found)


def decoupled_weights(x: ArrayLike, y: ArrayLike, penalty: float) -> np.ndarray:
    """Weights (d,) that minimise mean log(1 + exp(-y f)) + (penalty/2) mean f^2, f = <w, x>, for penalty > 0.

    The penalty on outputs keeps margins bounded: spectral decoupling (Pezeshki et al. 2021). Newton's method
    with halved steps. Raises `RuntimeError` where it has not converged.
    """
    inputs, labels = np.asarray(x, np.float64), np.asarray(y, np.float64)
    n, w = len(labels), np.zeros(inputs.shape[1])

    def value(weights: np.ndarray) -> float:
        f = inputs @ weights
        return float(np.mean(np.logaddexp(0, -labels * f) + penalty / 2 * f**2))

    for _ in range(NEWTON_STEPS):
        f = inputs @ w
        chance = expit(-labels * f)
        slope = inputs.T @ (penalty * f - labels * chance) / n
        curvature = inputs.T @ ((penalty + chance * (1 - chance))[:, None] * inputs) / n
        step = np.linalg.solve(curvature, slope)
        if slope @ step < 1e-20:
            return w
        size = 1.0
        while value(w - size * step) > value(w) and size > 1e-6:
            size /= 2
        w = w - size * step
    raise RuntimeError(f"penalty: Newton's method did not converge in {NEWTON_STEPS} steps at {penalty}")


def latent_coefficients(values: ArrayLike, s: ArrayLike, c: ArrayLike) -> tuple[float, float]:
    """(a_s, a_c) of the least-squares fit a_s s + a_c c to a function's values (n,) on samples with latents
    s, c (n,) of -1 and 1.
    """
    latents = np.stack([np.asarray(s, np.float64), np.asarray(c, np.float64)], axis=1)
    solution, *_ = np.linalg.lstsq(latents, np.asarray(values, np.float64), rcond=None)
    return float(solution[0]), float(solution[1])


def shortcut_share(a_s: float, a_c: float) -> float:
    """a_s/(|a_s| + |a_c|), in [-1, 1]: above 1/2 the function follows the shortcut where the two conflict."""
    return a_s / (abs(a_s) + abs(a_c))
