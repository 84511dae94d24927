"""The page of the papers: every statement under a paper's name stands there, with its words or its mark,
and the verdict of the published tables."""

import re
from pathlib import Path

import pytest

from paper_repro.claims import CLAIMS, PAPERS, claims_of
from paper_repro.published.reader import read_published
from paper_repro.verdicts import decide
from sims.experiments import EXPERIMENTS
from sims.pieces import KINDS, registered

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "papers.md").read_text(encoding="utf-8")
ROWS = [line.replace("\\|", "¦") for line in PAGE.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_claim_under_a_papers_name_is_on_the_page_with_its_words(paper):
    for stated in claims_of(paper):
        if stated.is_the_papers:
            words = stated.quote.replace("|", "¦") or f"*{stated.mark}*"
            assert any(f"`{stated.id}`" in row and words in row for row in ROWS), stated.id


def test_the_page_has_the_verdicts_of_the_published_tables():
    published = read_published("paper")
    for stated in CLAIMS.values():
        rows = [row for row in ROWS if f"`{stated.id}`" in row]
        outcome = decide(stated, published).outcome if rows else ""
        assert all(outcome in row.split("|")[4] for row in rows), stated.id


def test_the_page_names_claims_that_exist():
    cells = [cell for row in ROWS for cell in row.split("|")]
    named = {name for cell in cells for name in re.findall(r"`([a-z0-9-]+)`", cell)} - {"full"}
    pieces = {name for kind in KINDS for name in registered(kind)}
    assert named - set(EXPERIMENTS) - pieces <= set(CLAIMS)
