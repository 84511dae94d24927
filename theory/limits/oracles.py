"""Oracle mean estimators: what each architecture pays for a signal when the patch of every sample is known.

The estimate of mu_t is the mean of y x over the samples of patch t, kept where the architecture looks: all kd
coordinates (FCN), the d of the patch (LCN), or the d of the patch pooled over all patches (CNN).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from theory.limits.information import Architecture, known_architecture, signal_dimension
from theory.validation import positive_integer, positive_real


@dataclass(frozen=True, kw_only=True)
class OracleError:
    """Expected squared error of the estimate of one patch's signal, and its leading form.

    given_seen: E |estimate - mu_t|^2 given that the patch has a sample. unseen: probability that it has none
    (0 for the CNN). overall: with the estimate 0, of squared error 1, for an unseen patch. leading:
    sigma^2 d, sigma^2 k d, sigma^2 k^2 d over n for CNN, LCN, FCN: the limit of n given_seen, n -> inf.
    """

    given_seen: float
    unseen: float
    overall: float
    leading: float


def mean_inverse_count(n: int, k: int) -> float:
    """E[1/N | N >= 1] for N ~ Binomial(n, 1/k), as a sum of positive terms. About k/n for n >> k."""
    n, k = positive_integer("n", n), positive_integer("k", k)
    if k == 1:
        return 1 / n
    m = np.arange(1, n + 1)
    logs = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1) - m * np.log(k) + (n - m) * np.log1p(-1 / k)
    return float(np.sum(np.exp(logs) / m) / -np.expm1(n * np.log1p(-1 / k)))


def oracle_error(architecture: Architecture, n: int, k: int, d: int, sigma: float) -> OracleError:
    """Exact error of the oracle mean estimator on n samples of DSD.

    The mean of n_t samples has the error N(0, sigma^2 / n_t) in each of the D coordinates it keeps, so that
    given n_t >= 1 it is sigma^2 D E[1/n_t | n_t >= 1], n_t ~ Binomial(n, 1/k), D = d or kd; the CNN has all n
    samples for its one signal: sigma^2 d / n. Derived in `theory.derivations.lower_bounds`.
    """
    known_architecture(architecture)
    n, sigma = positive_integer("n", n), positive_real("sigma", sigma)
    dimension = signal_dimension(architecture, k, d)
    if architecture == "cnn":
        error = sigma**2 * dimension / n
        return OracleError(given_seen=error, unseen=0.0, overall=error, leading=error)
    given_seen = sigma**2 * dimension * mean_inverse_count(n, k)
    unseen = float(np.exp(n * np.log1p(-1 / k))) if k > 1 else 0.0
    return OracleError(
        given_seen=given_seen,
        unseen=unseen,
        overall=unseen + (1 - unseen) * given_seen,
        leading=sigma**2 * dimension * k / n,
    )
