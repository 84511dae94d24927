"""What the proofs of the upper bounds prescribe, assume and promise: Lahoti et al. 2024 (arXiv 2403.15707).

The two-step algorithm is defined and analysed in the proofs of the formal theorems, appendices "LCN Upper
Bound" and "CNN Upper Bound". Everything here is a number of those two pages.
"""

from dataclasses import dataclass

import numpy as np

from theory.architectures import Architecture
from theory.two_step.first_step import check_architecture
from theory.validation import positive_integer, positive_real

RISK = 2.5e-3
"""delta of both proofs, "an expected risk of at most delta = 2.5 x 10^-3": squared, over data and algorithm,
counted from zero."""

ALIGNMENT = 0.96
"""Alignment of every filter after step 2 (LCN, "Update Step 2"); the risk is then (1 - 0.959)^2 + 6e-6."""

FIRST_ALIGNMENT = {"lcn": (1 / 8, 2.0), "cnn": (6 / 100, 40.0)}
"""Alignment after step 1, between these multiples of `alignment_scale` ("Update Step 1" of each proof)."""


@dataclass(frozen=True, kw_only=True)
class Constants:
    """What two-step gradient descent prescribes: step sizes, biases, variance of the initial weights."""

    eta_1: float
    eta_2: float
    bias_1: float
    bias_2: float
    init_variance: float


def alignment_scale(k: int, d: int) -> float:
    """sqrt((k + d) ln(kd) / (kd)), in which both proofs count alignments after step 1.

    About sqrt(ln(kd) / k) where d is much larger than k: 1.05 at k = 8, d = 832. Where it exceeds 1/2, twice
    it bounds no cosine, and "1 - 2 sqrt((k + d) ln(kd) / (kd))", which the analysis of step 2 has below every
    alpha_j, is not positive.
    """
    k, d = positive_integer("k", k), positive_integer("d", d)
    return float(np.sqrt((k + d) * np.log(k * d) / (k * d)))


def published_constants(architecture: Architecture, k: int, d: int) -> Constants:
    """The constants of the algorithm, "Algorithm Definition" of each proof.

    LCN: eta_1 = 1, eta_2 = 1000 k, b_1 = (1/32) sqrt((k + d) ln(kd) / (kd)), b_2 = 1e-4.
    CNN: eta_1 = 1, eta_2 = 1000, b_1 = (1/100) sqrt((k + d) ln(kd) / (kd)), b_2 = 1e-4. Its proof prints the
    fraction upside down, here and throughout the step analysis; norms of at most 10 sqrt(kd / ((k + d)
    ln(kd))) and products of at least 6/10 give an alignment of at least (6/100) sqrt((k + d) ln(kd) / (kd)),
    not of its inverse, which grows without bound.
    FCN: the paper has no algorithm for it; the LCN's constants stand in.

    The initial weights are N(0, gamma I) with 1/gamma = 100 k^2 d^2, a variance, which is taken here; the
    analysis of both proofs writes them as gamma times a standard normal, a deviation.

    >>> published_constants("lcn", 4, 4)
    Constants(eta_1=1.0, eta_2=4000.0, bias_1=0.03679406320360858, bias_2=0.0001, init_variance=3.90625e-05)
    >>> published_constants("cnn", 4, 4).eta_2
    1000.0
    """
    check_architecture(architecture)
    scale, cnn = alignment_scale(k, d), architecture == "cnn"
    return Constants(
        eta_1=1.0,
        eta_2=1000.0 if cnn else 1000.0 * k,
        bias_1=scale / 100 if cnn else scale / 32,
        bias_2=1e-4,
        init_variance=1 / (100 * k**2 * d**2),
    )


def largest_noise(k: int, d: int) -> float:
    """The largest sigma of both proofs, 1 / (100 sqrt(k ln(kd)^3)) ("Algorithm Analysis").

    1/sqrt(k) is 100 ln(kd)^1.5 times that.

    >>> round(largest_noise(8, 832), 7)
    0.0001354
    """
    k, d = positive_integer("k", k), positive_integer("d", d)
    return float(1 / (100 * np.sqrt(k * np.log(k * d) ** 3)))


def smallest_patch(k: int) -> int:
    """The least d with sqrt(d) >= 20 sqrt(ln k), which the LCN's proof assumes: 400 ln k, rounded up.

    >>> smallest_patch(8)
    832
    """
    return max(2, int(np.ceil(400 * np.log(positive_integer("k", k)))))


def sufficient_samples(architecture: Architecture, k: int, d: int, sigma: float) -> int:
    """n that the proofs analyse, rounded up: max(2 sigma^2 k (k + d) ln(kd), 80 k ln(kd)) for the LCN and
    max(2 sigma^2 (k + d) ln(kd), 10) for the CNN, of which each step has half.

    Within `largest_noise` the second number is the larger one at every size that exists: the first is below
    it for d < 6e10 (LCN, k = 8) and d < 1.8e8 (CNN).

    >>> sufficient_samples("lcn", 8, 832, 1e-4), sufficient_samples("cnn", 8, 832, 1e-4)
    (5635, 10)
    """
    check_architecture(architecture)
    if architecture == "fcn":
        raise ValueError("architecture: got 'fcn'; allowed: lcn, cnn, which have upper bounds")
    k, d, sigma = positive_integer("k", k), positive_integer("d", d), positive_real("sigma", sigma)
    log = np.log(k * d)
    if architecture == "lcn":
        return int(np.ceil(max(2 * sigma**2 * k * (k + d) * log, 80 * k * log)))
    return int(np.ceil(max(2 * sigma**2 * (k + d) * log, 10)))
