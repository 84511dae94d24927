"""Signals and samples of DSD drawn without the code under test, and bands for means of independent runs.

A mean of independent runs is held to Student's t at an error probability of 1e-6 a comparison.
"""

import numpy as np
from scipy import stats

ERROR = 1e-6


def own_signals(rows, prior, k, d):
    """What the prior keeps of the rows (k, k d): its signals (m, D)."""
    blocks = rows.reshape(k, k, d)
    if prior == "orthogonal":
        return rows
    return blocks[np.arange(k), np.arange(k)] if prior == "patchwise" else blocks[:1, 0]


def t_statistic(values):
    """Mean over standard error, along the first axis."""
    values = np.asarray(values)
    return values.mean(axis=0) / (values.std(axis=0, ddof=1) / np.sqrt(len(values)))


def assert_mean_zero(values):
    assert np.all(np.abs(t_statistic(values)) < stats.t.isf(ERROR / 2, len(values) - 1))


def assert_mean_positive(values):
    assert np.all(t_statistic(values) > stats.t.isf(ERROR, len(values) - 1))


def haar_signals(rng, prior, k, d, count):
    """Signals (count, k, k d) as rows that act on flattened images, drawn without the code under test."""
    if prior == "orthogonal":
        frames = rng.standard_normal((count, k, k * d))
        for i in range(k):
            for j in range(i):
                overlap = np.sum(frames[:, i] * frames[:, j], axis=1, keepdims=True)
                frames[:, i] -= overlap * frames[:, j]
            frames[:, i] /= np.linalg.norm(frames[:, i], axis=1, keepdims=True)
        return frames
    v = rng.standard_normal((count, 1 if prior == "shared" else k, d))
    v = np.broadcast_to(v / np.linalg.norm(v, axis=-1, keepdims=True), (count, k, d))
    rows = np.zeros((count, k, k, d))
    rows[:, np.arange(k), np.arange(k)] = v
    return rows.reshape(count, k, k * d)


def planted(rng, rows, n, k, d, sigma):
    """Images (n, k, d) and labels (n,) with the signals `rows` (k, k d)."""
    y = rng.choice([-1.0, 1.0], n)
    t = rng.integers(k, size=n)
    x = y[:, None] * rows[t] + sigma * rng.standard_normal((n, k * d))
    return x.reshape(n, k, d), y


def dsd(rng, n, k, d, sigma):
    w = rng.standard_normal(d)
    rows = np.kron(np.eye(k), w / np.linalg.norm(w))
    return lambda size: planted(rng, rows, size, k, d, sigma)
