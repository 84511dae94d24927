"""Ratios of n*: of two models, of several against one, or of any two variants of a measurement."""

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from paper_repro.rules.base import (
    FEWEST,
    LEVEL,
    SIZES,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    all_of,
    cells_of,
    complete,
    decided,
    in_words,
    not_run,
    widest_sweep,
)
from paper_repro.rules.evidence import inside, tails, total
from sims.search.estimate import Estimate
from sims.tables.ratios import ratio_of

Sizes = Literal["typical", "every"]
BOUNDED = "bound"
"""Method of an estimate that stands at the only end that is known."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RatioWithin:
    """n* of `above` over n* of `below` lies in [low, high]: at a typical size, or at every size of the sweeps
    in the variables `along`. high: may be infinite."""

    above: str
    below: str
    low: float
    high: float
    sizes: Sizes
    along: tuple[str, ...] = ("k", "d")

    @property
    def text(self) -> str:
        """The rule in words."""
        which = "of both sweeps" if len(self.along) > 1 else f"of the sweep in {''.join(self.along)}"
        return f"{_opening(self.sizes, which)} {ending(self.low, self.high, self.sizes)}"

    def decide(self, asked: Asked) -> Finding:
        """One ratio within its range."""
        return _decide_models(asked, (self,))


@dataclasses.dataclass(frozen=True, kw_only=True)
class AgreeWithin:
    """n* of every one of `models` over n* of `reference` lies within `factor` of 1, at a typical size."""

    models: tuple[str, ...]
    reference: str
    factor: float

    @property
    def ratios(self) -> tuple[RatioWithin, ...]:
        """The rule as one about each ratio, all of which must hold."""
        return tuple(
            RatioWithin(
                above=model, below=self.reference, low=1 / self.factor, high=self.factor, sizes="typical"
            )
            for model in self.models
        )

    @property
    def text(self) -> str:
        """The rule in words."""
        named = " and ".join(f"{model.upper()}/{self.reference.upper()}" for model in self.models)
        return (
            f"Geometric means of the ratios {named} over the sizes measured, with the errors of each n*. "
            f"Reproduced if all lie in [1/{self.factor:g}, {self.factor:g}] (intersection-union), "
            f"contradicted if at least one lies outside (Bonferroni), each at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """All ratios within their ranges."""
        return _decide_models(asked, self.ratios)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RatioOfVariants:
    """n* of the rows `above` over n* of the rows `below`, at the sizes that both have, lies in [low, high].

    above, below: columns to match, such as ``{"model": "cnn", "learner": "two_step"}``; an "experiment" among
    them takes the rows of that experiment. Each must leave one cell a size. name: the ratio in words; match:
    the columns that make a size. Statements with this rule have no protocol of their own if the variants name
    theirs.
    """

    name: str
    above: Where
    below: Where
    low: float
    high: float
    sizes: Sizes = "typical"
    match: tuple[str, ...] = SIZES

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"n* where {in_words(self.above)}, over n* where {in_words(self.below)}. "
            f"{_opening(self.sizes, 'that both have')} {ending(self.low, self.high, self.sizes)}"
        )

    def decide(self, asked: Asked) -> Finding:
        """One ratio within its range; more than one cell of a variant at a size leaves it undecided."""
        sides = [asked.thresholds(where) for where in (self.above, self.below)]
        pairs: list[Pair] = []
        by_size = [_by_size(rows, self.match) for rows in sides]
        for size in sorted(by_size[0].keys() & by_size[1].keys(), key=_order):
            above, below = (cells[size] for cells in by_size)
            several = [name for name, rows in (("above", above), ("below", below)) if cells_of(rows) > 1]
            if several:
                raise ValueError(
                    f"{several[0]}: matches {cells_of(above)} and {cells_of(below)} cells at one size of "
                    f"{asked.id}; allowed: columns that leave one cell a size"
                )
            place = ", ".join(_place(name, value) for name, value in zip(self.match, size, strict=True))
            pairs.append((place, above[0], below[0]))
        used = [row for _, above, below in pairs for row in (above, below)]
        rows = [row for side in sides for row in side]
        ratios = log_ratios(pairs)
        if not ratios:
            why = "no size at which both variants are measured" if not pairs else "no ratio has a bound"
            return not_run(used, why)
        test = test_ratios(self.name, ratios, self.low, self.high, self.sizes, seeds=_seeds(rows, used))
        finding = verdict_of([test], used)
        finding = dataclasses.replace(finding, evidence=tuple(dict.fromkeys(test.evidence + test.each)))
        return complete(finding, asked) if self.sizes == "every" else finding


def _order(size: tuple[object, ...]) -> list[tuple[bool, object]]:
    """Sorts sizes of which some may be None, as sigma is for tasks without noise."""
    return [(value is None, 0 if value is None else value) for value in size]


def _place(name: str, value: object) -> str:
    return f"{name} = {value:g}" if isinstance(value, int | float) else f"{name} = {value}"


def _by_size(rows: Sequence[Row], match: Sequence[str]) -> dict[tuple[object, ...], list[Row]]:
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row.get(name) for name in match), []).append(row)
    return found


def _opening(sizes: Sizes, which: str) -> str:
    if sizes == "typical":
        return f"Geometric mean of the ratio over the sizes {which}, with the errors of each n*."
    return f"The ratio at each size {which}."


def ending(low: float, high: float, sizes: Sizes) -> str:
    """What decides, in words that end the rule."""
    unbounded = math.isinf(high)
    span = f"at least {low:g}" if unbounded else f"in [{low:g}, {high:g}]"
    outside = "below" if unbounded else "outside"
    if sizes == "typical":
        return f"Reproduced if {span}, contradicted if {outside}, each at error probability {LEVEL:g}."
    return (
        f"Reproduced if all are {span}, each tested at error probability {LEVEL:g} (intersection-union); "
        f"contradicted if at least one is {outside} (Bonferroni over sizes)."
    )


def log_of(ratio: Estimate) -> Estimate:
    """The logarithm of an estimate; one of which only an end is known stands at that end."""
    low, best, high = (
        None if value is None else math.log(value) for value in (ratio.low, ratio.best, ratio.high)
    )
    if best is None:
        # Only one end is known: it stands for the value, open on the other side, so that it can count against
        # a range that lies wholly on its other side and never for one.
        best = low if low is not None else high
        return Estimate(low, best, None, BOUNDED) if low is not None else Estimate(None, best, high, BOUNDED)
    return Estimate(low, best, high, "log ratio")


def exponentiated(estimate: Estimate) -> Estimate:
    """The inverse of `log_of`."""
    low, best, high = (
        None if v is None else math.exp(v) for v in (estimate.low, estimate.best, estimate.high)
    )
    return Estimate(low, best, high, estimate.method)


@dataclasses.dataclass(frozen=True)
class RatioTest:
    """One ratio held against its range: error probabilities of both verdicts, what they rest on, and the
    ratio at each size."""

    p_values: tuple[float, float]
    summary: str
    evidence: tuple[Evidence, ...]
    each: tuple[Evidence, ...]


Pair = tuple[str, Row, Row]
"""A size in words, and a row of each of the two cells there."""


def log_ratios(pairs: Sequence[Pair]) -> dict[str, Estimate]:
    """The logarithm of each pair's ratio that has a bound, by size in words."""
    found = {place: ratio_of(above, below) for place, above, below in pairs}
    return {place: log_of(ratio) for place, ratio in found.items() if ratio is not None}


