"""Slow twin of the two steps: samples as the definition says, gradients by loops over neurons."""

import numpy as np

from tests.theory import slow


def start(rng, architecture, k, d, variance):
    """Rows of weights on the whole image or on a patch: one neuron a row, a single filter for the CNN."""
    shape = {"cnn": (1, d), "lcn": (k, d), "fcn": (k, k * d)}[architecture]
    return np.sqrt(variance) * rng.normal(size=shape)


def inputs(architecture, x):
    """What each neuron sees, a list of arrays (n, patches, coordinates)."""
    n, k, d = x.shape
    if architecture == "cnn":
        return [x]
    if architecture == "lcn":
        return [x[:, i : i + 1] for i in range(k)]
    return [x.reshape(n, 1, k * d)] * k


def step(architecture, w, x, y, eta, bias):
    """w_i + eta g_i before projection, g_i = mean_j y_j 1{|<w_i, x_j>| > bias} x_j, over what i sees."""
    moved = []
    for row, seen in zip(w, inputs(architecture, x), strict=True):
        # At bias 0 all patches pass, also at w = 0.
        passes = (np.abs(seen @ row) > bias) | (bias == 0)
        gradient = np.mean(y[:, None] * np.sum(passes[:, :, None] * seen, axis=1), axis=0)
        moved.append(row + eta * gradient)
    return np.array(moved)


def target(architecture, k, signal):
    """The direction that a row is compared with."""
    return np.tile(signal, k) / np.sqrt(k) if architecture == "fcn" else signal


def normalised(w):
    return w / np.linalg.norm(w, axis=1, keepdims=True)


def first(rng, architecture, n, k, signal, sigma, eta, variance):
    """First row after step 1 on fresh samples: weights before projection."""
    x, y = slow.sample(rng, n, k, signal, sigma)
    w = start(rng, architecture, k, len(signal), variance)
    return step(architecture, w, x, y, eta, 0.0)


def both(rng, architecture, n_1, n_2, k, signal, sigma, bias, eta_1, eta_2, variance):
    """All rows after both steps on fresh samples, of length 1."""
    w = normalised(first(rng, architecture, n_1, k, signal, sigma, eta_1, variance))
    x, y = slow.sample(rng, n_2, k, signal, sigma)
    return normalised(step(architecture, w, x, y, eta_2, bias))


def direction(rng, target, alignment):
    """A unit vector at cosine `alignment` to `target`, otherwise uniform."""
    across = rng.normal(size=target.shape)
    across -= (across @ target) * target
    return alignment * target + np.sqrt(1 - alignment**2) * across / np.linalg.norm(across)


def mean_and_error(values):
    values = np.asarray(values)
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))
