"""The second step of two-step gradient descent on the DSD task: fresh samples, bias b_1, correlation loss.

With w of length 1 and alignment a = <w, w*>, the step is w <- normalise(w + eta_2 g),

    g = mean_j sum_i y_j 1{|<w, x_j^(i)>| > b_1} x_j^(i)     CNN: all patches; LCN: patch i; FCN: whole x.

A patch y x is (signal) w* + sigma zeta w + noise orthogonal to w: whether it passes depends on zeta ~ N(0, 1)
alone, and what it adds has the moments of zeta truncated to |a + sigma zeta| > b_1. Given the numbers J_s and
J_n of signal and noise patches that pass, the part of g orthogonal to w is exactly Gaussian; the sum of the
zetas is taken as Gaussian, of its exact mean and variance. Derived; `theory.derivations.second_step` has
the algebra.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from theory.architectures import Architecture
from theory.two_step.first_step import check_architecture, check_dimension, normal_rule
from theory.two_step.projected_gaussian import cosine_moment
from theory.validation import (
    FloatArray,
    finite_array,
    nonnegative_array,
    nonnegative_real,
    positive_integer,
    positive_real,
)

# Up to this mean the counts are summed one by one; above it they are normal.
_FEW = 12.0
_FEW_COUNTS = 36  # P(Poisson(12) > 36) < 1e-8
_MANY_POINTS = 8
_RESPONSE_POINTS = 12
# A coarser sum than the default: its error, 5e-8, is far below that of taking the zetas as Gaussian.
_STEP = 0.25


@dataclass(frozen=True, kw_only=True)
class SecondStep:
    """One neuron after step 2, averaged over the samples of that step.

    Attributes:
        alignment: E cos.
        leading_alignment: <E w, w*> / sqrt(E |w|^2), w before projection: E cos for many active patches.
        norm: sqrt(E |w|^2), the root mean square length before projection. Exact.
        active: expected number of (sample, patch) pairs that pass the bias and enter the gradient.
    """

    alignment: float
    leading_alignment: float
    norm: float
    active: float


@dataclass(frozen=True, kw_only=True)
class ActivationProbabilities:
    """P(|<w, x_i>| > b) where the patch i holds the signal, and where it holds noise alone."""

    signal: FloatArray
    noise: FloatArray


class _Truncated(NamedTuple):
    """E zeta^j 1{|a + sigma zeta| > b}, zeta ~ N(0, 1), for j = 0, 1, 2."""

    zeroth: FloatArray
    first: FloatArray
    second: FloatArray


class _Passing(NamedTuple):
    """What one patch that passes adds along w and in length: the moments a network's step is made of."""

    probability: FloatArray
    zeta_mean: FloatArray
    zeta_variance: FloatArray


def truncated_moments(mean: ArrayLike, bias: ArrayLike, sigma: float) -> _Truncated:
    """E zeta^j 1{|mean + sigma zeta| > bias} for zeta ~ N(0, 1), j = 0, 1, 2; mean and bias >= 0 broadcast.

    With r = (bias - mean) / sigma and q = (bias + mean) / sigma: Phi(-r) + Phi(-q), phi(r) - phi(q), and
    Phi(-r) + Phi(-q) + r phi(r) + q phi(q). Derived by parts.
    """
    sigma, mean, bias = (
        positive_real("sigma", sigma),
        finite_array("mean", mean),
        nonnegative_array("bias", bias),
    )
    r, q = (bias - mean) / sigma, (bias + mean) / sigma
    density_r, density_q = (np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi) for x in (r, q))
    zeroth = ndtr(-r) + ndtr(-q)
    return _Truncated(zeroth, density_r - density_q, zeroth + r * density_r + q * density_q)


