"""From the noise of the upper bounds to sigma = 1/sqrt(k): where the published algorithm stops working.

The road is sigma = scale / sqrt(k), with the published constants, the squared loss and the samples that the
theorem's formula gives at that noise (`theory.two_step.upper_bounds.sufficient_samples`). With many samples
after step 2 a filter points along A w* + c w, c = 1 / (2 eta_2) + C for the CNN and k / (2 eta_2) + C for the
LCN (`limit_alignment`): it leaves the signal where noise patches begin to pass b_1 and C = -k sigma^2
Phi(...) outweighs A.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from theory.architectures import Architecture
from theory.two_step.final_risk import two_step_alignment
from theory.two_step.squared_step import mean_step
from theory.two_step.upper_bounds import largest_noise, published_constants, sufficient_samples
from theory.validation import FloatArray, positive_integer, positive_real

_POINTS = 60


def limit_alignment(
    architecture: Architecture, alignment: ArrayLike, *, k: int, d: int, sigma: float
) -> FloatArray:
    """Alignment after step 2 on infinitely many samples, from `alignment` after step 1; its shape.

    The cosine of w + 2 eta_2 E g with w*, published constants. It is negative where
    t A + (1 + t C) a < 0, t = 2 eta_2 (CNN) or 2 eta_2 / k (LCN): closed, by
    `theory.two_step.squared_step.mean_step`.
    """
    constants = published_constants(architecture, k, d)
    step = mean_step(alignment, k=k, sigma=sigma, bias_1=constants.bias_1)
    times = 2 * constants.eta_2 / (k if architecture == "lcn" else 1)
    a = np.asarray(alignment, np.float64)
    signal, filter_ = times * step.towards_signal, 1 + times * step.along_filter
    return (signal + filter_ * a) / np.sqrt(signal**2 + filter_**2 + 2 * a * signal * filter_)


def road_alignment(
    architecture: Architecture, scale: float, *, k: int, d: int, n: int | None = None
) -> float:
    """E cos after both steps at sigma = scale / sqrt(k); n in both steps together, the theorem's if None."""
    sigma = positive_real("scale", scale) / np.sqrt(positive_integer("k", k))
    constants = published_constants(architecture, k, d)
    n = sufficient_samples(architecture, k, d, sigma) if n is None else positive_integer("n", n)
    return float(
        two_step_alignment(
            architecture,
            n_1=(n + 1) // 2,
            n_2=n // 2,
            k=k,
            d=d,
            sigma=sigma,
            bias_1=constants.bias_1,
            eta_1=constants.eta_1,
            eta_2=constants.eta_2,
            init_variance=constants.init_variance,
            loss="squared",
        )
    )


def stopping_scale(architecture: Architecture, *, level: float, k: int, d: int) -> float:
    """The least sigma sqrt(k) from the theorem's noise on at which `road_alignment` falls to `level`; inf if
    it is above it up to 1.
    """
    start = largest_noise(k, d) * np.sqrt(k)
    scales = np.geomspace(start, 1.0, _POINTS)
    before = scales[0]
    for scale in scales:
        if road_alignment(architecture, scale, k=k, d=d) < level:
            if scale == scales[0]:
                return float(start)
            found: Any = brentq(lambda s: road_alignment(architecture, s, k=k, d=d) - level, before, scale)
            return float(found)
        before = scale
    return float("inf")