def test_ratios(
    name: str, ratios: Mapping[str, Estimate], low: float, high: float, sizes: Sizes, *, seeds: int
) -> RatioTest:
    """The test of "every ratio", or their geometric mean, "lies in [low, high]".

    ratios: logarithms by size in words, one at least, each with a best value.
    """
    ends = (math.log(low), math.log(high))
    against = f"at least {low:.3g}" if math.isinf(high) else f"{low:.3g} to {high:.3g}"
    each = tuple(
        Evidence(
            f"{name} at {place}",
            exponentiated(estimate),
            against,
            "only a bound: censored" if estimate.method == BOUNDED else "",
        )
        for place, estimate in ratios.items()
    )
    if sizes == "typical":
        added = total(*ratios.values())
        count = len(ratios)
        low_end, middle, high_end = (
            None if v is None else v / count for v in (added.low, added.best, added.high)
        )
        mean = Estimate(low_end, middle, high_end, added.method)
        test = inside(*(tails(mean, end, seeds=seeds) for end in ends))
        sized = f"{count} sizes" if count > 1 else "one size"
        whole = Evidence(f"{name}, geometric mean over {sized}", exponentiated(mean), against)
        return RatioTest(test, f"geometric mean of {name}: {whole.text}", (whole,), each)
    tests = [inside(*(tails(estimate, end, seeds=seeds) for end in ends)) for estimate in ratios.values()]
    values = sorted(item.estimate.best for item in each if item.estimate and item.estimate.best is not None)
    span = f"{name} from {values[0]:.3g} to {values[-1]:.3g} over {len(tests)} sizes"
    return RatioTest(all_of(tests), span, each, each)


def _seeds(rows: Sequence[Row], used: Sequence[Row]) -> int:
    counts = Counter(row["cell"] for row in rows)
    return min((counts[row["cell"]] for row in used), default=0)


def _test_models(rule: RatioWithin, rows: list[Row]) -> tuple[list[Row], RatioTest | None]:
    """A row of each cell that speaks to the ratio, and its test; None with fewer than `FEWEST` sizes."""
    chosen = [sweep for variable in rule.along if (sweep := widest_sweep(rows, variable)) is not None]
    places = sorted({(row["k"], row["d"], row["sigma"]) for sweep in chosen for row in sweep.rows})
    pairs: list[Pair] = []
    for k, d, sigma in places:
        here = {row["model"]: row for row in rows if (row["k"], row["d"], row["sigma"]) == (k, d, sigma)}
        if rule.above in here and rule.below in here:
            pairs.append((f"k = {k}, d = {d}", here[rule.above], here[rule.below]))
    used = [row for _, above, below in pairs for row in (above, below)]
    ratios = log_ratios(pairs)
    if len(ratios) < FEWEST:
        return used, None
    name = f"{rule.above.upper()}/{rule.below.upper()}"
    return used, test_ratios(name, ratios, rule.low, rule.high, rule.sizes, seeds=_seeds(rows, used))


def _decide_models(asked: Asked, rules: Sequence[RatioWithin]) -> Finding:
    rows = asked.thresholds({})
    tested = [_test_models(rule, rows) for rule in rules]
    used = [row for own, _ in tested for row in own]
    tests = [test for _, test in tested if test is not None]
    if len(tests) < len(rules):
        why = f"the models measured together at fewer than {FEWEST} sizes"
        return not_run(used, why)
    finding = verdict_of(tests, used)
    return complete(finding, asked) if any(rule.sizes == "every" for rule in rules) else finding


def verdict_of(tests: Sequence[RatioTest], used: Sequence[Row]) -> Finding:
    """All ratios within their ranges (intersection-union), or at least one outside (Bonferroni)."""
    summary = "; ".join(test.summary for test in tests)
    evidence = (item for test in tests for item in test.evidence)
    return decided(used, all_of(test.p_values for test in tests), summary, evidence)
