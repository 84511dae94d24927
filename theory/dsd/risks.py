"""Closed forms of the Dynamic Signal Distribution (DSD): posterior, floors, and risks of LSA networks.

A sample is x = y mu_t + xi in R^{k x d}: y = +-1 and the patch t uniform, mu_t the unit signal w* in patch t
and 0 elsewhere, xi Gaussian noise of deviation sigma in all kd coordinates (Lahoti et al. 2024, arXiv
2403.15707). Squared risk is E (f(x) - y)^2, which is 1 for f = 0; the 0-1 error counts f(x) = 0 as one half.
Everything here is exact or quadrature, in float64; nothing is sampled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, ndtr

from theory.dsd.bayes import K_MAX, bayes_errors
from theory.gaussian import soft_threshold_cf, soft_threshold_moments
from theory.validation import (
    FloatArray,
    finite_array,
    nonnegative_array,
    nonnegative_real,
    positive_integer,
    positive_real,
)


@dataclass(frozen=True, kw_only=True)
class Risks:
    """The two errors of one predictor: P(sign f != y) and E (f - y)^2, both without unit."""

    zero_one: float
    squared: float


@dataclass(frozen=True, kw_only=True)
class OracleRisk:
    """Squared risk of the LSA network at the true signal, and the bias that attains it."""

    risk: float
    bias: float


def soft_threshold(z: ArrayLike, b: ArrayLike) -> FloatArray:
    """phi_b(z) = ReLU(z - b) - ReLU(-z - b), the LSA activation; z and b >= 0 broadcast.

    >>> soft_threshold([-2.0, 0.5, 3.0], 1.0)
    array([-1.,  0.,  2.])
    """
    z, b = finite_array("z", z), nonnegative_array("b", b)
    return np.maximum(z - b, 0.0) - np.maximum(-z - b, 0.0)


def bayes_posterior_mean(x: ArrayLike, w: ArrayLike, sigma: float) -> FloatArray:
    """E[y | x] = sum_i sinh(z_i / sigma^2) / sum_i cosh(z_i / sigma^2), z_i = <w, x_i>.

    x: (n, k, d) samples; w: (d,) the unit signal. Returns (n,), in [-1, 1]. Derived from the likelihood
    exp(y z_t / sigma^2) of (y, t); computed as tanh of half the difference of two log-sum-exps.
    """
    sigma = positive_real("sigma", sigma)
    x, w = finite_array("x", x), finite_array("w", w)
    if x.ndim != 3 or 0 in x.shape[1:]:
        raise ValueError(f"x: got shape {x.shape}; allowed: (n, k, d) with k, d >= 1")
    if w.shape != x.shape[2:]:
        raise ValueError(f"w: got shape {w.shape}; allowed: ({x.shape[2]},), the length of a patch of x")
    if abs(np.linalg.norm(w) - 1) > 1e-5:
        raise ValueError(f"w: got norm {np.linalg.norm(w):.6g}; allowed: a unit vector")
    u = x @ w / sigma**2
    plus, minus = np.asarray(logsumexp(u, axis=1)), np.asarray(logsumexp(-u, axis=1))
    return np.tanh(0.5 * (plus - minus))


def bayes_risk(k: int, sigma: float) -> Risks:
    """Errors of the best predictors there are, for known w* and any d: sign and value of E[y | x].

    Squared risk to a relative error of 1e-11 and 0-1 error to an absolute one of 1e-12 for k up to 100, and
    in proportion to k beyond; where the squared risk is below 1e-10, the 0-1 error has a relative error of
    about 1 % instead. For every sigma > 0 and k up to 10^4; larger k raise ValueError. Derivation in
    `theory.dsd.bayes`.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    if k > K_MAX:
        raise ValueError(
            f"k: got {k}; allowed: an integer from 1 to {K_MAX}, where the quadrature is accurate"
        )
    zero_one, squared = bayes_errors(k, sigma)
    return Risks(zero_one=zero_one, squared=squared)