def activation_probabilities(
    alignment: ArrayLike, bias: ArrayLike, sigma: float, signal: float = 1.0
) -> ActivationProbabilities:
    """How often a filter of length 1 passes a patch: P(|signal alignment + sigma zeta| > bias), and signal 0.

    alignment and bias broadcast; signal: length of the signal in the patch (1 in the paper; for the FCN,
    whose neuron sees the whole image, 1 / sqrt k with the alignment to (w*, ..., w*) / sqrt k).

    >>> float(activation_probabilities(0.5, 0.5, 0.1).signal.round(6))
    0.5
    """
    alignment, signal = _alignments(alignment), nonnegative_real("signal", signal)
    passing = truncated_moments(signal * alignment, bias, sigma).zeroth
    silent = truncated_moments(np.zeros_like(alignment), bias, sigma).zeroth
    return ActivationProbabilities(signal=passing, noise=silent)


def _alignments(alignment: ArrayLike) -> FloatArray:
    alignment = finite_array("alignment", alignment)
    if np.any(np.abs(alignment) > 1):
        raise ValueError("alignment: holds a number outside [-1, 1]; allowed: cosines")
    return alignment


def second_step(
    architecture: Architecture,
    *,
    alignment: float,
    n: int,
    k: int,
    d: int,
    sigma: float,
    bias_1: float,
    eta_2: float,
    signal_share: float | None = None,
) -> SecondStep:
    """Alignment and length after step 2 on n fresh samples, from a neuron of length 1 at `alignment`.

    FCN: the alignment is that with (w*, ..., w*) / sqrt k, and `signal_share` the part of the neuron's
    squared length orthogonal to it that lies in the span of the k patches' signals (default: as for a random
    direction, (k - 1) / (kd - 1); after step 1 see `theory.two_step.first_step.signal_share`): its responses
    to the k signals are taken as Gaussian, of that variance. Raises ValueError naming the argument.
    """
    check_architecture(architecture)
    n, k, d = positive_integer("n", n), positive_integer("k", k), check_dimension(d)
    sigma, eta_2 = positive_real("sigma", sigma), positive_real("eta_2", eta_2)
    bias_1 = nonnegative_real("bias_1", bias_1)
    cosine = _alignments(alignment)
    if cosine.ndim:
        raise ValueError(f"alignment: got shape {cosine.shape}; allowed: a number")
    share = (k - 1) / (k * d - 1) if signal_share is None else nonnegative_real("signal_share", signal_share)
    if share > 1:
        raise ValueError(f"signal_share: got {share}; allowed: a number from 0 to 1")
    if architecture == "fcn":
        along, squared, active = _fcn_means(cosine, n, k, d, sigma, bias_1, eta_2, share)
    else:
        along, squared, active = _patch_means(architecture, cosine, n, k, d, sigma, bias_1, eta_2)
    mean = mean_alignments(
        architecture, cosine[None], n=n, k=k, d=d, sigma=sigma, bias_1=bias_1, eta_2=eta_2, signal_share=share
    )
    return SecondStep(
        alignment=float(mean[0]),
        leading_alignment=float(along / np.sqrt(squared)),
        norm=float(np.sqrt(squared)),
        active=float(active),
    )


