"""Claim: one statement of a paper as data, with the rule that decides it and the experiment that speaks to
it."""

import dataclasses
from typing import Literal

from paper_repro.rules.base import Rule

Kind = Literal["reported", "theorem", "check", "criticism", "question"]

LONGEST_QUOTE = 15
"""Most words of a paper's text that a claim repeats."""

TWO_LOOKS = (
    "The error probability is of the second look alone: two looks, of which the first could have decided as "
    "well, are wrong up to twice as often."
)
ASKED_AGAIN = (
    "The seeds of its first experiment left it inconclusive. Asked again of the same cells, once, with more "
    f"seeds, of which no result was seen, their number fixed beforehand. {TWO_LOOKS}"
)
"""The caveat of a claim that a replication decides."""

KINDS: dict[Kind, str] = {
    "reported": "What the paper reports of its experiments",
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


@dataclasses.dataclass(frozen=True)
class Claim:
    """One statement and how it is decided. What several claims share is given once: `partial(Claim, ...)`.

    id: unique over all papers; section: the place in the source; quote: its own words there, at most
    `LONGEST_QUOTE` of them, without quotation marks; of_the_reply: whether the authors' reply to the reviews
    says it, and the final text does not.
    kind: "reported" (what the paper says that its experiments show), "theorem" (what theory predicts),
    "check" (what must hold whatever the paper says, so that the rest can be believed), "criticism" (what
    reviewers doubt or ask for) or "question" (what this suite asks, in its own words and with its own
    numbers).
    experiment: the cells or probes that decide it; protocol: the protocol of those cells, None for probes and
    for rules that choose their cells themselves; also: further experiments that the rule looks at.
    contradicts: id of a claim of the same paper that cannot be true together with this one; caveat: what a
    reader must know before believing the verdict.
    withdrawn: why no verdict of the rule stands, in one sentence; empty where it stands. What the rule
    measures is still shown.
    headline: whether it is one of the few claims whose verdicts are held jointly.
    """

    id: str
    statement: str
    rule: Rule
    _: dataclasses.KW_ONLY
    paper: Paper
    section: str
    quote: str = ""
    of_the_reply: bool = False
    kind: Kind
    experiment: str
    protocol: str | None = None
    also: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    contradicts: str | None = None
    caveat: str = ""
    withdrawn: str = ""
    headline: bool = False

    def __post_init__(self) -> None:
        words = len(self.quote.split())
        if words > LONGEST_QUOTE:
            raise ValueError(f"quote: {self.id} quotes {words} words; allowed: {LONGEST_QUOTE} at most")
        if self.quote and self.of_the_reply:
            raise ValueError(f"quote: {self.id} is quoted and of the reply; allowed: one of the two")

    @property
    def is_the_papers(self) -> bool:
        """Whether the claim stands under the paper's name: its results, not questions or checks of ours."""
        return self.kind in ("reported", "theorem")

    @property
    def mark(self) -> str | None:
        """What a claim under the paper's name has in place of a quote: "of the reply", or "inferred" where
        the text was not read or does not say it so."""
        if self.quote or not self.is_the_papers:
            return None
        return "of the reply" if self.of_the_reply else "inferred"

    @property
    def place(self) -> str:
        """The section, with the words that stand there or the mark in their stead."""
        said = f"“{self.quote}”" if self.quote else self.mark
        return f"{self.section}: {said}" if said else self.section

    @property
    def experiments(self) -> tuple[str, ...]:
        """Every experiment that the verdict rests on."""
        return (self.experiment, *self.also)
