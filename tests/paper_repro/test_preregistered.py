"""Claims that stood before their run: rows are whole, every headline claim has one, the commits are in that
order, and the report shows them."""

import csv
import dataclasses
import hashlib
import json
import shutil
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from paper_repro.claims import CLAIMS, Claim
from paper_repro.history import Preregistration, preregistered
from paper_repro.history.preregistration import PREREGISTERED, read_preregistered
from paper_repro.published.reader import tables_of
from paper_repro.report.as_json import claims_as_json
from paper_repro.report.page import render_report
from paper_repro.rules.quantities import QuantityBelow
from sims.experiments import EXPERIMENTS
from tests.paper_repro.planted import claim, tables

ROOT = Path(__file__).resolve().parents[2]
HEADER = "claim,committed,run,digest,stopping_rule\n"
FIRST, LATER = "a" * 7, "b" * 40


def row(**fields: str) -> Preregistration:
    given = {"claim": "one", "committed": FIRST, "run": LATER, "digest": "0" * 12}
    given["stopping_rule"] = "Thirty seeds a cell."
    return Preregistration(**{**given, **fields})


def unregistered(
    rows: Mapping[str, Preregistration], known: Collection[str], headlines: Collection[str]
) -> list[str]:
    """What is wrong with the rows as a list of claims: rows of none, and headline claims without a row."""
    return [f"{name} is no claim" for name in rows if name not in known] + [
        f"{name} has no row" for name in headlines if name not in rows
    ]


