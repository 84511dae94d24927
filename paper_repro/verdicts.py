"""The verdict engine: claims and tables give verdicts, each by the claim's own rule."""

import dataclasses
from collections.abc import Iterable

from paper_repro.claims import Claim
from paper_repro.history import preregistered
from paper_repro.rules.base import Asked, Finding
from sims.tables.gather import Tables


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict(Finding):
    """What was found of a claim under one protocol (None for claims that are not about a protocol's n*)."""

    claim: Claim
    protocol: str | None


def decide(claim: Claim, tables: Tables, *, protocol: str | None = None) -> Verdict:
    """The verdict of a claim on the tables, under its own protocol or another.

    Of a withdrawn claim it is "withdrawn" whatever the rule finds, with the evidence and no error
    probability; without evidence it stays "not run". A claim that stood before its run is "not run" until the
    run is whole: no part of it decides.
    """
    protocol = protocol or claim.protocol
    asked = Asked(claim.id, claim.experiment, claim.also, protocol, tables)
    found = claim.rule.decide(asked)
    if claim.id in preregistered() and asked.missing and found.outcome != "not run":
        summary = f"{asked.missing} of the cells that it was to rest on are missing; so far: {found.summary}"
        found = dataclasses.replace(found, outcome="not run", error_probability=None, summary=summary)
    if claim.withdrawn and found.outcome != "not run":
        found = dataclasses.replace(found, outcome="withdrawn", error_probability=None)
    return Verdict(claim=claim, protocol=protocol, **vars(found))


def decide_all(claims: Iterable[Claim], tables: Tables) -> list[Verdict]:
    """One verdict for each claim, in their order, each under the claim's own protocol."""
    return [decide(claim, tables) for claim in claims]
