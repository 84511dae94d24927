"""Lower bounds as numbers: at every size n* stays above what theory proves no algorithm can go below."""

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence

from paper_repro.rules.base import (
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    all_of,
    by_cell,
    cell_places,
    complete,
    decided,
    matching,
    not_run,
    of_rows,
    undetermined,
)
from paper_repro.rules.conditions import Checked, Condition
from paper_repro.rules.evidence import Sided, tails
from sims.search.estimate import Estimate
from sims.tables.gather import Tables

Samples = Callable[[Row, Tables], float | None]
"""A bound in samples at the sizes of a row of n*: 0 or less where it says nothing, None where it has not been
computed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bound:
    """A lower bound on n*.

    statement: what is bounded and where it is from, in sentences; samples: the bound, `computed` or
    `measured`; conditions: what it assumes of the cell and its trained nets.
    """

    statement: str
    samples: Samples
    conditions: tuple[Condition, ...] = ()


def computed(function: Callable[[str, int, int, float, float], float]) -> Samples:
    """A bound that `function` (model, k, d, sigma, target) gives; each value is computed once."""
    cached = functools.cache(function)

    def samples(row: Row, tables: Tables) -> float:
        return float(cached(row["model"], row["k"], row["d"], row["sigma"], row["target"]))

    return samples


def measured(
    experiment: str,
    quantity: str,
    *,
    at: float | None = None,
    match: tuple[str, ...] = ("model", "k", "d", "sigma"),
) -> Samples:
    """A bound that a probe computed: its quantity, at the abscissa `at` if it is a series, at the same values
    of the columns `match`. The statement names the probe's experiment in ``also``. Raises ValueError if
    several values are."""

    def samples(row: Row, tables: Tables) -> float | None:
        place = {name: row[name] for name in match}
        where = {"experiment": experiment, "quantity": quantity, "at": at, **place}
        found = matching(tables.quantities, where)
        if len(found) > 1:
            raise ValueError(f"match: {len(found)} values of {quantity} at one size; allowed: one")
        return found[0]["value"] if found else None

    return samples


@dataclasses.dataclass(frozen=True, kw_only=True)
class BoundHolds:
    """The bound is not above n* of `model` at any size. where: other columns to match.

    Sizes at which a condition of the bound fails are reported, and count neither for nor against it.
    """

    bound: Bound
    model: str
    where: Where = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"{self.bound.statement} The bound, as a number of samples, against the {self.model.upper()}'s "
            f"n* at each size{of_rows(self.where)}. Reproduced if n* is shown to be above it at every size, "
            "each by a one-sided test on the logarithm (intersection-union), contradicted if n* is below it "
            f"at some size (Bonferroni), each at error probability {LEVEL:g}. Where all m seeds are censored "
            "on one side the test is that of signs, 2^-m. Sizes at which the bound's conditions fail do not "
            "count, nor do those at which the bound is one sample or less; where it is not known whether the "
            "conditions hold, nothing is reproduced."
        )

    def decide(self, asked: Asked) -> Finding:
        """A test at every size."""
        rows = asked.thresholds(self.where, self.model)
        if not rows:
            return not_run(rows, f"no n* of the {self.model.upper()} measured")
        cells = by_cell(rows)
        tests, gaps, evidence = [], [], []
        lacking = empty = excluded = 0
        for place, own in zip(cell_places(rows), cells.values(), strict=True):
            what = f"n*/bound, {self.model.upper()} at {place}"
            bound = self.bound.samples(own[0], asked.tables)
            if bound is None:
                lacking += 1
                evidence.append(Evidence(what, None, "at least 1", "the bound is not computed here"))
                continue
            checked = self._checked(own[0], asked)
            unknown = any(check.holds is None for check in checked)
            fails = any(check.holds is False for check in checked)
            counts = not unknown and not fails and bound > 1
            notes = [f"bound {bound:.3g} samples" + (", which says nothing" if bound <= 1 else "")]
            notes += [check.text for check in checked] + ([] if counts else ["does not count"])
            gap = _over(own[0], bound)
            evidence.append(Evidence(what, gap, "at least 1", "; ".join(notes)))
            if not counts:
                lacking += unknown and not fails
                excluded += fails
                empty += bound <= 1 and not fails and not unknown
                continue
            test = against_bound(own, bound)
            tests.append((test.above, test.below))
            if gap is not None:
                gaps.append(gap)
        summary = [_span(gaps)] if gaps else []
        if excluded:
            summary.append(f"conditions fail at {excluded} of {len(cells)} sizes, which do not count")
        if empty:
            summary.append(f"at {empty} of {len(cells)} sizes the bound is one sample or less")
        words = "; ".join(summary) or "the bound says nothing at these sizes"
        if tests:
            finding = decided(rows, all_of(tests), words, evidence)
        else:
            finding = dataclasses.replace(undetermined(rows, words), evidence=tuple(evidence))
        return complete(finding, asked, lacking=lacking)

    def _checked(self, row: Row, asked: Asked) -> list[Checked]:
        conditions = self.bound.conditions
        evaluations = asked.evaluations_of(row["cell"]) if conditions else []
        return [condition(row, evaluations) for condition in conditions]


def against_bound(rows: Sequence[Row], bound: float) -> Sided:
    """p-values of "n* of the cell is below `bound`" and "above it", from the rows of its seeds.

    Where all m seeds are censored alike, n* (of half of all repetitions) lies on the other side of the last n
    with probability 2^-m at most.
    """
    first, seeds = rows[0], len(rows)
    if first["n_best"] is not None:
        low, best, high = (
            None if not end else math.log(end) for end in (first["n_low"], first["n_best"], first["n_high"])
        )
        return tails(Estimate(low, best, high, "log n*"), math.log(bound), seeds=seeds)
    if seeds < 2:
        return Sided(below=1.0, above=1.0)
    censored = {row["censored"] for row in rows}
    # Not all censored, yet no best value: the end that there is bounds n* at 2.5 %.
    p = 0.5**seeds if len(censored) == 1 else 0.025
    below = p if first["n_high"] is not None and first["n_high"] <= bound else 1.0
    above = p if first["n_low"] and first["n_low"] >= bound else 1.0
    return Sided(below=below, above=above)


def _over(row: Row, bound: float) -> Estimate | None:
    if bound <= 0:
        return None
    low, best, high = (
        None if end is None else end / bound for end in (row["n_low"] or None, row["n_best"], row["n_high"])
    )
    if low is None and best is None and high is None:
        return None
    return Estimate(low, best, high, f"n* ({row['n_method']}) over the bound")


def _span(gaps: Sequence[Estimate]) -> str:
    values = sorted(gap.best for gap in gaps if gap.best is not None)
    ends = [gap.low for gap in gaps if gap.best is None and gap.low is not None]
    parts = []
    if values:
        span = f"{values[0]:.3g}" if len(values) == 1 else f"{values[0]:.3g} to {values[-1]:.3g}"
        parts.append(f"n* is {span} times the bound over {len(values)} size{'s' if len(values) > 1 else ''}")
    if ends:
        parts.append(f"at least {min(ends):.3g} times at {len(ends)} where it is beyond the search")
    return "; ".join(parts) or "n* has no lower end"
