"""Slow twins of theory's formulas: plain sampling and plain sums, to be believed at sight."""

import numpy as np

# A band of 5 standard errors is left by a right formula with probability 6e-7.
BAND = 5.0


def sample(rng, n, k, w, sigma):
    """n samples of the DSD task, x (n, k, d) and y (n,), as the definition says."""
    y = rng.choice([-1.0, 1.0], size=n)
    x = rng.normal(scale=sigma, size=(n, k, len(w)))
    x[np.arange(n), rng.integers(k, size=n)] += y[:, None] * w
    return x, y


def soft_threshold(z, b):
    return np.where(z > b, z - b, np.where(z < -b, z + b, 0.0))


def network(x, weights, bias):
    """sum_i phi_b(<w_i, x_i>) with weights (k, d)."""
    return soft_threshold(np.einsum("nkd,kd->nk", x, weights), bias).sum(axis=1)


def posterior(z, sigma):
    """E[y | x] from z (n, k), straight from the 2k likelihoods of (y, t)."""
    # N(z; +-1, sigma^2) / N(z; 0, sigma^2), less the factor common to both.
    plus, minus = np.exp(z / sigma**2), np.exp(-z / sigma**2)
    return (plus - minus).sum(axis=1) / (plus + minus).sum(axis=1)


def errors(f, y):
    """Mean and standard error of the 0-1 error and of the squared risk."""
    wrong = np.where(f == 0, 0.5, f * y < 0)
    squares = (f - y) ** 2
    root = np.sqrt(len(y))
    return (wrong.mean(), wrong.std() / root), (squares.mean(), squares.std() / root)


def within(value, mean, standard_error):
    return abs(value - mean) <= BAND * standard_error
