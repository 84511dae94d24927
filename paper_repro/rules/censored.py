"""Sweeps that end without success: a target that is never reached within the samples tried."""

import dataclasses

from scipy.stats import binom

from paper_repro.rules.base import (
    LEVEL,
    Asked,
    Evidence,
    Finding,
    Row,
    Where,
    by_cell,
    cell_places,
    complete,
    decided,
    in_words,
    not_run,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class NeverReaches:
    """At every size n* is beyond the largest n tried: fewer than half of all seeds would reach the target.

    where: columns to match, such as ``{"model": "fcn", "bias": "fixed"}``.
    """

    where: Where

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"Seeds that reach the target within the largest n tried, where {in_words(self.where)}. "
            "Reproduced if at every size fewer than half of all seeds would, by a binomial test at each "
            "(intersection-union; with no success among m seeds its p-value is 2^-m); contradicted if at "
            "some size more than half would (the better of Bonferroni over sizes and of the test of all "
            f"seeds together, doubled), each at error probability {LEVEL:g}."
        )

    def decide(self, asked: Asked) -> Finding:
        """Binomial tests of the seeds of every cell."""
        rows = asked.thresholds(self.where)
        if not rows:
            return not_run(rows, "no cell measured")
        cells = by_cell(rows)
        counts = {cell: (sum(map(_reaches, own)), len(own)) for cell, own in cells.items()}
        never = [float(binom.cdf(reached, seeds, 0.5)) for reached, seeds in counts.values()]
        usually = [float(binom.sf(reached - 1, seeds, 0.5)) for reached, seeds in counts.values()]
        reached, seeds = (sum(column) for column in zip(*counts.values(), strict=True))
        together = float(binom.sf(reached - 1, seeds, 0.5))
        evidence = [
            Evidence(
                f"seeds that reach the target at {place}",
                None,
                "fewer than half",
                f"{counts[cell][0]} of {counts[cell][1]} up to n = {_largest(own)}",
            )
            for place, (cell, own) in zip(cell_places(rows), cells.items(), strict=True)
        ]
        sizes = f"{len(cells)} size{'s' if len(cells) > 1 else ''}"
        summary = f"{reached} of {seeds} seeds reach the target, at {sizes}"
        tests = (max(never), min(1.0, 2 * min(together, len(usually) * min(usually), 1.0)))
        return complete(decided(rows, tests, summary, evidence), asked)


def _reaches(row: Row) -> bool:
    return row["censored"] != "right"


def _largest(rows: list[Row]) -> int:
    """The largest n at which a seed of the cell is known to have been tried."""
    return max(row["low"] if row["high"] is None else row["high"] for row in rows)
