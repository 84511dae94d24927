"""Headline claims: their verdicts are held jointly, by Holm over a family that the claims fix."""

import dataclasses
import itertools
import json
import re

import numpy as np
import pytest

from paper_repro.report.as_json import claims_as_json
from paper_repro.report.page import render_report
from paper_repro.report.sections import bonferroni, holm, step_down
from paper_repro.rules.quantities import QuantityBelow
from paper_repro.verdicts import Verdict
from tests.paper_repro.planted import claim, quantity, tables


def closed(probabilities: list[float]) -> list[float]:
    """Holm's adjusted p-values as the closure of Bonferroni: the largest over all subsets that a hypothesis
    is in of the subset's size times its smallest p.
    """
    every = range(len(probabilities))
    subsets = [chosen for size in every for chosen in itertools.combinations(every, size + 1)]
    return [
        max(min(1.0, len(s) * min(probabilities[i] for i in s)) for s in subsets if index in s)
        for index in every
    ]


@pytest.mark.parametrize(
    ("probabilities", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.04, 0.04], [0.08, 0.08]),
        ([0.02, 1.0, 0.3], [0.06, 1.0, 0.6]),
        ([0.2], [0.2]),
        ([], []),
    ],
)
def test_holm_is_what_one_calculates_by_hand(probabilities, adjusted):
    assert step_down(probabilities) == pytest.approx(adjusted, rel=1e-12)


def test_holm_is_the_closure_of_bonferroni():
    random = np.random.default_rng(0)
    for size in range(1, 8):
        for _ in range(20):
            drawn = np.round(random.random(size) ** 3, 1 + size % 2).tolist()  # rounded, so that some tie
            assert step_down(drawn) == pytest.approx(closed(drawn), rel=1e-12)


def verdict(name: str, outcome, error: float | None, *, headline: bool = True) -> Verdict:
    stated = dataclasses.replace(
        claim(QuantityBelow(quantity="alignment", bound=1.0)), id=name, headline=headline
    )
    return Verdict(
        claim=stated,
        protocol=None,
        outcome=outcome,
        error_probability=error,
        summary="",
        evidence=(),
        cells=0,
    )


def test_the_family_is_every_headline_claim_whatever_came_of_it():
    found = [
        verdict("a", "reproduced", 0.01),
        verdict("b", "contradicted", 0.02),
        verdict("c", "inconclusive", 0.06),
        verdict("d", "not run", None),
        verdict("e", "withdrawn", None),
        verdict("f", "reproduced", 0.001, headline=False),
    ]
    assert holm(found) == pytest.approx({"a": 0.05, "b": 0.08, "c": 1.0, "d": 1.0, "e": 1.0}, rel=1e-12)
    assert holm(found[-1:]) == {}
    assert bonferroni(found) == pytest.approx({"a": 0.05, "b": 0.1, "c": 1.0, "d": 1.0, "e": 1.0}, rel=1e-12)


@pytest.fixture
def family(monkeypatch):
    """Four claims on a probe, each about one k: three of them headline claims, one of which is not run."""
    stated = [
        dataclasses.replace(
            claim(QuantityBelow(quantity="alignment", bound=1.0, where={"k": k})),
            id=f"planted-{k}",
            statement=f"Planted at k = {k}.",
            kind="question",
            headline=k != 3,
        )
        for k in (1, 2, 3, 4)
    ]
    monkeypatch.setattr("paper_repro.report.sections.PAPERS", {"planted": stated[0].paper})
    monkeypatch.setattr("paper_repro.report.sections.claims_of", lambda paper: stated)
    monkeypatch.setattr("paper_repro.report.page.FIGURES", {})
    values = ((1, 0.5, 0.01), (2, 0.95, 0.025), (3, 0.5, 0.01))
    return tables(quantities=[quantity(value, error, repetitions=30, k=k) for k, value, error in values])


def test_json_says_which_claims_are_headlines_and_their_joint_probability(family):
    first, second, other, absent = json.loads(claims_as_json(family, options="--preset paper"))
    assert [entry["headline"] for entry in (first, second, other, absent)] == [True, True, False, True]
    assert (absent["verdict"], absent["error_probability"], absent["holm"]) == ("not run", None, 1.0)
    assert other["holm"] is None
    assert first["holm"] == pytest.approx(3 * first["error_probability"], rel=1e-9)
    assert 0.025 < second["error_probability"] <= 0.05
    assert second["holm"] == pytest.approx(2 * second["error_probability"], rel=1e-9)
    assert second["bonferroni"] == pytest.approx(3 * second["error_probability"], rel=1e-9)


def test_headlines_are_of_the_preset_whose_sizes_and_seeds_stood_before_the_run(family):
    quick = dataclasses.replace(family, preset="quick")
    found = json.loads(claims_as_json(quick, options="--preset quick"))
    assert {(entry["holm"], entry["bonferroni"], entry["preregistered"]) for entry in found} == {
        (None, None, None)
    }
    assert "Headline claims" not in render_report(quick, options="--preset quick")


def test_the_report_opens_with_the_headline_claims_and_whether_they_hold_jointly(family):
    page = render_report(family, options="--preset paper")
    part = page[page.index('id="headlines"') : page.index('id="claims"')]
    rows = re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)[1:]
    assert [re.findall(r'href="#claim-([^"]+)"', row) for row in rows] == [
        ["planted-1"],
        ["planted-2"],
        ["planted-4"],
    ]
    assert [re.findall(r"<td>(yes|no)</td>", row) for row in rows] == [["yes"], ["no"], ["no"]]
    assert "reproduced</span>" in rows[1]
    assert "not run</span>" in rows[2]
    q = next(entry["q_value"] for entry in json.loads(claims_as_json(family, options="--preset paper"))[1:])
    assert f'<td class="number">{q:.2g}</td>' in rows[1]


def test_a_report_without_headline_claims_has_no_such_section(family, monkeypatch):
    plain = claim(QuantityBelow(quantity="alignment", bound=1.0))
    monkeypatch.setattr("paper_repro.report.sections.claims_of", lambda paper: [plain])
    assert "Headline claims" not in render_report(family, options="--preset paper")
