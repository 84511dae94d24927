"""The first step of two-step gradient descent on the DSD task: law of a filter's direction and its length.

At bias 0 a soft-threshold unit passes its whole input, whatever its weights, and with the correlation loss
the step is w <- normalise(w_0 + eta_1 g), g = mean_j y_j x_j over the unit's input, w_0 ~ N(0, init_variance
I) (Lahoti et al. 2024, arXiv 2403.15707). y xi is Gaussian and independent of the labels and the patches, so
that (w_0 + eta_1 g) / eta_1 = signal + s N(0, I) exactly, with

    CNN   signal w*                        s^2 = k sigma^2 / n + init_variance / eta_1^2    in R^d
    LCN   signal (n_i / n) w*              s^2 =   sigma^2 / n + init_variance / eta_1^2    in R^d
    FCN   signal (n_1 w*, ..., n_k w*) / n s^2 =   sigma^2 / n + init_variance / eta_1^2    in R^kd

and (n_1, ..., n_k) multinomial(n; 1/k, ..., 1/k), the samples of each patch. The alignment is the cosine
with w*, for the FCN with (w*, ..., w*) / sqrt k. Derived; `theory.derivations.first_step` has the algebra.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh_tridiagonal
from scipy.special import nctdtr, ndtr

from theory.architectures import Architecture
from theory.sphere import mean_cosine, mean_squared_cosine
from theory.two_step.projected_gaussian import cosine_moment
from theory.validation import (
    FloatArray,
    nonnegative_array,
    nonnegative_real,
    positive_integer,
    positive_real,
)

ARCHITECTURES = ("fcn", "lcn", "cnn")


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """One neuron after step 1, averaged over samples and initialisation.

    Attributes:
        alignment: E cos.
        alignment_squared: E cos^2.
        norm: root mean square length before projection.
        leading_alignment_squared: cos^2 to leading order, |E signal|^2 / (|signal|^2 + s^2 dimension) with
            the mean length of the signal for CNN and LCN, its mean squared length for the FCN.
    """

    alignment: float
    alignment_squared: float
    norm: float
    leading_alignment_squared: float

    @property
    def alignment_deviation(self) -> float:
        """Standard deviation of cos, over samples and initialisation."""
        return float(np.sqrt(max(self.alignment_squared - self.alignment**2, 0.0)))


class _Task(NamedTuple):
    """Checked arguments, and s^2 of the module's first lines."""

    n: int
    k: int
    d: int
    noise: float


def check_architecture(architecture: str) -> None:
    """ValueError unless `architecture` is one of the three of the DSD paper."""
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture: got {architecture!r}; allowed: {', '.join(ARCHITECTURES)}")


def check_dimension(d: object) -> int:
    """`d` as an int >= 2: on a line the alignment is a sign."""
    d = positive_integer("d", d)
    if d < 2:
        raise ValueError("d: got 1; allowed: an integer >= 2, where a direction is more than a sign")
    return d


def _checked(
    architecture: Architecture, n: int, k: int, d: int, sigma: float, eta_1: float, init_variance: float
) -> _Task:
    check_architecture(architecture)
    n, k, d = positive_integer("n", n), positive_integer("k", k), check_dimension(d)
    sigma, eta_1 = positive_real("sigma", sigma), positive_real("eta_1", eta_1)
    init_variance = nonnegative_real("init_variance", init_variance)
    patches = k if architecture == "cnn" else 1
    return _Task(n, k, d, patches * sigma**2 / n + init_variance / eta_1**2)


