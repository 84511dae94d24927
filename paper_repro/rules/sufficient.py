"""Upper bounds as numbers: at every size n* stays within the samples that a theorem says suffice."""

import dataclasses
from collections.abc import Callable

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
    not_run,
    of_rows,
)
from paper_repro.rules.bounds import against_bound
from sims.search.estimate import Estimate


@dataclasses.dataclass(frozen=True, kw_only=True)
class SamplesSuffice:
    """n* of `model` is at most `samples` at every size.

    samples: from a row of n*, with its sizes, the number that suffices; words: that number in words. where:
    other columns to match.
    """

    model: str
    samples: Callable[[Row], float]
    words: str
    where: Where = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"n* of the {self.model.upper()} at each size{of_rows(self.where)} against {self.words}. "
            "Reproduced if n* is shown to be within it at every size, each by a one-sided test on the "
            "logarithm (intersection-union), contradicted if n* is above it at some size (Bonferroni), each "
            f"at error probability {LEVEL:g}. Where all m seeds are censored on one side the test is that of "
            "signs, 2^-m."
        )

    def decide(self, asked: Asked) -> Finding:
        """A test at every size."""
        rows = asked.thresholds({**self.where, "model": self.model})
        if not rows:
            return not_run(rows, f"no n* of the {self.model.upper()} measured")
        tests, evidence, held = [], [], []
        for place, own in zip(cell_places(rows), by_cell(rows).values(), strict=True):
            first, bound = own[0], self.samples(own[0])
            test = against_bound(own, bound)
            tests.append((test.below, test.above))
            found = Estimate(first["n_low"] or None, first["n_best"], first["n_high"], first["n_method"])
            known = any(end is not None for end in (found.low, found.best, found.high))
            what = f"n*, {self.model.upper()} at {place}"
            evidence.append(Evidence(what, found if known else None, f"at most {bound:.4g}"))
            held.append(f"{evidence[-1].text or 'nothing known'} of {bound:.4g}")
        summary = f"n* of the samples that suffice: {'; '.join(held)}"
        return complete(decided(rows, all_of(tests), summary, evidence), asked)
