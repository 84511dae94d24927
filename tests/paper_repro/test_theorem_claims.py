"""The lower bounds as printed: what the published tables say of them, and what the claims quote."""

import pytest

from paper_repro.claims import CLAIMS
from paper_repro.claims.limits import lahoti2024_theorems
from paper_repro.published.reader import read_published
from paper_repro.verdicts import decide


@pytest.fixture(scope="module")
def published():
    return read_published("paper")


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        ("packing-corollary", "contradicted"),
        ("packing-corollary-vectors", "contradicted"),
        ("packing-gilbert-varshamov", "reproduced"),
        ("lcn-low-constant", "reproduced"),
        ("fcn-low-noise-condition", "contradicted"),
        ("unit-norm-bound-lcn", "reproduced"),
        ("unit-norm-bound-lcn-fano", "reproduced"),
        ("fcn-bound-aligned", "reproduced"),
    ],
)
def test_the_published_tables_decide_what_does_not_depend_on_luck(claim, outcome, published):
    assert decide(CLAIMS[claim], published).outcome == outcome


def test_no_measured_size_meets_the_noise_of_the_fcns_proof(published):
    verdict = decide(CLAIMS["fcn-low-noise-condition"], published)
    assert verdict.summary == "holds at 0 of 6 sizes, fails at 6"
    assert all("above 0.1 in" in item.note for item in verdict.evidence)


def test_claims_on_the_theorems_say_where_they_stand():
    """Under the paper's name: its words, of the sections that are named."""
    for claim in lahoti2024_theorems.CLAIMS:
        assert claim.is_the_papers == bool(claim.quote)
        assert "section" in claim.section or "appendix" in claim.section
    quotes = {claim.id: claim.quote for claim in lahoti2024_theorems.CLAIMS}
    assert quotes["packing-corollary"] == "there exists some subset S~ ⊆ S of size ln(|S~|) >= N"
    assert quotes["lcn-low-constant"] == "choosing n = 1/6 sigma^2kd"


def test_every_published_row_has_the_configuration_of_its_cell(published):
    rows = (*published.thresholds, *published.evaluations, *published.quantities)
    assert [row["cell"] for row in rows if row["config"] is None] == []
