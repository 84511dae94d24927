"""Which claims stood before their run, and which commits show it (docs/history.md)."""

import csv
import dataclasses
import functools
import re
from pathlib import Path

PREREGISTERED = Path(__file__).resolve().parent / "preregistered.csv"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preregistration:
    """A claim that was stated before anything of it was run.

    claim: its id; committed: hash of the commit in which its statement, rule, sizes and seeds stood first,
    empty for the commit that brought the row; run: hash of the commit that published its table, empty until
    then; digest: the first 12 hexadecimal digits of the sha256 of its statement, its rule in words and the
    ids of the cells of its experiments at preset paper, as they stood; stopping_rule: when the run was to
    end, in words.
    Hashes of commits are the first 7 to 40 hexadecimal digits.
    """

    claim: str
    committed: str
    run: str
    digest: str
    stopping_rule: str

    def __post_init__(self) -> None:
        for name, commit in (("committed", self.committed), ("run", self.run)):
            if not re.fullmatch("([0-9a-f]{7,40})?", commit):
                raise ValueError(f"{name}: got {commit!r}; allowed: 7 to 40 hexadecimal digits, or nothing")
        if not re.fullmatch("[0-9a-f]{12}", self.digest):
            raise ValueError(f"digest: got {self.digest!r}; allowed: 12 hexadecimal digits")
        if not self.stopping_rule:
            raise ValueError(f"stopping_rule: {self.claim} has none; allowed: words")
        if self.run and not self.committed:
            raise ValueError(f"committed: {self.claim} was run; allowed: the commit that it stood in before")


def read_preregistered(path: Path) -> dict[str, Preregistration]:
    """Claim -> its preregistration. Raises ValueError for a row that is not one, or a claim with two."""
    found: dict[str, Preregistration] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one = Preregistration(**row)
            if one.claim in found:
                raise ValueError(f"claim: {one.claim} has two rows; allowed: one")
            found[one.claim] = one
    return found


@functools.cache
def preregistered() -> dict[str, Preregistration]:
    """Claim -> its preregistration, of every claim that has one."""
    return read_preregistered(PREREGISTERED)