def git(folder: Path, *arguments: str) -> str | None:
    """What git says there, None if it fails."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def out_of_order(rows: Mapping[str, Preregistration], folder: Path) -> list[str]:
    """Claims whose commits are not in the repository, or not one before the other."""
    wrong = []
    for name, one in rows.items():
        named = [commit for commit in (one.committed, one.run) if commit]
        hashes = [git(folder, "rev-parse", "--verify", f"{commit}^{{commit}}") or "" for commit in named]
        known = all(hashes) and len(set(hashes)) == len(hashes)
        if not known or (one.run and git(folder, "merge-base", "--is-ancestor", *hashes) is None):
            wrong.append(name)
    return wrong


def test_rows_are_of_claims_and_every_headline_claim_has_one():
    headlines = [stated.id for stated in CLAIMS.values() if stated.headline]
    assert unregistered(preregistered(), CLAIMS, headlines) == []
    assert PREREGISTERED.read_text(encoding="utf-8").startswith(HEADER)


def digest(stated: Claim) -> str:
    """Of what stood before the run: see `Preregistration`."""
    ids = sorted(unit.id for name in stated.experiments for unit in EXPERIMENTS[name].units("paper"))
    text = "\n".join([stated.statement, stated.rule.text, *ids])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", preregistered())
def test_statement_rule_and_cells_are_those_that_stood_before_the_run(name):
    assert preregistered()[name].digest == digest(CLAIMS[name])


def test_another_bound_statement_or_cell_has_another_digest():
    stated = CLAIMS["one-bar-lcn-k"]
    others = (
        dataclasses.replace(stated, rule=dataclasses.replace(stated.rule, value=2.0)),
        dataclasses.replace(stated, statement="n* grows."),
        dataclasses.replace(stated, experiment="sweeps-cosine-8"),
    )
    assert len({digest(stated), *map(digest, others)}) == 4


@pytest.mark.parametrize("name", preregistered())
def test_a_claim_whose_whole_table_is_published_names_both_commits(name):
    published = tables_of("paper")
    whole = all(
        experiment in published
        and {unit.id for unit in EXPERIMENTS[experiment].units("paper")} <= _cells(published[experiment])
        for experiment in CLAIMS[name].experiments
    )
    row = preregistered()[name]
    assert bool(row.committed and row.run) == whole


def _cells(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {line["cell"] for line in csv.DictReader(file)}


def test_a_row_of_no_claim_and_a_headline_claim_without_a_row_are_found():
    assert unregistered({"one": row()}, ["one", "two"], ["one"]) == []
    assert unregistered({"gone": row()}, ["one", "two"], ["one"]) == ["gone is no claim", "one has no row"]


def test_commits_are_in_the_git_history_and_in_order():
    if shutil.which("git") is None or git(ROOT, "rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("no git history here")
    assert out_of_order(preregistered(), ROOT) == []


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_commits_that_are_absent_the_same_or_the_wrong_way_round_are_found(tmp_path):
    named = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    git(tmp_path, "init", "--quiet")
    hashes = []
    for words in ("stated", "run"):
        assert git(tmp_path, *named, "commit", "--quiet", "--allow-empty", "-m", words) is not None
        hashes.append(git(tmp_path, "rev-parse", "HEAD"))
    first, later = map(str, hashes)
    right = {"done": (first[:9], later), "waits": (first, ""), "young": ("", "")}
    wrong = {
        "turned": (later, first),
        "same": (first, first[:8]),
        "absent": ("0" * 7, ""),
        "not run there": (first, "0" * 40),
    }
    rows = {name: row(committed=before, run=after) for name, (before, after) in {**right, **wrong}.items()}
    assert out_of_order(rows, tmp_path) == list(wrong)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("committed", "abcdef"),
        ("committed", "g" * 7),
        ("committed", "A" * 7),
        ("committed", "a" * 41),
        ("committed", ""),
        ("run", "later"),
        ("stopping_rule", ""),
    ],
)
def test_a_row_that_is_not_whole_is_refused(field, value):
    assert row(committed="", run="").committed == ""
    with pytest.raises(ValueError, match=f"^{field}: .*; allowed: "):
        row(**{field: value})


def test_rows_are_read_by_claim_and_a_second_one_is_refused(tmp_path):
    file = tmp_path / "preregistered.csv"
    line = f'one,{FIRST},,{"0" * 12},"Thirty seeds, once."\n'
    file.write_text(HEADER + line, encoding="utf-8")
    assert read_preregistered(file) == {"one": row(run="", stopping_rule="Thirty seeds, once.")}
    file.write_text(HEADER + line + line, encoding="utf-8")
    with pytest.raises(ValueError, match="claim: one has two rows; allowed: one"):
        read_preregistered(file)


@pytest.fixture
def three_claims(monkeypatch):
    """One claim that was run, one that waits, and one that was not preregistered."""
    stated = [
        dataclasses.replace(claim(QuantityBelow(quantity="alignment", bound=1.0)), id=name)
        for name in ("one", "two", "three")
    ]
    rows = {"one": row(), "two": row(claim="two", committed="", run="")}
    monkeypatch.setattr("paper_repro.report.sections.PAPERS", {"planted": stated[0].paper})
    monkeypatch.setattr("paper_repro.report.sections.claims_of", lambda paper: stated)
    monkeypatch.setattr("paper_repro.report.page.FIGURES", {})
    for module in ("page", "as_json"):
        monkeypatch.setattr(f"paper_repro.report.{module}.preregistered", lambda: rows)


def test_the_report_shows_it_under_its_claim(three_claims):
    page = " ".join(render_report(tables(), options="--preset paper").split())
    parts = page.split('id="claim-')[1:]
    rule = "stopping rule: Thirty seeds a cell.</small>"
    assert f"Preregistered in <code>{FIRST}</code>, run in <code>{LATER}</code>; {rule}" in parts[0]
    assert f"Preregistered in the commit that brought its row, not run yet; {rule}" in parts[1]
    assert ["reregistered" in part for part in parts] == [True, True, False]


def test_json_has_it_or_null(three_claims):
    found = json.loads(claims_as_json(tables(), options="--preset paper"))
    assert [entry["preregistered"] for entry in found] == [
        {
            "claim": "one",
            "committed": FIRST,
            "run": LATER,
            "digest": "0" * 12,
            "stopping_rule": "Thirty seeds a cell.",
        },
        {
            "claim": "two",
            "committed": "",
            "run": "",
            "digest": "0" * 12,
            "stopping_rule": "Thirty seeds a cell.",
        },
        None,
    ]
