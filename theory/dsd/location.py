"""Saying which patch of a DSD image holds the signal: errors of LSA nets with one output a patch.

Labels are y_i = y 1{i = t} for y = +-1 and the patch t of DSD (`theory.dsd.risks`), outputs f_i =
phi_b(<w_i, x_i>).

**Squared risk.** Given y and t the patches are independent, and phi_b is odd, so that f_i - y_i has mean 0
for i != t. Hence E (sum_i f_i - y)^2 = E (sum_i (f_i - y_i))^2 = sum_i E (f_i - y_i)^2: the mean over
patches is 1/k of the risk of the net with the sum, `theory.dsd.risks.net_risk`, whatever the filters and the
bias, and at the true signal the best bias is the same. Derived.

**Top-one error.** The guess is the patch with the largest |f_i|, a tie broken at random. At w_i = w* |f_i|
is max(|z_i| - b, 0), z_i = <w*, x_i> ~ N(y_i, sigma^2); the guess errs where a noise patch is louder than b
and than the signal's, or by chance where all are silent. With v = |z_t| / sigma of density p, and F(v) =
2 Phi(v) - 1 for a noise patch, the error is

    int_{b/sigma}^inf p(v) (1 - F(v)^{k-1}) dv  +  P(|z_t| <= b) (1 - F(b/sigma)^{k-1} / k).

At b = 0 no guess that knows w* errs less: the posterior of t is proportional to cosh(z_t / sigma^2). Derived.
"""

import numpy as np
from scipy.special import erf, ndtr

from theory.validation import nonnegative_real, positive_integer, positive_real

FAR = 80.0
"""Of a signal of so many deviations, noise as loud as half of it has a probability of 0 in float64."""
REACH = 40.0
"""Deviations beyond the signal at which nothing is left of its density."""
PANEL = 0.25


def top_one_error(k: int, sigma: float, bias: float) -> float:
    """P(the largest |phi_b(<w*, x_i>)| is not the signal's), where b = bias >= 0 and a tie of m patches with
    the signal's among them counts 1 - 1/m.

    By Gauss-Legendre panels of positive terms, to a relative error of about 1e-12.
    """
    k, sigma = positive_integer("k", k), positive_real("sigma", sigma)
    least, mean = nonnegative_real("bias", bias) / sigma, 1 / sigma
    silent = ndtr(least - mean) - ndtr(-least - mean)
    error = float(silent * (1 - erf(least / np.sqrt(2)) ** (k - 1) / k))
    end = mean + REACH
    if mean > FAR or least >= end:
        return error
    nodes, weights = np.polynomial.legendre.leggauss(16)
    edges = np.linspace(least, end, int((end - least) / PANEL) + 2)
    half = 0.5 * np.diff(edges)[:, None]
    v = edges[:-1, None] + half * (1 + nodes)
    density = (np.exp(-0.5 * (v - mean) ** 2) + np.exp(-0.5 * (v + mean) ** 2)) / np.sqrt(2 * np.pi)
    louder = -np.expm1((k - 1) * np.log1p(-2 * ndtr(-v)))
    return error + float(np.sum(half * weights * density * louder))
