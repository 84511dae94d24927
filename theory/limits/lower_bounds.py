"""Lower bounds on the sample complexity of DSD at finite (k, d, sigma), as numbers.

An equivariant learner has the same probability of success on U o DSD for every U of its group, hence also on
average over Haar U: then the signals are uniform, and a learner that finds them from n samples must have been
told enough (`information_bound`), or rather must have seen enough (`oracle_bound`, the stronger of the two).
Both reveal the patch t of every sample. Proofs in docs/lower-bounds.md.
"""

import math

from theory.dsd.alignment_law import alignment_exceeds
from theory.dsd.required_alignment import required_alignment
from theory.limits.bound import (
    EQUIVARIANT,
    ONE_FILTER,
    PROPER,
    SUCCESS,
    UNIT_NORM,
    Bound,
    choice,
    least_integer,
    least_real,
    log_chernoff,
    probability,
)
from theory.limits.fully_connected_bounds import alignment_bound, subspace_bound
from theory.limits.information import Architecture, binary_divergence, known_architecture, sample_information
from theory.limits.oracle_learner import cell_risks, log_chance_after, log_chance_law
from theory.sphere import log_cap
from theory.validation import positive_integer, positive_real


def information_bound(
    architecture: Architecture,
    k: int,
    d: int,
    sigma: float,
    target: float,
    *,
    success: float = 0.5,
    candidates: int = 1,
    unit_norm: bool = False,
) -> Bound:
    """Continuous Fano: the n whose samples can tell what lifts chance to `success`, for "cnn" or "lcn".

    Data processing: information(n) >= d(success || chance), the binary divergence, where chance bounds the
    probability of success of a net that knows no sample: for the CNN the cap of `required_alignment`, for
    the LCN the Chernoff bound on the mean of `least_risk` over independent uniform filters (at k = 1 the two
    are the same net). n is real. unit_norm: filters of norm at most 1, the class of the theorems. For the
    FCN see `theory.limits.fully_connected_bounds`.
    """
    k, d, sigma, target, success = _checked(architecture, k, d, sigma, target, success)
    candidates = positive_integer("candidates", candidates)
    alignment = required_alignment(k, sigma, target, unit_norm=unit_norm)
    if target >= 1:
        log_chance = 0.0
    elif architecture == "cnn" or k == 1:
        log_chance = float(log_cap(d, alignment))
    else:
        log_chance = log_chernoff(k, target, cell_risks(k, sigma, unit_norm), log_chance_law(d))
    log_chance = min(0.0, log_chance + math.log(candidates))
    needed = binary_divergence(success, log_chance)
    n = least_real(lambda size: sample_information(architecture, size, k, d, sigma), needed)
    return Bound(
        architecture=architecture,
        method="information",
        k=k,
        d=d,
        sigma=sigma,
        target=target,
        success=success,
        n=n,
        alignment=alignment,
        log_chance=log_chance,
        information=needed,
        conditions=_conditions(architecture, candidates, unit_norm),
    )


def oracle_bound(
    architecture: Architecture,
    k: int,
    d: int,
    sigma: float,
    target: float,
    *,
    success: float = 0.5,
    candidates: int = 1,
    unit_norm: bool = False,
) -> Bound:
    """The n at which a net that is told every patch t, and is the best there is, succeeds; "cnn" or "lcn".

    Given the samples and their t, the posterior of each signal is von Mises-Fisher about the mean of its
    samples, and every filter does best along that mean: the alignments have the law of
    `theory.dsd.alignment_law` at snr = sqrt(n_t) / sigma. CNN: exactly the n at which the cosine exceeds
    `required_alignment` with probability `success`, n real. LCN: upper bounds on its probability of success
    (`theory.limits.oracle_learner`), n whole. A patch without a sample leaves its filter to chance: most of
    the LCN's bound at small sigma. unit_norm: filters of norm at most 1, the class of the theorems.
    """
    k, d, sigma, target, success = _checked(architecture, k, d, sigma, target, success)
    candidates = positive_integer("candidates", candidates)
    alignment = required_alignment(k, sigma, target, unit_norm=unit_norm)
    if target >= 1:
        n, log_chance = 0.0, 0.0
    elif architecture == "cnn" or k == 1:
        log_chance = float(log_cap(d, alignment))
        n = least_real(
            lambda size: float(alignment_exceeds(d, math.sqrt(size) / sigma, alignment)), success / candidates
        )
    else:
        log_chance = log_chance_after(0, k, d, sigma, target, unit_norm=unit_norm)
        n = least_integer(
            lambda size: log_chance_after(size, k, d, sigma, target, unit_norm=unit_norm),
            math.log(success / candidates),
        )
    return Bound(
        architecture=architecture,
        method="oracle",
        k=k,
        d=d,
        sigma=sigma,
        target=target,
        success=success,
        n=n,
        alignment=alignment,
        log_chance=log_chance,
        information=None,
        conditions=_conditions(architecture, candidates, unit_norm),
    )


def lower_bound(
    architecture: Architecture,
    k: int,
    d: int,
    sigma: float,
    target: float,
    *,
    success: float = 0.5,
    alignment: float | None = None,
    neurons: int | None = None,
    candidates: int = 1,
) -> Bound:
    """The strongest bound of this package on the number of samples for squared risk <= target.

    CNN and LCN: the greater of `information_bound` and `oracle_bound`. FCN with `neurons` (k by default):
    `subspace_bound`, which needs no condition and says little at small sigma^2 d; or, where `alignment` is
    given, the greater of it and `alignment_bound`, under the condition that at least half of the patches of
    a successful net have a neuron with that cosine, to be checked on trained nets.

    candidates: nets among which samples beyond the n choose; 1 where none do. A test set that is selected on
    makes a list of every net it looks at, and a list has at most `candidates` times the chance of one net.
    """
    known_architecture(architecture)
    if architecture != "fcn":
        if alignment is not None or neurons is not None:
            raise ValueError("alignment: alignment and neurons are conditions of the fcn; allowed: none")
        bounds = [
            bound(architecture, k, d, sigma, target, success=success, candidates=candidates)
            for bound in (information_bound, oracle_bound)
        ]
    else:
        bounds = [
            subspace_bound(k, d, sigma, target, neurons=neurons, success=success, candidates=candidates)
        ]
        if alignment is not None:
            bounds.append(
                alignment_bound(
                    k, d, sigma, alignment, neurons=neurons, success=success, candidates=candidates
                )
            )
    return max(bounds, key=lambda bound: bound.n)


def _conditions(architecture: Architecture, candidates: int, unit_norm: bool) -> tuple[str, ...]:
    norms = (UNIT_NORM,) if unit_norm else ()
    return (EQUIVARIANT[architecture], PROPER, ONE_FILTER, SUCCESS, choice(candidates), *norms)


def _checked(
    architecture: Architecture, k: int, d: int, sigma: float, target: float, success: float
) -> tuple[int, int, float, float, float]:
    if architecture not in ("cnn", "lcn"):
        raise ValueError(f"architecture: got {architecture!r}; allowed: cnn, lcn")
    return (
        positive_integer("k", k),
        positive_integer("d", d),
        positive_real("sigma", sigma),
        positive_real("target", target),
        probability("success", success),
    )
