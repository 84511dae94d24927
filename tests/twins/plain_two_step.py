"""The slow twin of the two-step learner: one neuron, one sample at a time, in float64 numpy.

It imports nothing from `sims` or `theory`, so that the fast path can be held against it: written to be
believed at sight. Lahoti et al. 2024, arXiv 2403.15707, section 4.

Shapes: x is (n, k, d), y is (n,); the weights have one row a neuron:

    CNN  w (1, d)     one neuron, which looks at every patch in turn
    LCN  w (k, d)     neuron i looks at patch i
    FCN  w (m, k d)   every neuron looks at the whole image
"""

import math

import numpy as np


def looks(model, w, x_j):
    """Pairs (index of a neuron, vector that it is multiplied with) in one image x_j: the terms of f."""
    if model == "cnn":
        return [(0, patch) for patch in x_j]
    if model == "lcn":
        return [(i, patch) for i, patch in enumerate(x_j)]
    if model == "fcn":
        return [(j, x_j.reshape(-1)) for j in range(len(w))]
    raise ValueError(f"model must be cnn, lcn or fcn, not {model!r}")


def phi(z, b):
    """The soft threshold."""
    return max(z - b, 0.0) - max(-z - b, 0.0)


def phi_slope(z, b):
    """1 where |z| > b, else 0; but phi_0(z) = z has slope 1 everywhere."""
    return 1.0 if abs(z) > b or b == 0 else 0.0


def output(model, w, b, x_j):
    """f(x_j) = sum of phi_b(<w, view>) over all neurons and their views."""
    return sum(phi(w[j] @ view, b) for j, view in looks(model, w, x_j))


def loss_slope(loss, f, y):
    """dl/df."""
    if loss == "correlation":  # l = -y f
        return -y
    if loss == "logistic":  # l = log(1 + e^{-yf})
        return -y / (1 + math.exp(y * f))
    if loss == "hinge":  # l = max(0, 1 - yf)
        return -y if y * f < 1 else 0.0
    if loss == "squared":  # l = (f - y)^2
        return 2 * (f - y)
    raise ValueError(f"unknown loss {loss!r}")


def gradient(model, loss, w, b, x, y):
    """d/dw of the mean loss, sample by sample; zero if there are no samples."""
    total = np.zeros_like(w)
    for x_j, y_j in zip(x, y, strict=True):
        slope = loss_slope(loss, output(model, w, b, x_j), y_j)
        for j, view in looks(model, w, x_j):
            total[j] += slope * phi_slope(w[j] @ view, b) * view / len(x)
    return total


def project_each(w):
    """Every neuron over its norm; a neuron that is zero stays zero."""
    return np.array([one / np.linalg.norm(one) if np.any(one) else one for one in w])


def two_steps(model, x, y, w_0, *, eta_1, eta_2, bias_1, project=True, loss="correlation", samples="fresh"):
    """Weights after step 1 and after step 2, from w_0 (neurons, size).

    The bias is 0 during step 1 and `bias_1` during step 2. "fresh": step 1 has samples 0, 2, 4, ... and
    step 2 samples 1, 3, 5, ...; "shared": both have all.
    """
    first = slice(0, None, 2) if samples == "fresh" else slice(None)
    second = slice(1, None, 2) if samples == "fresh" else slice(None)
    w_1 = w_0 - eta_1 * gradient(model, loss, w_0, 0.0, x[first], y[first])
    w_1 = project_each(w_1) if project else w_1
    w_2 = w_1 - eta_2 * gradient(model, loss, w_1, bias_1, x[second], y[second])
    w_2 = project_each(w_2) if project else w_2
    return w_1, w_2
