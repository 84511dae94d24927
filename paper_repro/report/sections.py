"""Claims with their verdicts in the order of the report, and the commands that give them."""

import dataclasses
from collections.abc import Sequence
from typing import get_args

from paper_repro.claims import KINDS, PAPERS, Claim, Paper, claims_of
from paper_repro.history import Change, changes_of
from paper_repro.rules.base import Outcome
from paper_repro.verdicts import Verdict, decide, decide_all
from sims.protocols import PROTOCOLS
from sims.tables.gather import Tables


@dataclasses.dataclass(frozen=True)
class Section:
    """The claims of one paper: verdicts by heading, in the order of the kinds, and how often each outcome."""

    paper: Paper
    tables: tuple[tuple[str, tuple[Verdict, ...]], ...]
    counts: dict[str, int]

    @property
    def verdicts(self) -> list[Verdict]:
        """All of them, in the order in which the report lists them."""
        return [verdict for _, verdicts in self.tables for verdict in verdicts]


def counts_of(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How often each outcome occurs."""
    return {word: sum(verdict.outcome == word for verdict in verdicts) for word in get_args(Outcome)}


def sections(tables: Tables) -> list[Section]:
    """A section for each paper that has claims."""
    found = []
    for paper in PAPERS.values():
        verdicts = decide_all(claims_of(paper.id), tables)
        by_kind = [
            (heading, tuple(verdict for verdict in verdicts if verdict.claim.kind == kind))
            for kind, heading in KINDS.items()
        ]
        found.append(Section(paper, tuple(part for part in by_kind if part[1]), counts_of(verdicts)))
    return found


def q_values(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Claim -> smallest false discovery rate at which its verdict would stand, all claims of papers and
    questions taken together (Benjamini and Hochberg 1995, which asks for p-values that are independent or
    positively dependent; claims that share cells are not independent).

    Of an inconclusive claim it is that of the better supported of the two. Checks of our own code, which
    ought to hold, are left out: they would make all others smaller. Claims without an error probability have
    none.
    """
    from scipy.stats import false_discovery_control  # late: it takes a second, and other commands do not

    found = {
        verdict.claim.id: min(verdict.error_probability, 1.0)
        for verdict in verdicts
        if verdict.error_probability is not None and verdict.claim.kind != "check"
    }
    if not found:
        return {}
    return dict(zip(found, (float(q) for q in false_discovery_control(list(found.values()))), strict=True))


def headlines(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts of the headline claims, in their order."""
    return [verdict for verdict in verdicts if verdict.claim.headline]


def holm(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Headline claim -> smallest level at which its verdict would stand if all headline claims together are
    to have at most this probability of any wrong one (Holm 1979).

    The family is every headline claim: one that is inconclusive, withdrawn or not run enters with p = 1. As a
    claim may be decided either way, of each one direction is true whatever was rejected before: the step down
    is known to hold for independent tests, `bonferroni` whatever the dependence.
    """
    errors = _of_headlines(verdicts)
    return dict(zip(errors, step_down(list(errors.values())), strict=True))


def bonferroni(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """As `holm`, with every error probability times the number of headline claims."""
    errors = _of_headlines(verdicts)
    return {claim: min(1.0, len(errors) * error) for claim, error in errors.items()}


def _of_headlines(verdicts: Sequence[Verdict]) -> dict[str, float]:
    errors = {verdict.claim.id: 1.0 for verdict in headlines(verdicts)}
    for verdict in headlines(verdicts):
        if verdict.outcome in ("reproduced", "contradicted") and verdict.error_probability is not None:
            errors[verdict.claim.id] = verdict.error_probability
    return errors


def step_down(probabilities: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given: of the i-th smallest of m, from i = 0 on, the largest of
    (m - j) p_(j) over j <= i, at most 1.
    """
    adjusted, largest = [0.0] * len(probabilities), 0.0
    for rank, index in enumerate(sorted(range(len(probabilities)), key=probabilities.__getitem__)):
        largest = max(largest, min(1.0, (len(probabilities) - rank) * probabilities[index]))
        adjusted[index] = largest
    return adjusted


def changes_shown(claim: Claim) -> list[Change]:
    """What changed in a claim since it was first stated, but for wording; see docs/history.md."""
    return [change for change in changes_of(claim.id) if change.kind not in ("stated", "wording")]


def commands_of(claim: Claim, run_options: str) -> list[str]:
    """The commands that compute what a claim rests on."""
    return [f"nstar run {experiment} {run_options}" for experiment in claim.experiments]


def run_options(options: str) -> str:
    """Options of ``nstar run`` from those of the report: all but those that name tables to read."""
    return options.replace(" --published", "")


def other_protocols(claim: Claim, tables: Tables) -> list[Verdict]:
    """The verdicts of a claim under the protocols that do not decide it, where cells exist; none for a claim
    that is not about the n* of one protocol."""
    if claim.protocol is None:
        return []
    others = [decide(claim, tables, protocol=name) for name in PROTOCOLS if name != claim.protocol]
    return [verdict for verdict in others if verdict.outcome != "not run"]


def contradictions(verdicts: Sequence[Verdict]) -> list[tuple[Verdict, Verdict]]:
    """Pairs of statements of one paper that cannot both be true, with their verdicts."""
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    pairs: dict[frozenset[str], tuple[Verdict, Verdict]] = {}
    for verdict in verdicts:
        other = by_id.get(verdict.claim.contradicts or "")
        if other is not None:
            pairs.setdefault(frozenset((verdict.claim.id, other.claim.id)), (verdict, other))
    return list(pairs.values())
