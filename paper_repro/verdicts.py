"""Verdicts: a claim and a table give reproduced, contradicted, inconclusive or not run, with an error
probability."""

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from figures.laws import fit_power
from figures.measured import Sweep, of_experiment, plain_models, sweeps
from figures.ratios import ratio_of
from paper_repro.claims import (
    LEVEL,
    AgreeWithin,
    Claim,
    ExponentBelow,
    ExponentEquals,
    RateBounds,
    RatioWithin,
)
from paper_repro.evidence import Sided, inside, tails, total
from sims.estimate import Estimate
from theory.rates import CLAIMS as RATES

Row = dict[str, Any]
Outcome = Literal["reproduced", "contradicted", "inconclusive", "not run"]

BOTH = "k and d together"
FEWEST = 3
"""Sizes along a sweep below which no exponent is tested: two points fit any power law."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One number behind a verdict: what it is, its estimate, what it is held against."""

    what: str
    estimate: Estimate | None
    against: str
    note: str = ""

    @property
    def text(self) -> str:
        """The estimate with its 95 % interval, as a reader would write it."""
        if self.estimate is None:
            return self.note
        low, best, high = (
            None if v is None else f"{v:.3g}"
            for v in (self.estimate.low, self.estimate.best, self.estimate.high)
        )
        if best is None:
            return f"at least {low}" if low is not None else f"at most {high}"
        return f"{best} [{low or 'open'}, {high or 'open'}]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of a claim under one protocol.

    error_probability: for "reproduced" and "contradicted", the largest probability of this verdict if it were
    false; for "inconclusive", that of the better supported of the two; None if not run or if nothing could be
    tested.
    """

    claim: Claim
    protocol: str
    outcome: Outcome
    error_probability: float | None
    summary: str
    evidence: tuple[Evidence, ...]
    cells: int


def _outcome(p_reproduced: float, p_contradicted: float) -> tuple[Outcome, float]:
    if p_reproduced <= LEVEL and p_reproduced <= p_contradicted:
        return "reproduced", p_reproduced
    if p_contradicted <= LEVEL:
        return "contradicted", p_contradicted
    return "inconclusive", min(p_reproduced, p_contradicted, 1.0)


def decide(claim: Claim, table: Sequence[Row], *, protocol: str | None = None) -> Verdict:
    """The verdict of a claim on rows of thresholds (each with its ``experiment``), under its own protocol or
    another."""
    protocol = protocol or claim.protocol
    rows = [
        row for row in plain_models(of_experiment(table, claim.experiment)) if row["protocol"] == protocol
    ]
    rule = claim.rule
    if isinstance(rule, RatioWithin | AgreeWithin):
        ratios = rule.ratios if isinstance(rule, AgreeWithin) else (rule,)
        return _decide_ratios(claim, ratios, protocol, rows)
    own = [row for row in rows if row["model"] == rule.model]
    if isinstance(rule, RateBounds):
        return _decide_rate(claim, rule, protocol, own)
    return _decide_exponent(claim, rule, protocol, own)


def _cells(rows: Sequence[Row]) -> int:
    return len({row["cell"] for row in rows})


def _not_run(claim: Claim, protocol: str, rows: Sequence[Row], why: str) -> Verdict:
    return Verdict(
        claim=claim,
        protocol=protocol,
        outcome="not run",
        error_probability=None,
        summary=why,
        evidence=(),
        cells=_cells(rows),
    )


def _sweep(rows: Sequence[Row], variable: str) -> Sweep | None:
    found = [sweep for sweep in sweeps(rows, variable) if len(sweep.values) >= FEWEST]
    return found[0] if found else None


def _undetermined(claim: Claim, protocol: str, rows: Sequence[Row], why: str) -> Verdict:
    return Verdict(
        claim=claim,
        protocol=protocol,
        outcome="inconclusive",
        error_probability=None,
        summary=f"no exponent can be read off: {why}",
        evidence=(),
        cells=_cells(rows),
    )


def _decide_exponent(
    claim: Claim, rule: ExponentEquals | ExponentBelow, protocol: str, rows: list[Row]
) -> Verdict:
    sweep = _sweep(rows, rule.variable)
    if sweep is None:
        return _not_run(claim, protocol, rows, f"fewer than {FEWEST} values of {rule.variable} measured")
    used = list(sweep.rows)
    fit = fit_power(used, vary=(rule.variable,))
    if not fit.exponents:
        return _undetermined(claim, protocol, used, fit.status)
    exponent = fit.exponents[rule.variable]
    if isinstance(rule, ExponentEquals):
        against = f"{rule.value:g} ± {rule.margin:g}"
        ends = [Sided(*fit.tails(rule.variable, rule.value + side * rule.margin)) for side in (-1, 1)]
        outcome, p = _outcome(*inside(*ends))
    else:
        bound = rule.value + rule.margin
        against = f"below {bound:g}"
        outcome, p = _outcome(*fit.tails(rule.variable, bound))
    span = f"{rule.variable} = {sweep.values[0]:g} to {sweep.values[-1]:g}"
    evidence = Evidence(f"exponent of {rule.variable}, {rule.model.upper()}, {span}", exponent, against)
    return Verdict(
        claim=claim,
        protocol=protocol,
        outcome=outcome,
        error_probability=p,
        summary=f"exponent of {rule.variable}: {evidence.text}",
        evidence=(evidence,),
        cells=_cells(used),
    )


def _decide_rate(claim: Claim, rule: RateBounds, protocol: str, rows: list[Row]) -> Verdict:
    swept = {variable: sweep for variable in ("k", "d") if (sweep := _sweep(rows, variable)) is not None}
    if not swept:
        return _not_run(claim, protocol, rows, f"fewer than {FEWEST} values of k and of d measured")
    whole = len(swept) == 2
    fitted = rows if whole else [row for sweep in swept.values() for row in sweep.rows]
    fits = dict.fromkeys(swept, fit_power(fitted, vary=tuple(swept)))
    if whole and rule.side == "upper":
        # In the variables k and d/k the exponent of k is the sum of both: k^a d^b = k^(a + b) (d/k)^b.
        fits[BOTH] = fit_power([row | {"d": row["d"] / row["k"]} for row in rows], vary=("k", "d"))
    unfit = [fit.status for fit in fits.values() if not fit.exponents]
    if unfit:
        return _undetermined(claim, protocol, fitted, unfit[0])
    limits = rate_limits(rule, fitted)
    upper = rule.side == "upper"
    evidence, holds, fails = [], [], []
    for direction, fit in fits.items():
        variable = "k" if direction == BOTH else direction
        bound = limits[direction] + (rule.margin if upper else -rule.margin)
        below, above = fit.tails(variable, bound)
        holds.append(below if upper else above)
        if (
            direction != BOTH
        ):  # a local slope only, at the point where the sweeps cross: it contradicts nothing
            fails.append(above if upper else below)
        sign, margin = ("at most", "+") if upper else ("at least", "−")
        against = f"{sign} {limits[direction]:.2f} {margin} {rule.margin:g}"
        what = f"exponent of {direction}, {rule.model.upper()}"
        evidence.append(Evidence(what, fit.exponents[variable], against))
    # With k or d held everywhere the bound can be contradicted, not reproduced.
    outcome, p = _outcome(max(holds) if whole else 1.0, min(1.0, len(fails) * min(fails)))
    numbers = [f"{item.what.split(',')[0]}: {item.text} ({item.against})" for item in evidence]
    held = (
        []
        if whole
        else [f"{'d' if 'k' in swept else 'k'} was not varied, so that half of the claim is not run"]
    )
    return Verdict(
        claim=claim,
        protocol=protocol,
        outcome=outcome,
        error_probability=None if outcome == "inconclusive" and not whole else p,
        summary="; ".join(numbers + held),
        evidence=tuple(evidence),
        cells=_cells(fitted),
    )


def rate_limits(rule: RateBounds, rows: Sequence[Row]) -> dict[str, float]:
    """The exponents that a bound allows: of k, of d and of both together (see `RateBounds`)."""
    rate = RATES[rule.theory_claim]
    k, d = (math.exp(sum(math.log(row[name]) for row in rows) / len(rows)) for name in ("k", "d"))
    sigma = rows[0]["sigma"]
    if rule.side == "lower":
        at = rate.exponents(k, d, sigma)
        return {"k": at.k, "d": at.d}
    far = 1e9
    logarithm = 1 / math.log(k * d) if rate.rate != rate.rate_without_log else 0.0
    middle = rate.exponents(k, d, sigma, log=False)
    return {
        "k": rate.exponents(far, d, sigma, log=False).k + logarithm,
        "d": rate.exponents(k, far, sigma, log=False).d + logarithm,
        BOTH: middle.k + middle.d + 2 * logarithm,
    }


def _log(ratio: Estimate) -> Estimate:
    low, best, high = (
        None if value is None else math.log(value) for value in (ratio.low, ratio.best, ratio.high)
    )
    if best is None:
        # Only one end is known: it stands for the value, open on the other side, so that it can count against
        # a range that lies wholly on its other side and never for one.
        best = low if low is not None else high
        return Estimate(low, best, None, "bound") if low is not None else Estimate(None, best, high, "bound")
    return Estimate(low, best, high, "log ratio")


def _exponentiated(estimate: Estimate) -> Estimate:
    low, best, high = (
        None if v is None else math.exp(v) for v in (estimate.low, estimate.best, estimate.high)
    )
    return Estimate(low, best, high, estimate.method)


@dataclasses.dataclass(frozen=True)
class _RatioTest:
    """One ratio held against its range: error probabilities of both verdicts, and what they rest on."""

    p_reproduced: float
    p_contradicted: float
    summary: str
    evidence: tuple[Evidence, ...]


def _test_ratio(rule: RatioWithin, rows: list[Row]) -> tuple[list[Row], _RatioTest | None]:
    """A row of each cell that speaks to the ratio, and its test; None with fewer than `FEWEST` sizes."""
    chosen = [sweep for variable in ("k", "d") if (sweep := _sweep(rows, variable)) is not None]
    sizes = sorted({(row["k"], row["d"], row["sigma"]) for sweep in chosen for row in sweep.rows})
    ratios: dict[tuple[int, int], Estimate] = {}
    used: list[Row] = []
    for k, d, sigma in sizes:
        here = {row["model"]: row for row in rows if (row["k"], row["d"], row["sigma"]) == (k, d, sigma)}
        if rule.above in here and rule.below in here:
            ratio = ratio_of(here[rule.above], here[rule.below])
            used += [here[rule.above], here[rule.below]]
            if ratio is not None:
                ratios[k, d] = _log(ratio)
    if len(ratios) < FEWEST:
        return used, None
    counts = Counter(row["cell"] for row in rows)
    seeds = min(counts[row["cell"]] for row in used)
    low, high = math.log(rule.low), math.log(rule.high)
    against = f"{rule.low:.3g} to {rule.high:.3g}"
    name = f"{rule.above.upper()}/{rule.below.upper()}"
    if rule.sizes == "typical":
        added = total(*ratios.values())
        count = len(ratios)
        low_end, middle, high_end = (
            None if v is None else v / count for v in (added.low, added.best, added.high)
        )
        mean = Estimate(low_end, middle, high_end, added.method)
        within, outside = inside(tails(mean, low, seeds=seeds), tails(mean, high, seeds=seeds))
        whole = Evidence(f"{name}, geometric mean over {count} sizes", _exponentiated(mean), against)
        return used, _RatioTest(within, outside, f"geometric mean of {name}: {whole.text}", (whole,))
    each = tuple(
        Evidence(f"{name} at k = {k}, d = {d}", _exponentiated(estimate), against, estimate.method)
        for (k, d), estimate in ratios.items()
    )
    tests = [
        inside(tails(estimate, low, seeds=seeds), tails(estimate, high, seeds=seeds))
        for estimate in ratios.values()
    ]
    values = sorted(item.estimate.best for item in each if item.estimate and item.estimate.best is not None)
    return used, _RatioTest(
        max(within for within, _ in tests),
        min(1.0, len(tests) * min(outside for _, outside in tests)),
        f"{name} from {values[0]:.3g} to {values[-1]:.3g} over {len(tests)} sizes",
        each,
    )


def _decide_ratios(claim: Claim, rules: Sequence[RatioWithin], protocol: str, rows: list[Row]) -> Verdict:
    """All ratios within their ranges (intersection-union), or at least one outside (Bonferroni)."""
    tested = [_test_ratio(rule, rows) for rule in rules]
    used = [row for own, _ in tested for row in own]
    tests = [test for _, test in tested if test is not None]
    if len(tests) < len(rules):
        return _not_run(claim, protocol, used, f"the models measured together at fewer than {FEWEST} sizes")
    outcome, p = _outcome(
        max(test.p_reproduced for test in tests),
        min(1.0, len(tests) * min(test.p_contradicted for test in tests)),
    )
    return Verdict(
        claim=claim,
        protocol=protocol,
        outcome=outcome,
        error_probability=p,
        summary="; ".join(test.summary for test in tests),
        evidence=tuple(item for test in tests for item in test.evidence),
        cells=_cells(used),
    )


def decide_all(claims: Sequence[Claim], table: Sequence[Row]) -> list[Verdict]:
    """One verdict for each claim, in their order, each under the claim's own protocol."""
    return [decide(claim, table) for claim in claims]
