"""Fano's inequality with a packing: the published lower bounds with all of their constants, at finite sizes.

The information that n samples carry about which point of a packing the signal is, against the logarithm of
its size. Weaker than `theory.limits.lower_bounds`, and kept for what it shows: where the published constants
leave something and where not.
"""

import math

from theory.dsd.required_alignment import least_risk, required_alignment
from theory.limits.bound import EQUIVARIANT, ONE_FILTER, PROPER, SUCCESS, UNIT_NORM, Bound, probability
from theory.limits.information import Architecture, known_architecture
from theory.limits.packings import log_gilbert_varshamov
from theory.sphere import log_cap
from theory.validation import nonnegative_real, positive_integer, positive_real

PUBLISHED_INNER_PRODUCT = {"fcn": 0.5, "lcn": 1e-3}
"""Packing constants of the lower bounds of Lahoti et al. 2024, appendix: products of at most 1/2 in the FCN's
lemma on mean estimation, below 10^-3 in the LCN's lemma on the relaxed condition."""


def decodable_alignment(inner_product: float) -> float:
    """cos(theta/2) = sqrt((1 + c)/2), cos theta = c: from this cosine on the nearest point is the right one.

    A vector within theta/2 of its point is farther than theta/2 from every other point of a packing with
    angles above theta.
    """
    inner_product = nonnegative_real("inner_product", inner_product)
    if inner_product > 1:
        raise ValueError(f"inner_product: got {inner_product!r}; allowed: a number in [0, 1]")
    return math.sqrt((1 + inner_product) / 2)


def fano_bound(
    architecture: Architecture,
    k: int,
    d: int,
    sigma: float,
    target: float | None = None,
    *,
    inner_product: float,
    log_size: float | None = None,
    neurons: int | None = None,
    fraction: float = 0.5,
    success: float = 0.5,
    unit_norm: bool = False,
) -> Bound:
    """Fano, patch by patch: (D/2) log(1 + n_t / (D sigma^2)) >= share log(M / L) - log 2. n is real.

    M: points of a packing of S^{D-1} with inner products < inner_product; log_size: log of the size of an
    explicit packing, None for Gilbert and Varshamov's. n_t: n for the CNN, n/k for the others (concavity).

    CNN and LCN (`target` given): D = d, L = 1. A filter decodes where its cosine is at least
    `decodable_alignment`. The CNN does if `required_alignment` says so (share = success), and otherwise the
    bound says nothing. Of an LCN's patches, at most (target - r(1)) / (r(a) - r(1)) fail, r = `least_risk`
    and a the decodable cosine: share = success times the rest. unit_norm: filters have norm at most 1, as in
    the theorems.

    FCN (`target` None): condition, at least `fraction` of the patches of a successful net have one of m =
    neurons weight vectors (k by default) with |cos(w_j, v_t)| >= `decodable_alignment`. The net then is a
    list of L = 2m points, share = success fraction, and D = kd - k + 1: the other signals are kept fixed, and
    v_t turns in their complement.
    """
    known_architecture(architecture)
    k, d, sigma = positive_integer("k", k), positive_integer("d", d), positive_real("sigma", sigma)
    success, fraction = probability("success", success), probability("fraction", fraction)
    alignment = decodable_alignment(inner_product)
    if architecture == "fcn":
        if target is not None:
            raise ValueError("target: the fcn has a condition on alignments instead; allowed: none")
        dimension = k * d - k + 1
        m = k if neurons is None else positive_integer("neurons", neurons)
        log_list, share = math.log(2 * m), success * fraction
        conditions = (
            EQUIVARIANT["fcn"],
            f"success implies: at least {fraction:g} of the patches have one of {m} neurons with "
            f"|cos(w_j, v_t)| >= {alignment:g}",
            "that condition is not proven here: it has to hold on trained nets",
        )
    else:
        if target is None:
            raise ValueError("target: got none; allowed: a squared risk > 0")
        dimension, log_list = d, 0.0
        target = positive_real("target", target)
        share = success * _decoded_share(architecture, k, sigma, target, alignment, unit_norm)
        norms = (UNIT_NORM,) if unit_norm else ()
        conditions = (EQUIVARIANT[architecture], PROPER, ONE_FILTER, SUCCESS, *norms)
    log_m = (
        log_gilbert_varshamov(dimension, inner_product)
        if log_size is None
        else positive_real("log_size", log_size)
    )
    needed = max(0.0, share * (log_m - log_list) - math.log(2))
    patches = 1 if architecture == "cnn" else k
    n = patches * sigma**2 * dimension * math.expm1(min(2 * needed / dimension, 700.0))
    return Bound(
        architecture=architecture,
        method="fano",
        k=k,
        d=d,
        sigma=sigma,
        target=target,
        success=success,
        n=n,
        alignment=alignment,
        log_chance=min(0.0, log_list - log_m),
        information=needed,
        conditions=conditions,
    )


def _decoded_share(
    architecture: Architecture, k: int, sigma: float, target: float, alignment: float, unit_norm: bool
) -> float:
    """The least fraction of patches whose filter decodes in a net of squared risk `target`."""
    required = required_alignment(k, sigma, target, unit_norm=unit_norm)
    if architecture == "cnn":
        return 1.0 if required >= alignment else 0.0
    best, missed = (float(least_risk(k, sigma, c, unit_norm=unit_norm)) for c in (1.0, alignment))
    if target >= missed:
        return 0.0
    return 1 - (target - best) / (missed - best)


def smallest_useful_dimension(inner_product: float, *, share: float = 0.5) -> int:
    """The least D in which a Gilbert-Varshamov packing leaves Fano more than nothing: share log M > log 2.

    Below it the bound is n >= 0. At the paper's constant for the LCN, 1e-3, no image has so large a patch.
    """
    share = probability("share", share)

    def useful(dimension: int) -> bool:
        return -share * float(log_cap(dimension, inner_product)) > math.log(2)

    if not 0 < inner_product < 1:
        raise ValueError(f"inner_product: got {inner_product!r}; allowed: a number in (0, 1)")
    high = 1
    while not useful(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if useful(middle) else (middle, high)
    return high
