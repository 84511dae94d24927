"""The page of the papers: every statement under a paper's name stands there once, with its words or its mark,
and the verdict of the published tables."""

import re
from pathlib import Path

import pytest

from paper_repro.claims import CLAIMS, claims_of
from paper_repro.published_tables import read_published
from paper_repro.verdicts import decide
from sims.experiments import EXPERIMENTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "papers.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")]
HELD = (
    "cagnetta2023",
    "chizat2019",
    "favero2021",
    "jacot2018",
    "karp2021",
    "li2021",
    "lim2025",
    "misiakiewicz2022",
    "simon2021",
    "wang2023",
)


@pytest.mark.parametrize("paper", HELD)
def test_every_claim_under_a_papers_name_is_on_the_page_with_its_words(paper):
    for stated in claims_of(paper):
        if stated.is_the_papers:
            rows = [row for row in ROWS if f"`{stated.id}`" in row]
            assert len(rows) == 1, stated.id
            assert stated.quote in rows[0] if stated.quote else "*inferred*" in rows[0], stated.id


def test_the_page_has_the_verdicts_of_the_published_tables():
    published = read_published("paper")
    for paper in HELD:
        for stated in claims_of(paper):
            for row in (row for row in ROWS if f"`{stated.id}`" in row):
                assert decide(stated, published).outcome in row.split("|")[4], stated.id


def test_the_page_names_claims_that_exist():
    cells = [cell for row in ROWS for cell in row.split("|")]
    named = {name for cell in cells for name in re.findall(r"`([a-z0-9-]+)`", cell)} - {"full"}
    assert named - set(EXPERIMENTS) <= set(CLAIMS)
