"""The second step of two-step gradient descent with the squared loss, on the DSD task, for CNN and LCN.

With w of length 1, alignment a = <w, w*>, fresh samples and y f = F = sum_i phi_b(u_i), u_i = <w_i, y x_i>,
the step is w <- normalise(w + 2 eta_2 g),

    g = mean_j sum_i (1 - F_j) 1{|u_ij| > b} y_j x_ij          CNN: all patches; LCN: the filter's own patch

since the loss (y - f)^2 has the slope -2 y (1 - F). All filters have the alignment a. Its mean is

    E g = A w* + C w   (CNN), 1/k of that (LCN)
    A = P - E phi_b(a + sigma zeta)
    C = sigma E zeta (1 - phi_b(a + sigma zeta)) 1{passes} - 2 (k - 1) sigma^2 Phi(-b / sigma)

where P is the chance that a signal patch passes: without a threshold A = 1 - a and C = -k sigma^2, so that
step 2 turns a filter towards -w as soon as it is aligned better than 1 / (1 + k sigma^2). With a threshold
that noise does not pass, k sigma^2 becomes sigma^2 and A gains b. Across samples g is taken as Gaussian of
its exact mean and covariance. Derived; `theory.derivations.squared_step` has the algebra.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from theory.architectures import Architecture
from theory.two_step.first_step import check_architecture, check_dimension
from theory.two_step.projected_gaussian import cosine_moment
from theory.validation import (
    FloatArray,
    finite_array,
    nonnegative_real,
    positive_integer,
    positive_real,
)

_HIGHEST = 4
"""Powers of zeta in E (1 - F)^2 u^2."""


class MeanStep(NamedTuple):
    """E g = towards_signal w* + along_filter w (CNN; 1/k of that for the LCN)."""

    towards_signal: FloatArray
    along_filter: FloatArray


class StepLaw(NamedTuple):
    """g of one sample in the frame w, w* orthogonal to w, rest: mean and covariance.

    mean_w, mean_across; variance_w, variance_across, covariance; variance_rest, of each of the d - 2 other
    coordinates. All (m,), one a filter.
    """

    mean_w: FloatArray
    mean_across: FloatArray
    variance_w: FloatArray
    variance_across: FloatArray
    covariance: FloatArray
    variance_rest: FloatArray


def _tail_moments(threshold: FloatArray) -> list[FloatArray]:
    """E zeta^j 1{zeta > threshold}, j = 0 to 4, by parts: M_j = t^(j-1) density(t) + (j - 1) M_(j-2)."""
    density = np.exp(-0.5 * threshold**2) / np.sqrt(2 * np.pi)
    moments = [ndtr(-threshold), density]
    for power in range(2, _HIGHEST + 1):
        moments.append(threshold ** (power - 1) * density + (power - 1) * moments[power - 2])
    return moments


def active_moments(mean: FloatArray, bias: float, sigma: float) -> dict[tuple[int, int], FloatArray]:
    """E phi_b(u)^p u^q 1{|u| > b} for u = mean + sigma zeta and p, q = 0, 1, 2.

    Where |u| > b, phi_b(u) = u - b sign u: a polynomial on each tail, with the moments of `_tail_moments`.
    """
    mean = np.asarray(mean, np.float64)
    above = _tail_moments((bias - mean) / sigma)
    below = [(-1) ** j * m for j, m in enumerate(_tail_moments((bias + mean) / sigma))]
    found = {}
    for p in range(3):
        for q in range(3):
            total = np.zeros_like(mean)
            for moments, sign in ((above, 1.0), (below, -1.0)):
                # (mean - sign b + sigma zeta)^p (mean + sigma zeta)^q as a polynomial in zeta.
                polynomial = [np.ones_like(mean)]
                for shift in [mean - sign * bias] * p + [mean] * q:
                    zero = [np.zeros_like(mean)]
                    polynomial = [
                        shift * low + sigma * high
                        for low, high in zip(polynomial + zero, zero + polynomial, strict=True)
                    ]
                total = total + sum(c * m for c, m in zip(polynomial, moments, strict=False))
            found[p, q] = total
    return found


def _cosines(alignment: ArrayLike) -> FloatArray:
    a = finite_array("alignment", alignment)
    if np.any(np.abs(a) > 1):
        raise ValueError("alignment: holds a number outside [-1, 1]; allowed: cosines")
    return a


def mean_step(alignment: ArrayLike, *, k: int, sigma: float, bias_1: float) -> MeanStep:
    """Mean of g over samples, for filters at `alignment` (any shape); exact.

    >>> step = mean_step(0.6, k=4, sigma=0.5, bias_1=0.0)
    >>> float(step.towards_signal.round(6)), float(step.along_filter.round(6))
    (0.4, -1.0)
    """
    k, sigma, bias_1 = (
        positive_integer("k", k),
        positive_real("sigma", sigma),
        nonnegative_real("bias_1", bias_1),
    )
    a = _cosines(alignment)
    signal, noise = active_moments(a, bias_1, sigma), active_moments(np.zeros(()), bias_1, sigma)
    towards = signal[0, 0] - signal[1, 0]
    # sigma zeta = u - a.
    along = (signal[0, 1] - signal[1, 1]) - a * towards - (k - 1) * noise[1, 1]
    return MeanStep(towards, along)


def step_law(
    architecture: Architecture, alignment: FloatArray, *, k: int, sigma: float, bias_1: float
) -> StepLaw:
    """Mean and covariance of one sample's part of g, filters (m,) at `alignment`; exact if all are alike."""
    a = alignment
    s, n = active_moments(a, bias_1, sigma), active_moments(np.zeros(()), bias_1, sigma)
    others, spread = k - 1, n[2, 0]  # patches without the signal; E phi^2 of one of them
    across = np.sqrt(1 - a**2)
    # E (1 - F)^2 1{signal patch passes} u^q and the same of a noise patch, without which (1 - F)^2 is c2.
    c2 = 1 - 2 * s[1, 0] + s[2, 0] + (k - 2) * spread
    signal = [s[0, q] - 2 * s[1, q] + s[2, q] + others * spread * s[0, q] for q in range(3)]
    silent = [c2 * n[0, q] + n[2, q] for q in (0, 2)]
    first = [s[0, q] - s[1, q] for q in range(2)]
    if architecture == "lcn":
        share = 1 / k
        mean_w = share * first[1] - (1 - share) * n[1, 1]
        mean_s, square_s, product = share * first[0], share * signal[0], share * signal[1]
        square_w = share * signal[2] + (1 - share) * silent[1]
        rest = share * signal[0] + (1 - share) * silent[0]
    else:
        mean_w = first[1] - others * n[1, 1]
        mean_s, square_s = first[0], signal[0]
        product = signal[1] - 2 * first[0] * others * n[1, 1]
        # (1 - F)^2 (u_s + V)^2, V and N the sums of u and phi over noise patches: E V^2, E NV, E N^2 V^2.
        vv, nv = others * n[0, 2], others * n[1, 1]
        nnvv = others * n[2, 2] + others * (others - 1) * (spread * n[0, 2] + 2 * n[1, 1] ** 2)
        c_squared = 1 - 2 * s[1, 0] + s[2, 0]
        square_w = signal[2] + c_squared * vv - 4 * first[1] * nv + nnvv
        rest = signal[0] + others * silent[0]
    noise = sigma**2 * rest
    return StepLaw(
        mean_w=mean_w,
        mean_across=across * mean_s,
        variance_w=np.maximum(square_w - mean_w**2, 0.0),
        variance_across=np.maximum(across**2 * (square_s - mean_s**2), 0.0) + noise,
        covariance=across * (product - mean_w * mean_s),
        variance_rest=noise,
    )