def first_step(
    architecture: Architecture,
    *,
    n: int,
    k: int,
    d: int,
    sigma: float,
    eta_1: float = 1.0,
    init_variance: float = 0.0,
) -> FirstStep:
    """Alignment and length after step 1 on n samples, for one filter (LCN, CNN) or one neuron (FCN).

    CNN and LCN: exact, by the mean cosines of a projected normal (`theory.sphere`), for the LCN averaged over
    n_i ~ Binomial(n, 1/k). FCN: the length is exact; for the cosines the counts are taken as Gaussian, of
    their exact mean and covariance, which neglects relative terms of order k / n in what the counts add,
    itself of relative order k / n. Raises ValueError naming the argument.

    >>> round(first_step("cnn", n=640, k=8, d=16, sigma=0.3).alignment, 4)
    0.9917
    """
    n, k, d, noise = _checked(architecture, n, k, d, sigma, eta_1, init_variance)
    if architecture == "fcn":
        squared_signal = 1 / k + (1 - 1 / k) / n
        squared_norm = squared_signal + k * d * noise
        leading = (1 / k) / squared_norm
        first, second = _fcn_cosines(n, k, d, noise)
    elif architecture == "lcn":
        squared_norm = 1 / k**2 + (1 / k) * (1 - 1 / k) / n + d * noise
        leading = 1 / (1 + k**2 * d * noise)
        counts, weights = binomial_rule(n, 1 / k)
        snr = counts / (n * np.sqrt(noise))
        first, second = weights @ mean_cosine(d, snr), weights @ mean_squared_cosine(d, snr)
    else:
        squared_norm = 1 + d * noise
        leading = 1 / squared_norm
        snr = 1 / np.sqrt(noise)
        first, second = mean_cosine(d, snr), mean_squared_cosine(d, snr)
    return FirstStep(
        alignment=float(first),
        alignment_squared=float(second),
        norm=float(eta_1 * np.sqrt(squared_norm)),
        leading_alignment_squared=float(leading),
    )


def _fcn_cosines(n: int, k: int, d: int, noise: float) -> tuple[float, float]:
    """E cos and E cos^2 by three blocks: (w*, ..., w*), the other signals of the patches, everything else.

    The counts over n have covariance (I - 11'/k) / (nk): nothing along the first block, 1 / (nk) in every
    direction of the second.
    """
    blocks = {
        "target": [1.0, 0.0, 0.0],
        "mean": [1 / np.sqrt(k), 0.0, 0.0],
        "variance": [noise, noise + 1 / (n * k), noise],
        "dimension": [1, k - 1, k * (d - 1)],
    }
    return float(cosine_moment(1, **blocks)), float(cosine_moment(2, **blocks))


def fraction_above(
    architecture: Architecture,
    *,
    bias: ArrayLike,
    n: int,
    k: int,
    d: int,
    sigma: float,
    eta_1: float = 1.0,
    init_variance: float = 0.0,
) -> FloatArray:
    """P(alignment after step 1 > bias), in the shape of `bias` >= 0; the arguments are those of `first_step`.

    cos / sqrt(1 - cos^2) * sqrt(d - 1) is noncentral t with d - 1 degrees of freedom and noncentrality
    signal / s (Johnson, Kotz and Balakrishnan 1995, Continuous univariate distributions 2, chapter 31); for
    the LCN this is averaged over n_i. FCN: the cosine of the whole vector, with the counts as in
    `first_step`; the response of the neuron to a signal is that cosine over sqrt k, so ask at sqrt(k) b_1.

    >>> fraction_above("lcn", bias=[0.0, 0.5], n=80, k=4, d=8, sigma=0.3).round(4)
    array([1.    , 0.9997])
    """
    bias = nonnegative_array("bias", bias)
    n, k, d, noise = _checked(architecture, n, k, d, sigma, eta_1, init_variance)
    inside = np.minimum(bias, 1 - 1e-15)
    tangent = inside / np.sqrt((1 - inside) * (1 + inside))
    if architecture == "fcn":
        squared_rest, weights = _fcn_rest(n, k, d, noise, points=32)
        tail = ndtr((1 / np.sqrt(k) - tangent[..., None] * np.sqrt(squared_rest)) / np.sqrt(noise))
        above = tail @ weights
    else:
        counts, weights = binomial_rule(n, 1 / k) if architecture == "lcn" else (np.array([n]), np.ones(1))
        snr = counts / (n * np.sqrt(noise))
        below = nctdtr(d - 1, snr, tangent[..., None] * np.sqrt(d - 1))
        # scipy gives NaN, instead of 0, where the series underflows: far below a large noncentrality.
        above = (1 - np.where(np.isnan(below), 0.0, below)) @ weights
    # No cosine exceeds 1.
    return np.where(bias < 1, above, 0.0)[()]


