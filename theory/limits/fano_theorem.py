"""The LCN's lower bound in the paper's own terms: expected squared risk, filters of norm at most 1, Fano.

Lahoti et al. 2024, section 7 and its appendix "LCN Lower Bound". The theorem counts the least n with expected
risk <= delta = 0.0025; its lemma bounds the risk on a patch below by rho = (1 - max(0, |w| cos))^2. Here the
same argument is carried through with every constant that it allows, and repaired where the printed one does
not close (docs/lower-bounds.md, sections 7 and 10).
"""

import math
from typing import Any

from scipy.optimize import minimize_scalar

from theory.limits.bound import EQUIVARIANT, PROPER, Bound, probability
from theory.limits.packings import log_gilbert_varshamov
from theory.validation import nonnegative_real, positive_integer, positive_real

DELTA = 0.25e-2
"""Expected squared risk to reach, of all four theorems."""
THRESHOLD = 1e-2
"""rho below which the proof has a filter decode: |w| cos > 0.9 (lemma before the LCN's bound on SSD)."""
SAMPLES = 1 / 6
"""The proof's choice n = SAMPLES sigma^2 k d, which leaves an expected risk of DELTA."""
PATCH_SAMPLES = 40
"""The proof's n >= PATCH_SAMPLES k, under which n_1 <= 3n / 2k with probability 1/2: an assumption there."""
PRINTED_EXPONENT = 0.99
"""ln M / d of the packing that the proof takes from the packing corollary; no packing has so many points."""


def largest_inner_product(threshold: float = THRESHOLD) -> float:
    """2 (1 - sqrt t)^2 - 1: the largest packing constant c that the threshold t allows.

    rho(w, u) < t means <w, u> > a = 1 - sqrt t, so an angle below arccos a to u, as |w| <= 1. Angles obey the
    triangle inequality: if u and v are arccos c >= 2 arccos a apart, the angle to v is above arccos a and
    rho(w, v) > t, which is all that Fano's theorem asks. At the proof's t = 0.01, a = 0.9, this is 0.62; the
    proof takes 0.001. Below a = 1/sqrt 2 it is negative, and no large packing is left.
    """
    threshold = positive_real("threshold", threshold)
    if threshold >= 1:
        raise ValueError(f"threshold: got {threshold!r}; allowed: a number in (0, 1)")
    return 2 * (1 - math.sqrt(threshold)) ** 2 - 1


def published_expected_risk(n: float, k: int, d: int, sigma: float) -> float:
    """The proof's printed lower bound on the expected risk of n samples, (1 - 2 exp(-n / 10k)) 10^-2
    (1 - (3n / (2k sigma^2) + ln 2) / (0.99 d)); negative where it says nothing.

    At n = sigma^2 k d / 6 it is above DELTA for n >= 40k and d >= 3. It rests on the packing with
    ln M >= 0.99 d and products below 0.001, which does not exist (`theory.limits.packing_limits`).
    """
    k, d = positive_integer("k", k), positive_integer("d", d)
    n, sigma = nonnegative_real("n", n), positive_real("sigma", sigma)
    concentration = 1 - 2 * math.exp(-n / (10 * k))
    fano = 1 - (1.5 * n / (k * sigma**2) + math.log(2)) / (PRINTED_EXPONENT * d)
    return concentration * THRESHOLD * fano


def theorem_bound(
    k: int,
    d: int,
    sigma: float,
    delta: float = DELTA,
    *,
    threshold: float | None = None,
    success: float = 1.0,
) -> Bound:
    """The theorem with constants that hold: no n below `n` has expected squared risk <= delta.

    For equivariant LCNs with |w_i| <= 1. At a risk of delta on average a share delta / t of the patches has
    rho >= t at most; the others decode their signal in a packing of cosine `largest_inner_product`(t), of
    size M >= 1 / cap(d, c). So (d/2) log(1 + n_1 / (d sigma^2)) >= (1 - delta/t) ln M - ln 2 given n_1, the
    samples of the patch; the left side is concave in n_1, and by Jensen n_1 may be its mean n / k. Neither
    Bernstein's inequality nor its n >= 40k is needed. To first order n = 2 k sigma^2 (1 - delta/t) ln M.

    threshold: t; None for the best one. success: 1 for expected risk, else the probability with which the
    risk is at most delta, which multiplies the share. n is real, 0 where the bound says nothing.
    """
    k, d, sigma = positive_integer("k", k), positive_integer("d", d), positive_real("sigma", sigma)
    delta, success = positive_real("delta", delta), probability("success", success)
    if threshold is None:
        threshold = _best_threshold(d, delta, success)
    needed = _needed(d, delta, success, threshold)
    n = k * sigma**2 * d * math.expm1(min(2 * needed / d, 700.0))
    within = "in expectation" if success == 1 else f"with probability {success:g}"
    return Bound(
        architecture="lcn",
        method="fano, the theorem's",
        k=k,
        d=d,
        sigma=sigma,
        target=delta,
        success=success,
        n=n,
        alignment=1 - math.sqrt(threshold),
        log_chance=-_log_size(d, threshold),
        information=needed,
        conditions=(
            EQUIVARIANT["lcn"],
            PROPER,
            "LSA activation, one filter of norm at most 1 a patch, output weights one, one common bias",
            f"success is population squared risk <= target, {within} over samples and start",
        ),
    )


def _log_size(d: int, threshold: float) -> float:
    """ln M of the packing that the threshold allows; 0 where that is a constant below 0."""
    c = largest_inner_product(threshold)
    return log_gilbert_varshamov(d, c) if c >= 0 else 0.0


def _needed(d: int, delta: float, success: float, threshold: float) -> float:
    return max(0.0, success * (1 - delta / threshold) * _log_size(d, threshold) - math.log(2))


def _best_threshold(d: int, delta: float, success: float) -> float:
    """The t in (delta, (1 - 1/sqrt 2)^2) at which Fano asks for most; any t is valid."""
    high = (1 - math.sqrt(0.5)) ** 2
    if delta >= high:
        return min(0.5 * (1 + delta), 0.999)
    found: Any = minimize_scalar(
        lambda t: -success * (1 - delta / t) * _log_size(d, t),
        bounds=(delta, high),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(found.x)
