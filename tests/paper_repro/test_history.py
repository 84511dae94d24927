"""The record of how claims changed: whole, in order, true to the git history where there is one, and counted
as its page says."""

import dataclasses
import os
import re
import subprocess
from pathlib import Path

import pytest

from paper_repro.claims import CLAIMS
from paper_repro.history import RECORDED_UNTIL, changes, changes_of

ROOT = Path(__file__).resolve().parents[2]
GONE = ("renamed", "dropped")
COUNTED = ("statement", "bound", "rule", "data", "sizes", "seeds")
STANDING = {change.claim for change in changes()} - {c.claim for c in changes() if c.kind in GONE}


def git(*arguments: str) -> str:
    utc = {**os.environ, "TZ": "UTC0"}
    done = subprocess.run(["git", *arguments], cwd=ROOT, env=utc, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def test_every_claim_of_the_record_exists_unless_it_is_said_to_have_gone():
    assert STANDING - set(CLAIMS) == set()
    assert {change.after for change in changes() if change.kind == "renamed"} <= {
        change.claim for change in changes() if change.kind != "renamed"
    }


def test_the_record_is_in_the_order_of_dates():
    dates = [change.date for change in changes()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", date) for date in dates)
    assert dates == sorted(dates)


def test_every_claim_of_the_record_was_stated_first_and_once():
    for claim in STANDING:
        kinds = [change.kind for change in changes_of(claim)]
        assert kinds[0] == "stated", claim
        assert kinds.count("stated") == 1, claim


def test_every_change_but_a_wording_says_what_it_changed():
    for change in changes():
        texts = (change.before, change.after)
        assert (texts == ("", "")) == (change.kind == "wording"), change
        assert change.before != change.after or change.kind == "wording", change


def test_a_claim_has_the_changes_under_its_earlier_names():
    names = [change.claim for change in changes_of("ratio-k-typical")]
    assert names[0] == "ratio-typical"
    assert names[-1] == "ratio-k-typical"
    assert changes_of("no-such-claim") == ()


def test_a_bound_that_was_turned_round_is_seen():
    turned = [change for change in changes_of("lcn-fano-constant") if change.kind == "bound"]
    assert [(change.before, change.after, change.seen) for change in turned] == [
        ("n* >= 1", "n* < 2", "after results")
    ]


@pytest.mark.parametrize(("field", "value"), [("kind", "forgotten"), ("seen", "perhaps")])
def test_a_row_of_another_kind_is_refused(field, value):
    with pytest.raises(ValueError, match=f"{field}: got '{value}'; allowed: "):
        dataclasses.replace(changes()[0], **{field: value})


def test_commits_and_their_dates_are_those_of_the_git_history():
    if not git("cat-file", "-t", RECORDED_UNTIL) or git("rev-parse", "--is-shallow-repository") != "false\n":
        pytest.skip("no git history here")
    commits = sorted({change.commit for change in changes() if change.commit})
    form = "--format=%H %ad"
    shown = git("log", "--no-walk", form, "--date=format-local:%Y-%m-%dT%H:%M", *commits)
    dated = {(line.split()[0][:7], line.split()[1]) for line in shown.splitlines()}
    assert {(change.commit, change.date) for change in changes() if change.commit} == dated


def latest(claim: str, *kinds: str) -> str:
    """When a claim was last changed in one of these ways, by what could have been seen: the most of it
    counts."""
    seen = {change.seen for change in changes_of(claim) if change.kind in kinds}
    order = ("after results", "with results", "before results")
    return next((when for when in order if when in seen), "never")


def test_the_page_counts_what_the_record_holds():
    page = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")
    rows = {f"changed: {kind}": (kind,) for kind in COUNTED}
    rows |= {"changed: any of these": COUNTED, "filed under another kind": ("filed as",)}
    assert f"Of the {len(STANDING)} claims that stand." in page
    for words, kinds in rows.items():
        counts = [latest(claim, *kinds) for claim in STANDING]
        order = ("before results", "with results", "after results", "never")
        assert f"| {words} | {' | '.join(str(counts.count(when)) for when in order)} |\n" in page, words
    stated = [latest(claim, "stated") for claim in STANDING]
    order = ("before results", "with results", "after results")
    assert f"| first stated | {' | '.join(str(stated.count(when)) for when in order)} | |\n" in page
    wordings = [change for change in changes() if change.kind == "wording"]
    assert f"{len(wordings)} changes of wording alone" in page


def test_the_page_names_commits_of_the_record_or_of_published_tables():
    page = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7}\b", page))
    tables = {"0022f21", "184b039", "1ba337b", "a68d101", "e3c3459", "f1e58e7", "f62f16d", RECORDED_UNTIL}
    assert named - {change.commit for change in changes()} == tables