def linear_risk(k: int, sigma: float) -> Risks:
    """Errors of the best linear predictor, a multiple of sum_i <w*, x_i> ~ N(y, k sigma^2). Derived.

    0-1 error Phi(-1 / (sigma sqrt k)); squared risk k sigma^2 / (1 + k sigma^2), at the multiple
    1 / (1 + k sigma^2).
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    variance = k * sigma**2
    return Risks(zero_one=float(ndtr(-1 / np.sqrt(variance))), squared=variance / (1 + variance))


def net_risk(alignments: ArrayLike, norms: ArrayLike, bias: ArrayLike, sigma: float) -> FloatArray:
    """Population squared risk of f(x) = sum_i phi_b(<w_i, x_i>), any LCN or CNN with LSA activation.

    alignments: (..., k), <w*, w_i>; norms: (..., k), |w_i|; bias: (...), the network's one b >= 0, or a
    number. Returns (...). A CNN repeats its one filter k times. Not covered: the FCN, and several filters a
    patch, whose units share their noise.

    Given y = 1 and t, the z_i = <w_i, x_i> are independent, z_t ~ N(a_t, |w_t|^2 sigma^2), the others
    centred, and phi_b is odd: only the signal patch has a mean m_t, so the risk is the mean over t of
    (m_t - 1)^2 + Var phi_b(z_t) + sum_{i != t} E phi_b(z_i)^2. Derived.
    """
    sigma = positive_real("sigma", sigma)
    alignments, norms = finite_array("alignments", alignments), nonnegative_array("norms", norms)
    bias = nonnegative_array("bias", bias)
    if alignments.ndim == 0 or alignments.shape[-1] == 0:
        raise ValueError(f"alignments: got shape {alignments.shape}; allowed: (..., k) with k >= 1")
    if norms.shape != alignments.shape:
        raise ValueError(f"norms: got shape {norms.shape}; allowed: {alignments.shape}, that of alignments")
    if bias.ndim and bias.shape != alignments.shape[:-1]:
        raise ValueError(f"bias: got shape {bias.shape}; allowed: () or {alignments.shape[:-1]}")
    # Float32 weights give an alignment that may pass the norm by a rounding.
    if np.any(np.abs(alignments) > norms * (1 + 1e-5) + 1e-30):
        raise ValueError("alignments: exceed the norms; allowed: |<w*, w_i>| <= |w_i|, as |w*| = 1")
    return _squared_risk(alignments, norms * sigma, bias)


def _squared_risk(means: FloatArray, stds: FloatArray, bias: FloatArray) -> FloatArray:
    """`net_risk` by the patches' signal means and noise deviations (..., k) and the bias (...)."""
    bias = np.asarray(bias)[..., None]
    first, second = soft_threshold_moments(means, stds, bias)
    _, noise = soft_threshold_moments(0.0, stds, bias)
    others = noise.sum(axis=-1, keepdims=True) - noise
    return ((first - 1) ** 2 + np.maximum(second - first**2, 0.0) + others).mean(axis=-1)


def _shared_risk(k: int, sigma: float, norm: float, bias: FloatArray | float) -> FloatArray:
    """Squared risk of the network with w_i = norm w* for all k patches, at every entry of `bias`."""
    first, second = soft_threshold_moments(norm, norm * sigma, bias)
    _, noise = soft_threshold_moments(0.0, norm * sigma, bias)
    return (first - 1) ** 2 + np.maximum(second - first**2, 0.0) + (k - 1) * noise


