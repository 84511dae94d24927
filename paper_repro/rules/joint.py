"""One statement of several parts, each with a rule of its own, that holds if all of them do."""

import dataclasses

from paper_repro.rules.base import LEVEL, Asked, Evidence, Finding, Outcome, Rule


@dataclasses.dataclass(frozen=True)
class AllOf:
    """Every part of a statement holds.

    rules: of the parts, at least two.
    """

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if len(self.rules) < 2:
            raise ValueError(f"rules: got {len(self.rules)}; allowed: two or more")

    @property
    def text(self) -> str:
        """The rule in words."""
        parts = " ".join(f"({place}) {rule.text}" for place, rule in enumerate(self.rules, 1))
        return (
            f"All of {len(self.rules)} parts hold. {parts} Together: reproduced if every part is "
            "(intersection-union: the largest error probability), contradicted if some part is, with its "
            f"error probability times the number of parts at most {LEVEL:g} (Bonferroni)."
        )

    def decide(self, asked: Asked) -> Finding:
        """The finding of all parts. Of an inconclusive one the error probability is the largest that stands
        in the way, times the number of parts; cells are those of the part that looks at most.
        """
        found = [rule.decide(asked) for rule in self.rules]
        outcome, p = self._outcome(found)
        return Finding(
            outcome=outcome,
            error_probability=p,
            summary="; ".join(dict.fromkeys(part.summary for part in found)),
            evidence=tuple(dict.fromkeys(_each(found))),
            cells=max(part.cells for part in found),
        )

    def _outcome(self, found: list[Finding]) -> tuple[Outcome, float | None]:
        def of(outcome: Outcome) -> list[float | None]:
            return [part.error_probability for part in found if part.outcome == outcome]

        smallest = min((p for p in of("contradicted") if p is not None), default=1.0)
        contradicted = min(1.0, len(found) * smallest)
        if contradicted <= LEVEL:
            return "contradicted", contradicted
        if of("not run"):
            return "not run", None
        if len(reproduced := of("reproduced")) == len(found):
            return "reproduced", max(p for p in reproduced if p is not None)
        open_ = of("inconclusive")
        if None in open_:
            return "inconclusive", None
        in_the_way = [p for p in open_ if p is not None]
        # A part's error probability may be that of failing: it counts as many times as there are parts.
        least = [contradicted] * bool(of("contradicted"))
        return "inconclusive", min(1.0, max([len(found) * p for p in in_the_way] + least))


def _each(found: list[Finding]) -> list[Evidence]:
    return [evidence for part in found for evidence in part.evidence]
