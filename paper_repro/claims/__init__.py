"""Claims of papers as data. A paper is a file in the folder of its family, with its `PAPER` and its `CLAIMS`;
a second file on the same paper repeats its `PAPER`.
"""

from collections.abc import Iterable
from types import ModuleType

from paper_repro.claims.claim import KINDS, Claim, Kind, Paper
from sims.pieces.listing import modules_of


def _registered(files: Iterable[ModuleType]) -> tuple[dict[str, Paper], dict[str, Claim]]:
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


PAPERS, CLAIMS = _registered(module for module in modules_of(__name__) if hasattr(module, "CLAIMS"))
"""Every paper and every claim by its id, in the order of the report."""


def claims_of(paper: str) -> list[Claim]:
    """The claims of the paper with this id, in the order of its files."""
    return [claim for claim in CLAIMS.values() if claim.paper.id == paper]


__all__ = ["CLAIMS", "KINDS", "PAPERS", "Claim", "Kind", "Paper", "claims_of"]