def lsa_risk(k: int, sigma: float, norm: float, bias: float) -> Risks:
    """Errors of the LSA network at the true signal, w_i = norm w* for all i, with bias b >= 0.

    Squared risk in closed form, as in `net_risk`. The 0-1 error, P(f < 0) + P(f = 0) / 2 given y = 1, by the
    Gil-Pelaez integral of the product of the patches' characteristic functions, to an absolute error of
    about 1e-12; it depends on norm and bias through bias / norm alone. Derived.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    norm, bias = nonnegative_real("norm", norm), nonnegative_real("bias", bias)
    squared = float(_shared_risk(k, sigma, norm, bias))
    zero_one = 0.5 if norm == 0 else _lsa_zero_one(k, sigma, bias / norm)
    return Risks(zero_one=zero_one, squared=squared)


def _lsa_zero_one(k: int, sigma: float, bias: float) -> float:
    """1/2 - (1/pi) int_0^inf Im[chi_signal] chi_noise^{k-1} dt / t at norm 1.

    Up to t = 10 / sigma the integrand may turn with the signal and shrink with the sum of k patches: equal
    panels finer than both. Beyond, only the 1/t^2 tail left by the kink at the threshold: doubling panels.
    """
    nodes, weights = np.polynomial.legendre.leggauss(16)
    panels = int(np.ceil(10 / sigma * max(1.0, sigma * np.sqrt(k)))) + 1
    edges = np.concatenate([np.linspace(0, 10 / sigma, panels + 1), 10 / sigma * 2.0 ** np.arange(1, 50)])
    half = 0.5 * np.diff(edges)[:, None]
    t = edges[:-1, None] + half * (1 + nodes)
    signal = soft_threshold_cf(t, 1.0, sigma, bias).imag
    noise = soft_threshold_cf(t, 0.0, sigma, bias).real
    integral = float(np.sum(half * weights * signal * noise ** (k - 1) / t))
    return min(max(0.5 - integral / np.pi, 0.0), 0.5)


def oracle_risk(k: int, sigma: float) -> OracleRisk:
    """The least squared risk over b >= 0 of the LSA network with every w_i = w* (norm 1).

    The floor that targets are set above. The risk is exact to rounding; the bias, where the risk is flat, to
    about 1e-7. When no threshold gets below the risk 1 of f = 0, as at large sigma, the risk is 1 and the
    bias is any that silences the network.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    # Past 12 sigma the noise patches are silent to 1e-30, and more bias only takes from the signal.
    risk, bias = _least(lambda b: _shared_risk(k, sigma, 1.0, b), 12 * sigma)
    return OracleRisk(risk=risk, bias=bias)


def _least(risk: Callable[[Any], FloatArray], upper: float) -> tuple[float, float]:
    """The least risk over biases from 0 to `upper`, on a grid and refined beside its best, and its bias."""
    grid = np.linspace(0.0, upper, 4001)
    risks = risk(grid)
    best = int(np.argmin(risks))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    refined = minimize_scalar(
        lambda b: float(risk(b)), bounds=bounds, method="bounded", options={"xatol": 1e-10}
    )
    # An optimum at b = 0 is reported as 0 and not as the rounding beside it.
    if refined.fun < risks[best] * (1 - 1e-14):
        return float(refined.fun), float(refined.x)
    return float(risks[best]), float(grid[best])


@dataclass(frozen=True)
class FreeOracle:
    """Least squared risk over norm and bias of the ground-truth network, and where it is reached."""

    risk: float
    norm: float
    bias: float


def free_oracle_risk(k: int, sigma: float) -> FreeOracle:
    """The least squared risk over the norm s and b >= 0 of the LSA network with every w_i = s w*.

    The floor of trained networks, whose norms are free. With b = s c the network is s times that of norm 1
    and bias c, of which m is the mean given y = 1 and q the second moment, so that its best norm is m / q and
    the risk there 1 - m^2 / q. Derived. Exact to rounding; where no bias silences less than it costs, as on
    one patch, b = 0.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)

    def moments(bias: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        first, second = soft_threshold_moments(1.0, sigma, bias)
        _, noise = soft_threshold_moments(0.0, sigma, bias)
        return first, second + (k - 1) * noise

    def risk(bias: FloatArray | float) -> FloatArray:
        first, second = moments(bias)
        return 1 - first**2 / second

    # At the upper end the signal itself is silent but for its tail; further out both moments vanish.
    least, bias = _least(risk, 1 + 4 * sigma)
    first, second = moments(bias)
    norm = float(first / second)
    return FreeOracle(risk=least, norm=norm, bias=norm * bias)
