"""How the FCN's lower bound turns weakly aligned neurons into an estimate: many reruns, averaged.

Lahoti et al. 2024, appendix "FCN SSD Lower Bound". A net of squared risk below 1/2 has a neuron whose cosine
with the signal is at least b/2, b its final bias; one more sample finds it, and 1000 / b_min^2 reruns are
averaged into an estimate that Fano's inequality bounds. What closes of it and what not: docs/lower-bounds.md,
section 10.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from theory.validation import FloatArray, nonnegative_array, positive_integer, positive_real

LEAST_BIAS = 1e-2
"""b_min, the least final bias of the theorem."""
SECTIONS = 1000
"""Reruns, in units of 1 / b_min^2."""
SUCCESSES = 100
"""Reruns that give a neuron, in the same units; the printed number of samples counts these alone."""
ERROR = 0.25
"""delta of the lemma on mean estimation, and the error that the proof prints for its estimate."""


def passing_probability(k: int, sigma: float, bias: ArrayLike) -> FloatArray:
    """k Phi(-b / (2 sigma)): at most so probable is it that noise lifts one of k neurons above the bias.

    The neurons have norm at most 1 and cosines below b/2 with the signal: each passes b only if its noise,
    of deviation sigma at most, exceeds b/2. The paper's p; it has to be small.
    """
    k, sigma, bias = positive_integer("k", k), positive_real("sigma", sigma), nonnegative_array("bias", bias)
    return (k * ndtr(-bias / (2 * sigma)))[()]


def boosted_cosine(cosine: float, reruns: float) -> float:
    """lambda / sqrt(lambda^2 + (1 - lambda^2) / m): cosine of the mean of m unit vectors with the signal.

    Each is lambda v + sqrt(1 - lambda^2) u, u uniform on the sphere orthogonal to v and independent of the
    others, so that the squared norm of their mean has the expectation lambda^2 + (1 - lambda^2) / m; exact
    as the dimension grows. Derived. The paper bounds that norm by the sum of both parts instead.

    >>> round(boosted_cosine(LEAST_BIAS / 2, SUCCESSES / LEAST_BIAS**2), 3)
    0.981
    """
    cosine, reruns = positive_real("cosine", cosine), positive_real("reruns", reruns)
    if cosine > 1:
        raise ValueError(f"cosine: got {cosine!r}; allowed: a number in (0, 1]")
    return cosine / math.sqrt(cosine**2 + (1 - cosine**2) / reruns)


def distance(cosine: ArrayLike) -> FloatArray:
    """sqrt(2 (1 - cosine)) between unit vectors, in which the lemma on mean estimation counts its error."""
    return np.sqrt(2 * (1 - np.asarray(cosine, np.float64)))[()]