def alignment_rule(
    architecture: Architecture,
    *,
    n: int,
    k: int,
    d: int,
    sigma: float,
    eta_1: float = 1.0,
    init_variance: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Alignments and weights (m,) that stand for the law of the alignment after step 1 in an average.

    Gauss rules for the normal component along the target and the chi-square length across it. The counts of
    the LCN are taken as normal here, of their exact mean and variance.
    """
    n, k, d, noise = _checked(architecture, n, k, d, sigma, eta_1, init_variance)
    signal = {"cnn": 1.0, "lcn": 1 / k, "fcn": 1 / np.sqrt(k)}[architecture]
    variance = noise + (1 / k) * (1 - 1 / k) / n if architecture == "lcn" else noise
    if architecture == "fcn":
        squared_rest, rest_weights = _fcn_rest(n, k, d, noise, points=6)
    else:
        chi_square, rest_weights = chi_square_rule(d - 1, 10)
        squared_rest = noise * chi_square
    normal, normal_weights = normal_rule(16)
    along = signal + np.sqrt(variance) * normal
    alignments = along[:, None] / np.sqrt(along[:, None] ** 2 + squared_rest)
    weights = np.outer(normal_weights, rest_weights)
    # The corners weigh too little to be worth their time.
    keep = weights > 1e-8
    return alignments[keep], weights[keep] / weights[keep].sum()


def signal_share(
    *, n: int, k: int, d: int, sigma: float, eta_1: float = 1.0, init_variance: float = 0.0
) -> float:
    """FCN after step 1: mean square of w - cos u in the span of the k patches' signals, over all of it.

    The k - 1 coordinates there carry the noise of the counts, 1 / (nk) each, beside the s^2 of all kd - 1.
    """
    n, k, d, noise = _checked("fcn", n, k, d, sigma, eta_1, init_variance)
    inside = (k - 1) * (noise + 1 / (n * k))
    return inside / (inside + k * (d - 1) * noise)


def _fcn_rest(n: int, k: int, d: int, noise: float, points: int) -> tuple[FloatArray, FloatArray]:
    """Gauss rule, flattened, for the squared length of the FCN's step orthogonal to (w*, ..., w*)."""
    outside, outside_weights = chi_square_rule(k * (d - 1), points)
    if k == 1:
        return noise * outside, outside_weights
    counts, count_weights = chi_square_rule(k - 1, points)
    squared = (noise + 1 / (n * k)) * counts[:, None] + noise * outside
    return squared.ravel(), np.outer(count_weights, outside_weights).ravel()


def binomial_rule(n: int, p: float) -> tuple[FloatArray, FloatArray]:
    """Counts and weights (m,) for averages over Binomial(n, p).

    All counts within 9 standard deviations and 40 of the mean, which leaves out less than 1e-15; beyond some
    4,000 of them every q-th, whose sum differs from the whole one by rounding for functions that vary on the
    scale of the standard deviation.
    """
    from scipy.stats import binom  # late: takes half a second to import

    mean, deviation = n * p, np.sqrt(n * p * (1 - p))
    low = max(0, int(mean - 9 * deviation - 40))
    high = min(n, int(mean + 9 * deviation + 40))
    counts = np.arange(low, high + 1, max(1, int(deviation / 200)))
    weights = binom.pmf(counts, n, p)
    return counts.astype(np.float64), weights / weights.sum()


def normal_rule(points: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Hermite rule for N(0, 1): nodes and weights that sum to 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    return nodes, weights / weights.sum()


def chi_square_rule(degrees: int, points: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Laguerre rule for a chi-square with `degrees` >= 1 degrees of freedom; weights sum to 1.

    From the Jacobi matrix (Golub and Welsch 1969), as the unnormalised weights overflow at large degrees.
    """
    order = 0.5 * degrees - 1
    i = np.arange(points)
    nodes, vectors = eigh_tridiagonal(2 * i + order + 1, np.sqrt(i[1:] * (i[1:] + order)))
    return 2 * nodes, vectors[0] ** 2
