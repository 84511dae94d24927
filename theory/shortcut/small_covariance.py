"""Kernels on the latents' plane, and what they decide where the classes shrink to points.

For K(x, x') = |x||x'| h(cos) the least-squares predictor on two points +-v with labels +-1 is a multiple of
K(x, v) - K(x, -v), the odd part: for the linear, the quadratic, the arc-cosine and the two-layer tangent
kernel alike a multiple of x . v. All decide by sign(x . v), in latents

    sign(alpha_s^2 mu_s z_s + alpha_c^2 mu_c z_c),      x = (alpha_s z_s, alpha_c z_c),   v = (alpha_i mu_i)

A feature counts with the square of its availability, in the linear kernel as in the others: what tells them
apart, the even part of h, has no say in a decision there. Derived.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from theory.shortcut.optimal import Reliance, class_mean, reliance_of_weights
from theory.shortcut.predictions import angular_function
from theory.validation import FloatArray, finite_array, positive_real


def rotation_kernel(kernel: str, x: ArrayLike, other: ArrayLike) -> FloatArray:
    """K (n, m) = |x||x'| h(cos), h(1) = 1, of inputs (n, d) and (m, d), by a name of `ANGULAR_FUNCTIONS`.

    linear cos; quadratic (1 + cos)^2/4; arc_cosine and ntk by their odd and even parts, half each at cos = 1.
    Raises `ValueError`, named by the argument, for another name or shapes that do not fit.
    """
    first, second = finite_array("x", x), finite_array("other", other)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"x: shape {first.shape} against {second.shape}; allowed: (n, d) and (m, d)")
    function = angular_function(kernel)
    lengths = np.linalg.norm(first, axis=1)[:, None] * np.linalg.norm(second, axis=1)[None, :]
    product = first @ second.T
    if function.even is None:
        return product
    cosine = np.divide(product, lengths, out=np.zeros_like(product), where=lengths > 0)
    angle = np.arccos(np.clip(np.abs(cosine), 0, 1))
    odd = np.copysign(function.odd(angle), cosine)
    return lengths * (odd + function.even(angle)) / 2


def small_covariance_reliance(rho_s: float, rho_c: float, ratio: float) -> Reliance:
    """Reliance of sign(ratio^2 mu_s z_s + mu_c z_c) on the probes, that of every kernel of `rotation_kernel`
    in the limit of small covariance at a fixed ridge.

    ratio: availability alpha_s/alpha_c. Raises `ValueError`, named by the argument, for predictivities
    outside (1/2, 1) or a ratio that is not > 0.
    """
    ratio = positive_real("ratio", ratio)
    mu_s, mu_c = class_mean(rho_s), class_mean(rho_c)
    return reliance_of_weights(math.pow(ratio, 2) * mu_s, mu_c, mu_s, mu_c)
