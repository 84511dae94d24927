"""The verdict engine: claims and tables give verdicts, each by the claim's own rule."""

from collections.abc import Iterable

from figures.tables import Tables
from paper_repro.claims import Claim
from paper_repro.rules.base import Verdict


def decide(claim: Claim, tables: Tables, *, protocol: str | None = None) -> Verdict:
    """The verdict of a claim on the tables, under its own protocol or another."""
    return claim.rule.decide(claim, tables, protocol or claim.protocol)


def decide_all(claims: Iterable[Claim], tables: Tables) -> list[Verdict]:
    """One verdict for each claim, in their order, each under the claim's own protocol."""
    return [decide(claim, tables) for claim in claims]
