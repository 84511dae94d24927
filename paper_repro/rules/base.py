"""What every rule is asked, gives and shares: rows, evidence, findings, and the level of their errors."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

from sims.search.estimate import Estimate
from sims.tables.configs import value_of
from sims.tables.gather import Tables
from sims.tables.rows import means_read
from sims.tables.sweeps import Sweep, of_experiment, plain_models, sweeps

Row = dict[str, Any]
Where = Mapping[str, Any]
Outcome = Literal["reproduced", "contradicted", "inconclusive", "withdrawn", "not run"]
"""What comes out; a rule never finds "withdrawn", which a claim says of itself."""

LEVEL = 0.05
"""Largest error probability of a verdict "reproduced" or "contradicted"."""
MARGIN = 0.25
"""Exponents of n* closer than this count as equal: over a threefold range they differ by a factor of at most
3^0.25 = 1.32."""
SIZES = ("k", "d", "sigma")
CHOICES = (
    "experiment",
    "task",
    "protocol",
    "model",
    "activation",
    "bias",
    "learner",
    "options",
    "metric",
    "floor",
    "paired",
)
"""Columns of n* beside the sizes in which cells of one experiment may differ."""
FEWEST = 3
"""Sizes along a sweep below which no exponent is tested: two points fit any power law."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One number behind a verdict: what it is, its estimate, what it is held against, and what a reader must
    know of it."""

    what: str
    estimate: Estimate | None
    against: str
    note: str = ""

    @property
    def text(self) -> str:
        """The estimate with its 95 % interval, as a reader would write it; a value without interval is
        exact."""
        if self.estimate is None:
            return self.note
        low, best, high = (
            None if v is None else f"{v:.3g}"
            for v in (self.estimate.low, self.estimate.best, self.estimate.high)
        )
        if best is None:
            return f"at least {low}" if low is not None else f"at most {high}"
        if self.estimate.low == self.estimate.best == self.estimate.high:
            return best
        return f"{best} [{low or 'open'}, {high or 'open'}]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule finds in the tables.

    error_probability: for "reproduced" and "contradicted", the largest probability of this outcome if it were
    false; for "inconclusive", that of the better supported of the two; None if withdrawn, not run, or if
    nothing could be tested.
    """

    outcome: Outcome
    error_probability: float | None
    summary: str
    evidence: tuple[Evidence, ...]
    cells: int


@dataclasses.dataclass(frozen=True)
class Asked:
    """A statement as a rule sees it: where in the tables to look for what speaks to it.

    id: of the statement, for messages; experiment: whose rows decide it; also: further experiments that the
    rule looks at; protocol: of the rows of n* (None: of any).
    """

    id: str
    experiment: str
    also: tuple[str, ...]
    protocol: str | None
    tables: Tables

    def thresholds(self, where: Where, model: str | None = None) -> list[Row]:
        """The rows of n* that speak to the statement: of its experiment and protocol, of `model` if given.

        where: what to match, see `matching`. Empty, it stands for the architectures as the theorems have them
        (`sims.tables.sweeps.plain_models`). With an "experiment" in it the rows are that experiment's.
        """
        named = where.get("experiment", self.experiment)
        rows = of_experiment(self.tables.thresholds, *(named if isinstance(named, tuple) else (named,)))
        rows = matching(rows, where) if where else plain_models(rows)
        rows = [row for row in rows if self.protocol in (None, row["protocol"])]
        return [row for row in rows if model in (None, row["model"])]

    def quantities(self, quantity: str, where: Where) -> list[Row]:
        """The rows of one quantity of the experiment's probes, or of another's named in `where`; of what was
        read off nets the means over two seeds or more, whose `at` is n.
        """
        named = where.get("experiment", self.experiment)
        rows = of_experiment(self.tables.quantities, named)
        read = means_read(of_experiment(self.tables.readings, named))
        rows += [row for row in read if row["repetitions"] > 1]
        return matching(rows, {**where, "quantity": quantity})

    def evaluations_of(self, cell: str) -> list[Row]:
        """The evaluations of one cell."""
        return [evaluation for evaluation in self.tables.evaluations if evaluation["cell"] == cell]

    @property
    def missing(self) -> int:
        """How many cells of the experiments are not there."""
        every = (self.experiment, *self.also)
        return sum(len(self.tables.missing.get(experiment, ())) for experiment in every)


class Rule(Protocol):
    """How a statement is decided: a frozen dataclass whose fields are the statement's numbers.

    A rule looks at nothing but what it is asked, so that the same tables give the same finding.
    """

    @property
    def text(self) -> str:
        """The rule in words, one paragraph that ends in a full stop."""
        ...

    def decide(self, asked: Asked) -> Finding:
        """The finding; "not run" where rows are missing, never an error for that."""
        ...


