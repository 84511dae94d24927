"""``nstar report --json``: one strict JSON array with every claim, and no file."""

import json

import pytest

from paper_repro.claims import CLAIMS
from paper_repro.cli import main
from paper_repro.report.as_json import claims_as_json
from paper_repro.report.sections import sections
from paper_repro.rules.base import LEVEL
from paper_repro.rules.quantities import QuantityBelow
from tests.figures import synthetic
from tests.paper_repro.planted import claim, quantity, tables

NUMBER = (int, float, type(None))
FIELDS = {
    "paper": str,
    "title": str,
    "source": str,
    "id": str,
    "section": str,
    "quote": (str, type(None)),
    "mark": (str, type(None)),
    "kind": str,
    "statement": str,
    "rule": str,
    "protocol": (str, type(None)),
    "experiment": str,
    "commands": list,
    "verdict": str,
    "error_probability": NUMBER,
    "q_value": NUMBER,
    "headline": bool,
    "holm": NUMBER,
    "bonferroni": NUMBER,
    "level": float,
    "summary": str,
    "caveat": str,
    "withdrawn": str,
    "changes": list,
    "preregistered": (dict, type(None)),
    "cells": int,
    "evidence": list,
}
EVIDENCE = {
    "what": str,
    "low": NUMBER,
    "best": NUMBER,
    "high": NUMBER,
    "method": str,
    "against": str,
    "note": str,
}


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def read(text: str) -> list[dict]:
    """The array, if every object of it is as documented."""
    found = json.loads(text, parse_constant=refuse)
    for entry in found:
        assert list(entry) == list(FIELDS)
        for name, kind in FIELDS.items():
            assert isinstance(entry[name], kind), name
        for item in entry["evidence"]:
            assert list(item) == list(EVIDENCE)
            for name, kind in EVIDENCE.items():
                assert isinstance(item[name], kind), name
    return found


def printed(capsys, *argv: str) -> list[dict]:
    capsys.readouterr()
    assert main(["report", "--json", *argv]) == 0
    return read(capsys.readouterr().out)


def test_an_empty_store_gives_every_claim_as_not_run_with_its_command(tmp_path, capsys):
    found = printed(capsys, "--store", str(tmp_path))
    assert {entry["id"] for entry in found} == set(CLAIMS)
    assert {entry["verdict"] for entry in found} == {"not run"}
    for entry in found:
        assert entry["error_probability"] is None
        assert entry["evidence"] == []
        stated = CLAIMS[entry["id"]]
        assert entry["commands"] == [
            f"nstar run {name} --preset quick --store DIR" for name in stated.experiments
        ]
    assert list(tmp_path.iterdir()) == []


def test_published_tables_give_verdicts_with_evidence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found = {entry["id"]: entry for entry in printed(capsys, "--published", "--preset", "paper")}
    assert set(found) == set(CLAIMS)
    entry = found["cnn-at-most-linear-k"]
    assert entry["paper"] == "lahoti2024"
    assert entry["source"] == "arXiv 2403.15707"
    assert entry["verdict"] in ("reproduced", "contradicted", "inconclusive")
    assert entry["level"] == LEVEL
    assert entry["commands"] == ["nstar run sweeps --preset paper"]
    assert entry["cells"] == 5
    assert entry["evidence"][0]["low"] < entry["evidence"][0]["best"] < entry["evidence"][0]["high"]
    for entry in found.values():
        decided = entry["verdict"] in ("reproduced", "contradicted")
        assert not decided or entry["error_probability"] <= LEVEL
        assert not decided or entry["evidence"]
    assert list(tmp_path.iterdir()) == []
    withdrawn = [entry for entry in found.values() if entry["verdict"] == "withdrawn"]
    assert [entry["id"] for entry in withdrawn] == [
        stated.id for stated in CLAIMS.values() if stated.withdrawn
    ]
    for entry in withdrawn:
        assert entry["withdrawn"]
        assert entry["evidence"]
        assert entry["error_probability"] is entry["q_value"] is None
    # Slow twin of the q values: of the i-th smallest p the least of p_j m / j over j >= i.
    rates = sorted(
        (e["error_probability"], e["q_value"])
        for e in found.values()
        if e["error_probability"] is not None and e["kind"] != "check"
    )
    assert len(rates) > 150
    by_hand, least = [], 1.0
    for rank in range(len(rates), 0, -1):
        least = min(least, min(rates[rank - 1][0], 1.0) * len(rates) / rank)
        by_hand.append(least)
    assert [q for _, q in rates] == pytest.approx(by_hand[::-1], rel=1e-9)
    assert any(change["seen"] == "after results" for change in found["lcn-fano-constant"]["changes"])
    assert not any(change["kind"] == "wording" for entry in found.values() for change in entry["changes"])


def test_json_says_the_same_as_the_report():
    planted = tables(synthetic.thresholds(), synthetic.curves())
    entries = read(claims_as_json(planted, options="--preset paper"))
    verdicts = [verdict for section in sections(planted) for verdict in section.verdicts]
    for entry, verdict in zip(entries, verdicts, strict=True):
        assert entry["id"] == verdict.claim.id
        assert entry["verdict"] == verdict.outcome
        assert entry["error_probability"] == verdict.error_probability
        assert entry["summary"] == verdict.summary
        assert [item["what"] for item in entry["evidence"]] == [item.what for item in verdict.evidence]
    assert {entry["verdict"] for entry in entries} > {"reproduced", "contradicted"}


def test_numbers_that_are_infinite_are_null(monkeypatch):
    stated = claim(QuantityBelow(quantity="alignment", bound=1.0))
    monkeypatch.setattr("paper_repro.report.sections.PAPERS", {"planted": stated.paper})
    monkeypatch.setattr("paper_repro.report.sections.claims_of", lambda paper: [stated])
    rows = [quantity(0.5, float("inf"), repetitions=4)]
    (entry,) = read(claims_as_json(tables(quantities=rows), options="--preset paper"))
    (item,) = entry["evidence"]
    assert (item["low"], item["best"], item["high"]) == (None, 0.5, None)
    assert entry["protocol"] is None


def test_json_and_a_file_at_once_are_refused(tmp_path, capsys):
    out = tmp_path / "report.html"
    assert main(["report", "--json", "--store", str(tmp_path), "--out", str(out)]) == 2
    assert "--out" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("argv", [("--preset", "huge"), ("--store", "/no/such/folder")])
def test_what_cannot_be_read_prints_no_json(argv, capsys):
    assert main(["report", "--json", *argv]) == 2
    assert capsys.readouterr().out == ""