def _patch_means(
    architecture: Architecture, a: FloatArray, n: int, k: int, d: int, sigma: float, bias: float, eta: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """E <w', w*>, E |w'|^2 and the expected number of active patches, w' = w + eta g of a CNN or an LCN."""
    signal, noise = truncated_moments(a, bias, sigma), truncated_moments(0.0, bias, sigma)
    across = sigma**2 * (d - 1)
    # E of what one patch adds: signal_mean w* + zeta_mean w; and of its squared length.
    signal_mean, zeta_mean = signal.zeroth, sigma * signal.first
    with_signal = (1 + across) * signal.zeroth + 2 * sigma * a * signal.first + sigma**2 * signal.second
    without = across * noise.zeroth + sigma**2 * noise.second
    squared_mean = signal_mean**2 + 2 * a * signal_mean * zeta_mean + zeta_mean**2
    if architecture == "cnn":
        scale, trace = 1.0, with_signal - squared_mean + (k - 1) * without
        active = n * (signal.zeroth + (k - 1) * noise.zeroth)
    else:
        scale, trace = 1 / k, with_signal / k + (1 - 1 / k) * without - squared_mean / k**2
        active = n * (signal.zeroth / k + (1 - 1 / k) * noise.zeroth)
    on_signal = scale * (signal_mean + a * zeta_mean)
    on_filter = scale * (a * signal_mean + zeta_mean)
    squared = 1 + 2 * eta * on_filter + eta**2 * (scale**2 * squared_mean + trace / n)
    return a + eta * on_signal, squared, active


def _responses(a: FloatArray, k: int, share: float) -> tuple[FloatArray, FloatArray]:
    """<w, w* in patch t> over the patches of an FCN neuron: nodes (..., m) and weights (m,)."""
    nodes, weights = normal_rule(_RESPONSE_POINTS)
    deviation = np.sqrt((1 - a**2) * share / k)
    return a[..., None] / np.sqrt(k) + deviation[..., None] * nodes, weights


def _fcn_means(
    a: FloatArray, n: int, k: int, d: int, sigma: float, bias: float, eta: float, share: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """As `_patch_means`, for <w', u> with u = (w*, ..., w*) / sqrt k; averages over the patches by
    `_responses`.
    """
    response, weights = _responses(a, k, share)
    part = truncated_moments(response, bias, sigma)
    passing, zeta_mean = part.zeroth @ weights, sigma * (part.first @ weights)
    on_filter = (part.zeroth * response) @ weights
    squared_mean = (part.zeroth**2 @ weights) / k + 2 * on_filter * zeta_mean + zeta_mean**2
    each = (
        (1 + sigma**2 * (k * d - 1)) * part.zeroth
        + 2 * sigma * response * part.first
        + sigma**2 * part.second
    )
    trace = each @ weights - squared_mean
    squared = 1 + 2 * eta * (on_filter + zeta_mean) + eta**2 * (squared_mean + trace / n)
    return a + eta * (passing / np.sqrt(k) + a * zeta_mean), squared, n * passing


def mean_alignments(
    architecture: Architecture,
    alignments: FloatArray,
    *,
    n: int,
    k: int,
    d: int,
    sigma: float,
    bias_1: float,
    eta_2: float,
    signal_share: float = 0.0,
) -> FloatArray:
    """E cos after step 2 for neurons at `alignments` (m,), by the numbers of patches that pass; (m,).

    Arguments as in `second_step`, taken as valid.
    """
    a = alignments
    if architecture == "fcn":
        return _fcn_alignments(a, n, k, d, sigma, bias_1, eta_2, signal_share)
    signal, noise = _passing(a, bias_1, sigma), _passing(np.zeros(1), bias_1, sigma)
    patches = 1 if architecture == "lcn" else k
    chance = signal.probability * patches / k
    signals, signal_weights = _counts(n, chance)
    if architecture == "lcn":  # a sample's one patch passes as signal, as noise, or not
        trials = np.maximum(n - signals, 0.0)
        chance = (1 - 1 / k) * noise.probability / np.maximum(1 - chance, 1e-300)[:, None]
    else:
        trials, chance = np.full_like(signals, n * (k - 1)), np.broadcast_to(noise.probability, signals.shape)
    noises, noise_weights = _counts(trials, np.minimum(chance, 1.0))
    weights = signal_weights[..., None] * noise_weights
    row, column, depth = np.nonzero(weights > 1e-9)
    a, weights = a[row], weights[row, column, depth]
    signals, noises = signals[row, column], noises[row, column, depth]
    across = np.sqrt(1 - a**2)
    total = signals + noises
    # The blocks w, then w* orthogonal to w, then the rest, in units of eta_2 / n.
    mean_w = n / eta_2 + signals * (a + sigma * signal.zeta_mean[row])
    variance_w = sigma**2 * (signals * signal.zeta_variance[row] + noises * noise.zeta_variance)
    cosines = cosine_moment(
        1,
        target=np.stack([a, across, np.zeros_like(a)], axis=-1),
        mean=np.stack([mean_w, signals * across, np.zeros_like(a)], axis=-1),
        variance=np.stack([variance_w, sigma**2 * total, sigma**2 * total], axis=-1),
        dimension=[1, 1, d - 2],
        step=_STEP,
    )
    return np.bincount(row, weights * cosines, len(alignments)) / np.bincount(row, weights, len(alignments))


def _fcn_alignments(
    a: FloatArray, n: int, k: int, d: int, sigma: float, bias: float, eta: float, share: float
) -> FloatArray:
    """`mean_alignments` of the FCN: every image holds a signal, and one count J says all.

    J active images add J w*/sqrt k along u, whatever their patches; what they add along w follows from the
    responses, and the rest of the signals, of mean and of random length, lies across both.
    """
    response, weights = _responses(a, k, share)
    part = truncated_moments(response, bias, sigma)
    passing = np.maximum(part.zeroth @ weights, 1e-300)
    seen = (part.zeroth * response) @ weights / passing
    zeta_mean = (part.first @ weights) / passing
    zeta_variance = np.maximum((part.second @ weights) / passing - zeta_mean**2, 0.0)
    repeat = (part.zeroth**2 @ weights) / passing**2 / k  # chance that two active images share their patch
    counts, count_weights = _counts(n, np.minimum(passing, 1.0))
    row, column = np.nonzero(count_weights > 1e-9)
    j, a, seen, repeat = counts[row, column], a[row], seen[row], np.minimum(repeat, 1.0)[row]
    across = np.sqrt(1 - a**2)
    on_rest = (1 / np.sqrt(k) - a * seen) / np.maximum(across, 1e-150)
    # |E S|^2 = J^2 repeat is shared between w, u across w, and what is left of it.
    left = np.sqrt(np.maximum(repeat - seen**2 - on_rest**2, 0.0))
    spread = sigma**2 * j + j * (1 - repeat) / max(k * d - 2, 1)
    zero = np.zeros_like(a)
    cosines = cosine_moment(
        1,
        target=np.stack([a, across, zero], axis=-1),
        mean=np.stack([n / eta + j * (seen + sigma * zeta_mean[row]), j * on_rest, j * left], axis=-1),
        variance=np.stack([sigma**2 * j * zeta_variance[row], sigma**2 * j, spread], axis=-1),
        dimension=[1, 1, k * d - 2],
        step=_STEP,
    )
    size = len(passing)
    total = count_weights[row, column]
    return np.bincount(row, total * cosines, size) / np.bincount(row, total, size)


def _passing(mean: FloatArray, bias: float, sigma: float) -> _Passing:
    """Probability to pass, and mean and variance of zeta among those that do."""
    part = truncated_moments(mean, bias, sigma)
    probability = np.maximum(part.zeroth, 1e-300)
    first = part.first / probability
    return _Passing(probability, first, np.maximum(part.second / probability - first**2, 0.0))


def _counts(trials: ArrayLike, chance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Counts and weights, a new last axis, for Binomial(trials, chance), elementwise.

    One by one where the mean is small, Gauss-Hermite for the normal law of the same mean and variance
    elsewhere.
    """
    from scipy.stats import binom  # late: takes half a second to import

    trials, chance = (np.asarray(v, np.float64)[..., None] for v in np.broadcast_arrays(trials, chance))
    mean = trials * chance
    small = np.arange(_FEW_COUNTS + 1.0)
    nodes, node_weights = normal_rule(_MANY_POINTS)
    padding = len(small) - len(nodes)
    nodes, node_weights = np.pad(nodes, (0, padding)), np.pad(node_weights, (0, padding))
    large = np.maximum(mean + np.sqrt(mean * (1 - chance)) * nodes, 0.0)
    few = mean < _FEW
    # A chance of 1 with few trials is a point mass that binom.pmf knows; trials are whole except between
    # nodes.
    weights = np.where(few, binom.pmf(small, np.round(trials), chance), node_weights)
    return np.where(few, small, large), weights
