"""One verdict of several parts: all must hold, and one that fails is paid for by the number of parts."""

import dataclasses

import pytest

from paper_repro.rules.base import Asked, Finding
from paper_repro.rules.joint import AllOf
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow
from paper_repro.verdicts import decide
from tests.paper_repro.planted import claim, quantity, tables


@dataclasses.dataclass(frozen=True)
class Said:
    """A rule that finds what it is told."""

    outcome: str
    p: float | None
    text: str = "Said."

    def decide(self, asked: Asked) -> Finding:
        """The finding."""
        return Finding(
            outcome=self.outcome, error_probability=self.p, summary=self.outcome, evidence=(), cells=1
        )


PARTS = [
    ([("reproduced", 0.01), ("reproduced", 0.04)], ("reproduced", 0.04)),
    ([("reproduced", 0.01), ("contradicted", 0.02)], ("contradicted", 0.04)),
    ([("reproduced", 0.01), ("contradicted", 0.04)], ("inconclusive", 0.08)),
    ([("reproduced", 0.01), ("inconclusive", 0.3)], ("inconclusive", 0.6)),
    ([("contradicted", 0.04), ("inconclusive", 0.06)], ("inconclusive", 0.12)),
    ([("contradicted", 0.001), ("not run", None)], ("contradicted", 0.002)),
    ([("contradicted", 0.04), ("not run", None)], ("not run", None)),
    ([("reproduced", 0.01), ("not run", None)], ("not run", None)),
    ([("reproduced", 0.01), ("inconclusive", None)], ("inconclusive", None)),
]


@pytest.mark.parametrize(("parts", "expected"), PARTS)
def test_the_verdict_of_parts_is(parts, expected):
    rule = AllOf(tuple(Said(*part) for part in parts))
    verdict = decide(claim(rule), tables(quantities=[quantity(0.5, 0.1)]))
    assert (verdict.outcome, verdict.error_probability) == expected


def test_evidence_of_every_part_is_there_and_the_text_says_all():
    rule = AllOf(
        (QuantityAbove(quantity="alignment", bound=0.2), QuantityBelow(quantity="alignment", bound=0.9))
    )
    verdict = decide(claim(rule), tables(quantities=[quantity(0.5, 0.01)]))
    assert verdict.outcome == "reproduced"
    assert [one.against for one in verdict.evidence] == ["above 0.2", "below 0.9"]
    assert all(part.text in rule.text for part in rule.rules)


def test_one_part_is_no_joint_statement():
    with pytest.raises(ValueError, match="rules: got 1; allowed: two or more"):
        AllOf((Said("reproduced", 0.01),))