def squared_alignments(
    architecture: Architecture,
    alignment: ArrayLike,
    *,
    n: int,
    k: int,
    d: int,
    sigma: float,
    bias_1: float,
    eta_2: float,
) -> FloatArray:
    """E cos after step 2 on n fresh samples, for filters (m,) of length 1 at `alignment`; (m,).

    g is taken as Gaussian: right for many samples with a patch that passes, (n / k of them with the signal
    for a filter of the LCN), and for any number where sigma is small beside A. Raises ValueError naming the
    argument; the FCN is not covered.

    >>> squared_alignments("lcn", [0.9], n=10_000, k=4, d=8, sigma=0.5, bias_1=0.0, eta_2=4000.0).round(2)
    array([-0.88])
    """
    check_architecture(architecture)
    if architecture == "fcn":
        raise ValueError("architecture: got 'fcn'; allowed: lcn, cnn, whose filters see one patch")
    n, k, d = positive_integer("n", n), positive_integer("k", k), check_dimension(d)
    sigma, eta_2 = positive_real("sigma", sigma), positive_real("eta_2", eta_2)
    a = np.atleast_1d(_cosines(alignment))
    law = step_law(architecture, a, k=k, sigma=sigma, bias_1=nonnegative_real("bias_1", bias_1))
    across = np.sqrt(1 - a**2)
    covariance = np.stack(
        [law.variance_w, law.covariance, law.covariance, law.variance_across], axis=-1
    ).reshape(*a.shape, 2, 2)
    values, axes = np.linalg.eigh(covariance / n)  # axes in columns
    mean = np.stack([1 / (2 * eta_2) + law.mean_w, law.mean_across], axis=-1)
    target = np.stack([a, across], axis=-1)
    rotated = (np.einsum("...ij,...i->...j", axes, vector) for vector in (target, mean))
    target, mean = (np.concatenate([part, np.zeros((*a.shape, 1))], axis=-1) for part in rotated)
    variance = np.concatenate([np.maximum(values, 0.0), law.variance_rest[..., None] / n], axis=-1)
    return cosine_moment(1, target=target, mean=mean, variance=variance, dimension=[1, 1, d - 2])
