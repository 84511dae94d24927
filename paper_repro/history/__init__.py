"""How the claims came to say what they say: every change of a claim, and whether a result could have been
seen by then, as the git history has it; and which claims stood before their run (docs/history.md).
"""

import csv
import dataclasses
import functools
from pathlib import Path
from typing import Literal, get_args

from paper_repro.history.preregistration import Preregistration, preregistered

What = Literal[
    "stated",
    "statement",
    "filed as",
    "bound",
    "rule",
    "data",
    "sizes",
    "seeds",
    "wording",
    "withdrawn",
    "renamed",
    "dropped",
]
Seen = Literal["before results", "with results", "after results"]

RECORDED_UNTIL = "361b4d5"
"""The last commit that the record was read from: a claim without any change in it is younger."""

CHANGES = Path(__file__).resolve().parent / "changes.csv"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One change of a claim.

    claim: its id at that time; date: of the commit, in UTC, as 2026-11-22T18:24; commit: seven digits of its
    hash, empty for the commit that brought the row.
    kind: "stated" (the claim's first text), "statement", "filed as" (such as theorem or question), "bound"
    (a number of the rule), "rule" (what the rule asks, or how it is computed), "data" (which experiment,
    cells or training), "sizes", "seeds", "wording" (no number, bound or condition), "withdrawn" (the claim
    says that no verdict stands), "renamed" (the claim went on as the id in `after`) or "dropped".
    before, after: what stood there, shortened; empty for a wording.
    seen: whether numbers that the claim looks at were there at an earlier commit, at the same one, or at
    neither (docs/history.md says how that was found).
    reason: as the commit message or the claim's own text gives it, else empty.
    """

    claim: str
    date: str
    commit: str
    kind: What
    before: str
    after: str
    seen: Seen
    reason: str

    def __post_init__(self) -> None:
        if self.kind not in get_args(What):
            raise ValueError(f"kind: got {self.kind!r}; allowed: {', '.join(get_args(What))}")
        if self.seen not in get_args(Seen):
            raise ValueError(f"seen: got {self.seen!r}; allowed: {', '.join(get_args(Seen))}")


@functools.cache
def changes() -> tuple[Change, ...]:
    """Every recorded change, by date."""
    with CHANGES.open(encoding="utf-8", newline="") as file:
        return tuple(Change(**row) for row in csv.DictReader(file))  # pyright: ignore[reportArgumentType]


def changes_of(claim_id: str) -> tuple[Change, ...]:
    """The changes of a claim by date, those under its earlier ids among them; none for a claim younger than
    the record.
    """
    ids = {claim_id}
    for change in reversed(changes()):
        if change.kind == "renamed" and change.after in ids:
            ids.add(change.claim)
    return tuple(change for change in changes() if change.claim in ids)


__all__ = ["RECORDED_UNTIL", "Change", "Preregistration", "changes", "changes_of", "preregistered"]
