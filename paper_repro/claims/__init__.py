"""Claims of papers as data: a paper is a file in the folder of its family, with its `CLAIMS`."""

from collections.abc import Iterable
from types import ModuleType

from paper_repro.claims.claim import KINDS, Claim, Kind, Paper
from sims.pieces.listing import modules_of


def _registered(files: Iterable[ModuleType]) -> tuple[dict[str, Paper], dict[str, Claim]]:
    """Papers and claims by id. Raises ValueError for an id that two papers or two claims share."""
    papers: dict[str, Paper] = {}
    claims: dict[str, Claim] = {}
    for claim in (claim for file in files for claim in file.CLAIMS):
        if papers.setdefault(claim.paper.id, claim.paper) != claim.paper:
            raise ValueError(f"paper: {claim.paper.id} names two papers; allowed: ids that are unique")
        if claim.id in claims:
            raise ValueError(f"id: two claims are called {claim.id}; allowed: ids that are unique")
        claims[claim.id] = claim
    return papers, claims


PAPERS, CLAIMS = _registered(module for module in modules_of(__name__) if hasattr(module, "CLAIMS"))
"""Every paper and every claim by its id, in the order of the report."""


def claims_of(paper: str) -> list[Claim]:
    """The claims of the paper with this id, in the order of its files."""
    return [claim for claim in CLAIMS.values() if claim.paper.id == paper]


__all__ = ["CLAIMS", "KINDS", "PAPERS", "Claim", "Kind", "Paper", "claims_of"]