def outcome_of(
    p_reproduced: float, p_contradicted: float, *, contradicted_at: float = LEVEL
) -> tuple[Outcome, float]:
    """Outcome and error probability from the p-values of both verdicts."""
    if p_reproduced <= LEVEL and p_reproduced <= p_contradicted:
        return "reproduced", p_reproduced
    if p_contradicted <= contradicted_at:
        return "contradicted", p_contradicted
    return "inconclusive", min(p_reproduced, p_contradicted, 1.0)


def all_of(tests: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """p-values of "all statements hold" (intersection-union) and of "at least one fails" (Bonferroni), from
    those of "it holds" and "it fails" of each."""
    holds, fails = zip(*tests, strict=True)
    return max(holds), min(1.0, len(fails) * min(fails))


def matching(rows: Sequence[Row], where: Where) -> list[Row]:
    """The rows that have the values of `where`; a tuple allows any of its values.

    A name is a column, or with a dot a field of a piece, such as ``learner.scale`` or ``task.placement``
    (`sims.tables.configs.value_of`). A row whose configuration is not known has no such field.
    """
    wanted = {name: values if isinstance(values, tuple) else (values,) for name, values in where.items()}
    return [row for row in rows if all(_has(row, name, values) for name, values in wanted.items())]


def _has(row: Row, name: str, values: tuple[Any, ...]) -> bool:
    if "." not in name:
        return row.get(name) in values
    return row["config"] is not None and value_of(row, name) in values


def widest_sweep(rows: Sequence[Row], variable: str) -> Sweep | None:
    """The sweep in `variable` with at least `FEWEST` values, if there is one."""
    found = [sweep for sweep in sweeps(rows, variable) if len(sweep.values) >= FEWEST]
    return found[0] if found else None


def in_words(where: Where) -> str:
    """A choice of rows in words, such as ``model = lcn, d = 10 or 20``; empty if there is none."""
    return ", ".join(
        f"{name} = {' or '.join(map(_plain, values if isinstance(values, tuple) else (values,)))}"
        for name, values in where.items()
    )


def of_rows(where: Where) -> str:
    """The same as an aside that follows a noun; empty if there is no choice."""
    return f" ({in_words(where)})" if where else ""


def _plain(value: Any) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def by_cell(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each cell, in the order in which cells first occur."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["cell"], []).append(row)
    return found


def cell_places(rows: Sequence[Row]) -> list[str]:
    """What tells each cell of n* from the others, in words: its sizes, and choices in which cells differ."""
    first = [own[0] for own in by_cell(rows).values()]
    choices = [name for name in CHOICES if len({row.get(name) for row in first}) > 1]
    return [
        ", ".join(f"{name} = {_plain(row[name])}" for name in (*SIZES, *choices) if row.get(name) is not None)
        for row in first
    ]


def cells_of(rows: Sequence[Row]) -> int:
    """How many cells the rows are of."""
    return len({row["cell"] for row in rows})


def decided(
    rows: Sequence[Row], tests: tuple[float, float], summary: str, evidence: Iterable[Evidence]
) -> Finding:
    """The finding from the p-values of both verdicts; rows: those that it rests on."""
    outcome, p = outcome_of(*tests)
    return Finding(
        outcome=outcome,
        error_probability=p,
        summary=summary,
        evidence=tuple(evidence),
        cells=cells_of(rows),
    )


def not_run(rows: Sequence[Row], why: str) -> Finding:
    """The finding where evidence is missing."""
    return _nothing("not run", rows, why)


def undetermined(rows: Sequence[Row], why: str) -> Finding:
    """The finding where rows are there but determine no number."""
    return _nothing("inconclusive", rows, why)


def _nothing(outcome: Outcome, rows: Sequence[Row], why: str) -> Finding:
    return Finding(outcome=outcome, error_probability=None, summary=why, evidence=(), cells=cells_of(rows))


def complete(finding: Finding, asked: Asked, *, lacking: int = 0) -> Finding:
    """The finding of a statement about every cell: while cells are missing only a contradiction stands.

    lacking: cells that are there but lack something else that the rule needs.
    """
    missing = asked.missing + lacking
    if not missing or finding.outcome in ("contradicted", "not run"):
        return finding
    what = "cells are" if missing > 1 else "cell is"
    summary = f"{missing} {what} missing; so far: {finding.summary}"
    return dataclasses.replace(finding, outcome="not run", error_probability=None, summary=summary)
