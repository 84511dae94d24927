"""Claim: one statement of a paper as data, with the rule that decides it and the experiment that speaks to
it."""

import dataclasses
from typing import Literal

from paper_repro.rules.base import Rule

Kind = Literal["reported", "theorem", "check", "criticism", "question"]

KINDS: dict[Kind, str] = {
    "reported": "Trends that the paper's experiments are said to show",
    "theorem": "What theory predicts",
    "check": "What must hold whatever the paper says",
    "criticism": "What reviewers and readers criticised",
    "question": "What this suite asks beyond the papers",
}
"""The kinds of claims, in the order of the report, with their headings there."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper whose claims are held against measurements.

    id: as claims and files name it; authors: authors and year; source: where it is to be found, such as
    "arXiv 2403.15707".
    """

    id: str
    authors: str
    title: str
    source: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement and how it is decided.

    id: unique over all papers; section: where the source says it; kind: "reported" (a trend that the paper's
    experiments are said to show), "theorem" (what theory predicts), "check" (what must hold whatever the
    paper says, so that the rest can be believed) "criticism" (what reviewers doubt or ask for) or
    "question" (what this suite asks, in its own words and with its own numbers).
    experiment: the cells or probes that decide it; protocol: the protocol of those cells, None for probes and
    for rules that choose their cells themselves; also: further experiments that the rule looks at.
    contradicts: id of a claim of the same paper that cannot be true together with this one; caveat: what a
    reader must know before believing the verdict.
    """

    paper: Paper
    id: str
    section: str
    kind: Kind
    statement: str
    rule: Rule
    experiment: str
    protocol: str | None = None
    also: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    contradicts: str | None = None
    caveat: str = ""

    @property
    def experiments(self) -> tuple[str, ...]:
        """Every experiment that the verdict rests on."""
        return (self.experiment, *self.also)
