"""Claims of papers as data. A paper is one file, with its `PAPER` and its `CLAIMS`, and one line below; a
second file on the same paper repeats its `PAPER`."""

from types import ModuleType

from paper_repro.claims.claim import KINDS, Claim, Kind, Paper
from paper_repro.claims.dsd import lahoti2024, lahoti2024_growth, lahoti2024_reviews, lahoti2024_test_error
from paper_repro.claims.kernels import (
    cagnetta2023,
    chizat2019,
    favero2021,
    jacot2018,
    kernels_dsd,
    misiakiewicz2022,
    simon2021,
)
from paper_repro.claims.limits import lahoti2024_machinery, lahoti2024_theorems
from paper_repro.claims.related import karp2021, li2021, wang2023
from paper_repro.claims.shortcut import hermann2024, hermann2024_extended, hermann2024_theory, lim2025
from paper_repro.claims.two_step import lahoti2024_two_step

_FILES: tuple[ModuleType, ...] = (
    lahoti2024,
    lahoti2024_test_error,
    lahoti2024_machinery,
    lahoti2024_theorems,
    lahoti2024_two_step,
    lahoti2024_growth,
    lahoti2024_reviews,
    kernels_dsd,
    li2021,
    karp2021,
    wang2023,
    favero2021,
    cagnetta2023,
    misiakiewicz2022,
    jacot2018,
    chizat2019,
    simon2021,
    hermann2024,
    hermann2024_extended,
    hermann2024_theory,
    lim2025,
)


def _registered(files: tuple[ModuleType, ...]) -> tuple[dict[str, Paper], dict[str, Claim]]:
    """Papers and claims by id. Raises ValueError for an id that two papers or two claims share."""
    papers: dict[str, Paper] = {}
    claims: dict[str, Claim] = {}
    for file in files:
        if papers.setdefault(file.PAPER.id, file.PAPER) != file.PAPER:
            raise ValueError(f"paper: {file.PAPER.id} names two papers; allowed: ids that are unique")
        for claim in file.CLAIMS:
            if claim.id in claims:
                raise ValueError(f"id: two claims are called {claim.id}; allowed: ids that are unique")
            claims[claim.id] = claim
    return papers, claims


PAPERS, CLAIMS = _registered(_FILES)
"""Every paper and every claim by its id, in the order of the report."""


def claims_of(paper: str) -> list[Claim]:
    """The claims of the paper with this id, in the order of its files."""
    return [claim for claim in CLAIMS.values() if claim.paper.id == paper]


__all__ = ["CLAIMS", "KINDS", "PAPERS", "Claim", "Kind", "Paper", "claims_of"]
