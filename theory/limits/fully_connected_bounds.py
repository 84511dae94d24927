"""Lower bounds for fully connected nets: the group O(kd) turns k orthonormal signals in R^{kd} at once.

Two ways to say what a successful net must know. `subspace_bound`: f depends on x through m inner products
only, so that the signals must show in the span of m weight vectors; no condition at all. `alignment_bound`: a
condition on the trained net, that half of the patches have a neuron near their signal. Proofs in
docs/lower-bounds.md.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, betaincc, gammaln, logsumexp

from theory.dsd.alignment_law import alignment_exceeds
from theory.limits.bound import (
    EQUIVARIANT,
    SUCCESS,
    Bound,
    choice,
    least_integer,
    least_real,
    log_chernoff,
    probability,
)
from theory.limits.information import binary_divergence, sample_information
from theory.sphere import log_cap
from theory.validation import FloatArray, finite_array, nonnegative_array, positive_integer, positive_real

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
_SQUARES = np.linspace(0.0, 1.0, 2001)


def antipodal_risk(separation: ArrayLike) -> FloatArray:
    """Least squared risk of y = +-1 seen as y h + N(0, 1), h = separation >= 0 of any shape.

    1 - E tanh(h^2 + h g), g ~ N(0, 1): the Bayes risk of DSD at k = 1 and sigma = 1/h, falling from 1 to 0.
    Derived: E[y | z] = tanh(h z), and the risk is 1 - E[y E[y | z]].
    """
    h = nonnegative_array("separation", separation)[..., None]
    g = 9 * _NODES
    mass = 9 * _WEIGHTS * np.exp(-0.5 * g**2) / np.sqrt(2 * np.pi)
    # 1 - tanh u = 2 / (1 + e^{2u}), without the cancellation.
    return (2 / (1 + np.exp(np.minimum(2 * (h**2 + h * g), 700.0))) @ mass)[()]


def subspace_bound(
    k: int,
    d: int,
    sigma: float,
    target: float,
    *,
    neurons: int | None = None,
    success: float = 0.5,
    candidates: int = 1,
) -> Bound:
    """Lower bound for any net with m = neurons first-layer units, whatever its activation, bias and outputs.

    Let Q project on the span of the m weight vectors. Told the patch, nothing computed from Qx has a lower
    risk than `antipodal_risk` at |Q v_t| / sigma. Told instead a pair {(+, s), (-, t)} of which one is true,
    nothing has a lower risk than at |Q u| / (sqrt 2 sigma), u = (v_s + v_t) / sqrt 2: the stronger bound, as
    the net does not know t. The floor(k/2) vectors u of disjoint pairs are a Haar frame, |Qu|^2 is at most
    Beta(m/2, (D - m)/2) in law given those before, D = kd - floor(k/2) + 1, and data processing with the
    Chernoff bound of the mean risk gives n, real. The greater of the two forms is returned. Says nothing
    (n = 0) where the signals already show in a random subspace: at 1 / (sigma^2 d) large.
    """
    k, d, sigma = positive_integer("k", k), positive_integer("d", d), positive_real("sigma", sigma)
    target, success = positive_real("target", target), probability("success", success)
    m = k if neurons is None else positive_integer("neurons", neurons)
    least = float(antipodal_risk(1 / ((math.sqrt(2) if k > 1 else 1) * sigma)))
    reach = least * (2 * (k // 2) / k if k > 1 else 1)
    if target < reach:
        raise ValueError(
            f"target: got {target:.6g}; allowed: at least {reach:.6g}, which no predictor goes below"
        )
    patch = _log_chance_of_subspace(k, 1.0, 1.0, k, d, sigma, target, m)
    pairs = k // 2
    # With k odd one patch is left without a partner, and its risk is only known to be >= 0.
    paired = (
        _log_chance_of_subspace(pairs, math.sqrt(2), k / (2 * pairs), k, d, sigma, target, m) if pairs else 0
    )
    candidates = positive_integer("candidates", candidates)
    log_chance = min(0.0, min(patch, paired) + math.log(candidates))
    needed = binary_divergence(success, log_chance)
    return Bound(
        architecture="fcn",
        method="subspace",
        k=k,
        d=d,
        sigma=sigma,
        target=target,
        success=success,
        n=least_real(lambda size: sample_information("fcn", size, k, d, sigma), needed),
        alignment=None,
        log_chance=log_chance,
        information=needed,
        conditions=(
            EQUIVARIANT["fcn"],
            f"the output is a function of {m} linear maps of x (a first layer of {m} units), of any form",
            SUCCESS,
            choice(candidates),
        ),
    )


def _log_chance_of_subspace(
    count: int, spread: float, slack: float, k: int, d: int, sigma: float, target: float, m: int
) -> float:
    """log P(mean risk of `count` frame vectors <= slack target) for a span drawn without any sample."""
    dimension = k * d - count + 1
    if m >= dimension:
        return 0.0
    tail = log_overlap_exceeds(m, dimension, _SQUARES)
    with np.errstate(divide="ignore", invalid="ignore"):
        cells = tail[:-1] + np.log1p(-np.exp(tail[1:] - tail[:-1]))
    # Where the difference of two tails is lost, the cell has at most the tail from its lower end on.
    cells = np.where(np.isfinite(cells), cells, tail[:-1])
    # In each cell of |Qu|^2 the risk is rounded down, to that of its upper end.
    risks = antipodal_risk(np.sqrt(_SQUARES[1:]) / (spread * sigma))
    return log_chernoff(count, slack * target, risks, cells)


def log_overlap_exceeds(m: int, dimension: int, square: ArrayLike) -> FloatArray:
    """log P(|Qu|^2 >= square), Q the projection on m of D = dimension > m directions, u uniform; or above it.

    |Qu|^2 ~ Beta(m/2, (D - m)/2). Where that probability leaves the doubles, the upper bound
    exp(-(D/2) d(m/D || x)) stands for it, d the binary divergence (Dasgupta and Gupta 2003, lemma 2.2).
    """
    square = finite_array("square", square)
    m, dimension = positive_integer("m", m), positive_integer("dimension", dimension)
    if m >= dimension:
        raise ValueError(f"m: got {m}; allowed: below dimension = {dimension}")
    exact = np.asarray(betaincc(0.5 * m, 0.5 * (dimension - m), square))
    ratio = m / dimension
    with np.errstate(divide="ignore"):
        bound = 0.5 * m * np.log(square / ratio) + 0.5 * (dimension - m) * np.log((1 - square) / (1 - ratio))
        return np.where(exact > 1e-290, np.log(exact), bound)[()]


def alignment_bound(
    k: int,
    d: int,
    sigma: float,
    alignment: float,
    *,
    neurons: int | None = None,
    fraction: float = 0.5,
    success: float = 0.5,
    candidates: int = 1,
) -> Bound:
    """Lower bound for FCNs under the condition that success shows in alignments.

    Condition: at least `fraction` of the patches t of a successful net have one of the m = neurons weight
    vectors with |cos(w_j, v_t)| >= alignment. Two bounds, and the greater of them is n:

    * information: without a sample the number of such patches is at most Binomial(k, q) in law, with
      q = 2 m cap(kd - k + 1, alignment), as each v_t is uniform on the sphere of the complement of those
      before it; then data processing;
    * oracle: for each t reveal the other signals. Then v_t lies on a sphere of kd - k + 1 dimensions and n_t
      samples align with it as in `theory.dsd.alignment_law`: the probability p_t that some w_j does is at
      most E min(1, 2 m P(C >= alignment)), n_t ~ Binomial(n, 1/k), and success <= p_t / fraction by Markov.
    """
    k, d, sigma = positive_integer("k", k), positive_integer("d", d), positive_real("sigma", sigma)
    success, fraction = probability("success", success), probability("fraction", fraction)
    m = k if neurons is None else positive_integer("neurons", neurons)
    if not 0 < alignment <= 1:
        raise ValueError(f"alignment: got {alignment!r}; allowed: a cosine in (0, 1]")
    dimension = k * d - k + 1
    log_q = min(0.0, math.log(2 * m) + float(log_cap(dimension, alignment)))
    candidates = positive_integer("candidates", candidates)
    chance = _log_binomial_tail(k, math.ceil(fraction * k - 1e-9), log_q)
    log_chance = min(0.0, chance + math.log(candidates))
    needed = binary_divergence(success, log_chance)
    informed = least_real(lambda size: sample_information("fcn", size, k, d, sigma), needed)
    seen = least_integer(
        lambda size: _mean_hit(size, k, dimension, sigma, alignment, m), fraction * success / candidates
    )
    return Bound(
        architecture="fcn",
        method="alignment, oracle" if seen > informed else "alignment, information",
        k=k,
        d=d,
        sigma=sigma,
        target=None,
        success=success,
        n=max(seen, informed),
        alignment=float(alignment),
        log_chance=log_chance,
        information=needed,
        conditions=(
            EQUIVARIANT["fcn"],
            f"success implies: at least {fraction:g} of the patches have one of {m} neurons with "
            f"|cos(w_j, v_t)| >= {alignment:g}",
            "that condition is not proven here: it has to hold on trained nets",
            choice(candidates),
        ),
    )


def _log_binomial_tail(k: int, least: int, log_q: float) -> float:
    """log P(Binomial(k, q) >= least), from log q."""
    if log_q >= 0 or least <= 0:
        return 0.0
    j = np.arange(least, k + 1)
    log_rest = math.log1p(-math.exp(log_q)) if log_q < -1e-300 else -math.inf
    terms = gammaln(k + 1) - gammaln(j + 1) - gammaln(k - j + 1) + j * log_q
    terms = terms + np.where(k > j, (k - j) * log_rest, 0.0)
    return min(0.0, float(np.asarray(logsumexp(terms))))


def _mean_hit(n: int, k: int, dimension: int, sigma: float, alignment: float, m: int) -> float:
    """E min(1, 2 m P(C >= alignment)), with n_t ~ Binomial(n, 1/k) rounded up to a grid."""
    if k == 1:
        exceeds = float(alignment_exceeds(dimension, math.sqrt(n) / sigma, alignment))
        return min(1.0, 2 * m * exceeds)
    reach = min(n, math.ceil(n / k + 12 * math.sqrt(n / k) + 60))
    sizes = np.unique(np.ceil(np.linspace(0, reach, min(reach, 400) + 1)))
    below = np.asarray(bdtr(sizes, n, 1 / k))
    hits = np.minimum(
        1.0, 2 * m * np.asarray(alignment_exceeds(dimension, np.sqrt(sizes) / sigma, alignment))
    )
    return float(np.diff(below, prepend=0.0) @ hits) + max(1 - float(below[-1]), 0.0)
