"""Claims as data: every one is complete, names what exists, and is not run where nothing was measured."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

import paper_repro.claims
from figures.catalogue import FIGURES
from paper_repro.claims import CLAIMS, KINDS, PAPERS, claims_of
from paper_repro.rules.quantities import QuantityBelow
from paper_repro.verdicts import decide, decide_all
from sims.experiments import EXPERIMENTS
from sims.pieces.listing import modules_of
from sims.protocols import PROTOCOLS
from tests.paper_repro.planted import claim, quantity, tables
from theory.rates import CLAIMS as RATES

EVERY = pytest.mark.parametrize("stated", CLAIMS.values(), ids=CLAIMS.keys())


@EVERY
def test_a_claim_names_experiments_figures_and_rates_that_exist(stated):
    assert set(stated.experiments) <= set(EXPERIMENTS)
    assert set(stated.figures) <= set(FIGURES)
    assert stated.protocol is None or stated.protocol in PROTOCOLS
    rate = getattr(stated.rule, "theory_claim", None)
    assert rate is None or rate in RATES


@EVERY
def test_a_claim_is_complete(stated):
    assert stated.paper == PAPERS[stated.paper.id]
    assert stated.kind in KINDS
    assert stated.statement.endswith((".", ".)"))
    assert stated.section
    assert stated.rule.text.endswith(".")
    assert dataclasses.is_dataclass(stated.rule)
    assert type(stated.rule).__dataclass_params__.frozen
    if EXPERIMENTS[stated.experiment].probe is not None:
        assert stated.protocol is None


@EVERY
def test_a_claim_without_evidence_is_not_run_and_says_why(stated):
    verdict = decide(stated, tables())
    assert (verdict.outcome, verdict.error_probability) == ("not run", None)
    assert verdict.summary
    assert verdict.cells == 0


def test_all_claims_can_be_decided_at_once():
    assert [verdict.claim.id for verdict in decide_all(CLAIMS.values(), tables())] == list(CLAIMS)


def test_a_withdrawn_claim_keeps_its_evidence_and_has_no_verdict():
    stands = claim(QuantityBelow(quantity="alignment", bound=1.0))
    found = tables(quantities=[quantity(0.5, 0.01, repetitions=9, k=k) for k in range(3)])
    before, after = decide_all([stands, dataclasses.replace(stands, withdrawn="The bar moves.")], found)
    assert before.outcome == "reproduced"
    assert (after.outcome, after.error_probability) == ("withdrawn", None)
    assert (after.evidence, after.summary, after.cells) == (before.evidence, before.summary, before.cells)


def test_claims_whose_bar_moves_with_sigma_are_withdrawn():
    withdrawn = {stated.id for stated in CLAIMS.values() if stated.withdrawn}
    assert withdrawn == {"lcn-sigma", "cnn-sigma", "scaled-noise-cnn", "scaled-noise-lcn"}


def test_contradictions_are_mutual_and_within_a_paper():
    for stated in CLAIMS.values():
        if stated.contradicts:
            other = CLAIMS[stated.contradicts]
            assert other.contradicts == stated.id
            assert other.paper == stated.paper


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS.keys())
def test_a_paper_has_a_source_and_claims(paper):
    assert all((paper.id, paper.authors, paper.title, paper.source))
    assert paper.authors[-4:].isdigit()
    assert claims_of(paper.id)


def test_every_file_of_claims_is_found():
    folder = Path(paper_repro.claims.__file__).parent
    files = {path.stem for path in folder.glob("*/*.py")} - {"__init__"}
    found = modules_of("paper_repro.claims")
    assert {module.__name__.rsplit(".", 1)[1] for module in found if hasattr(module, "CLAIMS")} == files
    stated = [claim.id for module in found for claim in getattr(module, "CLAIMS", ())]
    assert sorted(stated) == sorted(CLAIMS)


def test_two_claims_or_papers_of_one_name_are_refused():
    one = claim(None)
    file = SimpleNamespace(CLAIMS=(one,))
    papers, claims = paper_repro.claims._registered((file,))
    assert (list(papers), list(claims)) == (["planted"], ["planted"])
    with pytest.raises(ValueError, match="two claims are called planted"):
        paper_repro.claims._registered((file, file))
    other = dataclasses.replace(one, id="other", paper=dataclasses.replace(one.paper, title="Another"))
    with pytest.raises(ValueError, match="planted names two papers"):
        paper_repro.claims._registered((file, SimpleNamespace(CLAIMS=(other,))))


def test_a_quotation_is_short_and_stands_instead_of_a_mark():
    with pytest.raises(ValueError, match="planted quotes 16 words; allowed: 15 at most"):
        dataclasses.replace(claim(None), quote="word " * 16)
    with pytest.raises(ValueError, match="planted is quoted and of the reply"):
        dataclasses.replace(claim(None), quote="words", of_the_reply=True)
    theirs = dataclasses.replace(claim(None), kind="reported")
    marks = [dataclasses.replace(theirs, of_the_reply=said).mark for said in (False, True)]
    assert marks == ["inferred", "of the reply"]
    assert dataclasses.replace(theirs, quote="words").mark is None


@EVERY
def test_what_stands_under_a_papers_name_has_its_words_or_says_that_it_has_none(stated):
    if stated.is_the_papers:
        assert bool(stated.quote) != bool(stated.mark)
    else:  # ours or the reviewers': it may quote what it is about, but the paper does not say it
        assert stated.mark is None
