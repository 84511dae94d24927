"""The report: one file that needs nothing else, verdicts first, the contradiction listed, the same bytes
again."""

import dataclasses
import json
import re
from html import unescape

import pytest

from figures.catalogue import FIGURES
from paper_repro.claims import CLAIMS, KINDS, PAPERS, claims_of
from paper_repro.report.as_json import claims_as_json
from paper_repro.report.page import MARKS, SIGNS, probability, render_report, sentence
from paper_repro.report.sections import contradictions, sections
from paper_repro.rules.quantities import QuantityBelow
from paper_repro.verdicts import decide_all
from sims.experiments import EXPERIMENTS
from tests.called import is_taken
from tests.figures import synthetic
from tests.paper_repro.planted import claim, quantity, tables

PLANTED = tables(synthetic.thresholds(), synthetic.curves())
MARKED = {
    "changed": lambda entry: any(change["seen"] == "after results" for change in entry["changes"]),
    "preregistered": lambda entry: entry["preregistered"] is not None,
    "headline": lambda entry: entry["headline"],
}
"""What each mark says of a claim, by the data."""


@pytest.fixture(scope="module")
def html() -> str:
    return render_report(PLANTED, options="--preset paper")


@pytest.fixture(scope="module")
def data() -> list[dict]:
    """The same claims as ``--json`` prints them."""
    return json.loads(claims_as_json(PLANTED, options="--preset paper"))


def test_report_loads_nothing_from_elsewhere(html):
    assert not re.search(r"""(?:src|href|action|data|srcset)\s*=\s*["'](?!data:|#)""", html)
    assert not re.search(r"url\(|@import|<link|<iframe|http-equiv", html)
    assert html.count("<script") == html.count("<script>\n") == 1
    assert not re.search(r"\b(fetch|import|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\b\s*\(", html)
    assert not re.search(r"""["'(]\s*(?:https?:)?//""", re.sub(r'base64,[^"]*', "", html))


def test_report_opens_with_the_verdict_table(html):
    first_table, first_image = html.index("<table"), html.index("<img")
    assert first_table < first_image
    assert "Verdict" in html[first_table : first_table + 300]
    for name in CLAIMS:
        assert f'id="verdict-{name}"' in html[:first_image]
        assert f'id="claim-{name}"' in html


def test_report_lists_the_contradictions_with_both_verdicts(html):
    part = html[html.index('id="contradictions"') : html.index('<h2 id="figures">')]
    assert "&#34;linear&#34;" in part
    assert "is quadratic in k, the upper end of what the paper says" in part
    pairs = contradictions(decide_all(CLAIMS.values(), tables()))
    assert part.count("badge") == 2 * len(pairs)
    assert {frozenset((a.claim.id, b.claim.id)) for a, b in pairs} == {
        frozenset(("lcn-linear-k", "lcn-quadratic-k")),
        frozenset(("cyclic-order-text", "cyclic-order-table")),
    }


def test_every_figure_is_inlined_with_caption_and_command(html):
    assert html.count("data:image/png;base64,") == len(FIGURES)
    for name in FIGURES:
        assert f'id="figure-{name}"' in html
        assert f"nstar figures --preset paper {name}" in html


def test_every_experiment_says_how_to_rerun_it(html):
    for name in EXPERIMENTS:
        assert f"<code>nstar run {name} --preset paper</code>" in html


def test_every_claim_says_in_its_attributes_what_the_data_say(html, data):
    found = re.findall(r'<tbody class="claim" id="([^"]+)"((?: data-[a-z]+="[^"]*")*)>', html)
    assert [name for name, _ in found] == [f"verdict-{entry['id']}" for entry in data]
    for entry, (_, text) in zip(data, found, strict=True):
        attributes = dict(re.findall(r'data-([a-z]+)="([^"]*)"', text))
        for name in ("id", "paper", "kind", "verdict"):
            assert attributes[name] == entry[name]
        for name, key in (("p", "error_probability"), ("q", "q_value")):
            assert (float(attributes[name]) if attributes[name] else None) == entry[key]
        assert attributes["marks"].split() == [mark for mark in MARKS if MARKED[mark](entry)]
    for mark, has in MARKED.items():
        assert f"{MARKS[mark]} ({sum(map(has, data))})" in html


def test_every_claim_opens_to_its_rule_evidence_figures_and_commands(html, data):
    bodies = re.findall(
        r'<tbody class="claim"[^>]*>.*?\n</div></details></td></tr>\n</tbody>', html, re.DOTALL
    )
    for entry, body in zip(data, bodies, strict=True):
        closed, opened = unescape(body).split("<details><summary>Rule, ", 1)
        assert entry["statement"] in closed
        assert entry["summary"] in closed
        for text in (
            f'id="claim-{entry["id"]}"',
            entry["rule"],
            entry["caveat"],
            f"<code>{entry['id']}</code>",
        ):
            assert text in opened
        for command in entry["commands"]:
            assert f"<code>{command}</code>" in opened
        for name in CLAIMS[entry["id"]].figures:
            assert f'<a href="#figure-{name}">' in opened
        for item in entry["evidence"]:
            assert item["what"] in opened


def test_every_command_of_the_report_is_one_that_nstar_takes(html):
    commands = sorted({unescape(command) for command in re.findall(r"<code>nstar (.*?)</code>", html)})
    assert len(commands) > len(EXPERIMENTS)
    assert [command for command in commands if not is_taken(command.split())] == []


def test_links_within_the_report_have_targets(html):
    targets = set(re.findall(r'id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= targets


def test_report_has_a_section_a_paper_with_its_source_and_counts(html):
    for paper in PAPERS.values():
        start = html.index(f'id="paper-{paper.id}"')
        part = unescape(html[start : html.index("<h4>", start)])
        assert paper.authors in part
        assert paper.title in part
        assert paper.source in part
        assert f"{len(claims_of(paper.id))} claims: " in part
        counts = {word: int(count) for count, word in re.findall(r"(\d+) ([a-z]+(?: run)?)(?=[,.])", part)}
        assert sum(counts[word] for word in SIGNS) == len(claims_of(paper.id))


def test_claims_stand_under_their_paper_and_kind(html):
    order = [html.index(f'id="verdict-{id}"') for section in sections(tables()) for id in ids_of(section)]
    assert order == sorted(order)
    for section in sections(tables()):
        places = [list(KINDS).index(verdict.claim.kind) for verdict in section.verdicts]
        assert places == sorted(places)
    assert CLAIMS["one-patch-agree"].kind == "criticism"
    assert html.index(KINDS["criticism"]) < html.index('id="verdict-one-patch-agree"')


def ids_of(section) -> list[str]:
    return [verdict.claim.id for verdict in section.verdicts]


@pytest.fixture
def two_figures(monkeypatch):
    """A report of every claim and two figures; that each figure repeats itself is a test of the figures."""
    few = {name: FIGURES[name] for name in ("n-star-k", "width")}
    monkeypatch.setattr("paper_repro.report.page.FIGURES", few)
    return few


@pytest.fixture
def probe_claim(monkeypatch):
    """A report with one claim, on a probe, which has no protocol."""
    stated = claim(QuantityBelow(quantity="alignment", bound=1.0))
    monkeypatch.setattr("paper_repro.report.sections.PAPERS", {"planted": stated.paper})
    monkeypatch.setattr("paper_repro.report.sections.claims_of", lambda paper: [stated])
    monkeypatch.setattr("paper_repro.report.page.FIGURES", {})
    return stated


def test_a_claim_on_a_probe_has_no_other_protocol(probe_claim):
    rows = [quantity(0.5, 0.01, repetitions=9, k=k) for k in range(3)]
    page = render_report(tables(quantities=rows), options="--preset paper")
    assert " protocol" not in page[page.index('<table class="verdicts') : page.index('<h2 id="figures">')]
    assert "None" not in page
    assert "reproduced</span>" in page
    assert "Figures: " not in page
    assert "<details><summary>3 numbers" not in page


def test_a_withdrawn_claim_is_counted_and_says_why(probe_claim, monkeypatch):
    gone = dataclasses.replace(probe_claim, withdrawn="The bar moves.")
    monkeypatch.setattr("paper_repro.report.sections.claims_of", lambda paper: [gone])
    rows = [quantity(0.5, 0.01, repetitions=9, k=k) for k in range(3)]
    page = render_report(tables(quantities=rows), options="--preset paper")
    assert page.count("0 inconclusive, 1 withdrawn, 0 not run") == 2
    table = page[page.index('<table class="verdicts') :]
    assert '<span class="badge withdrawn">↶ withdrawn</span>' in table
    assert table.index("The bar moves.") < table.index("alignment at k = 2")


def test_long_evidence_is_folded_away(probe_claim):
    rows = [quantity(0.5, 0.01, repetitions=9, k=k) for k in range(40)]
    page = render_report(tables(quantities=rows), options="--preset paper")
    assert "<summary>40 numbers</summary>" in page
    assert page.count("alignment at k = ") == 40


def test_a_claim_that_is_not_run_says_which_command_computes_it(probe_claim):
    page = render_report(tables(), options="--preset paper --published")
    first_table = page[page.index("<table") : page.index("</table>")]
    assert "not run</span>" in first_table
    assert "Compute it: <code>nstar run sweeps --preset paper</code>" in first_table


def test_summaries_become_sentences():
    assert sentence("fewer than 3 values of n* measured") == "Fewer than 3 values of n* measured."
    assert sentence("n* is beyond the search.") == "n* is beyond the search."


def test_report_is_the_same_when_written_again(two_figures):
    first, again = (
        render_report(tables(synthetic.thresholds(), synthetic.curves()), options="--preset paper")
        for _ in range(2)
    )
    assert first.count("data:image/png;base64,") == len(two_figures)
    assert again == first


def test_report_of_an_empty_store_says_not_run(two_figures):
    empty = render_report(tables(), options="--preset paper")
    assert empty.count("data:image/png;base64,") == len(two_figures)
    assert empty.count("not run</span>") >= len(CLAIMS)
    assert "missing" in empty
    assert "inconclusive</span>" not in empty


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "< 0.001"), (0.0123, "0.012"), (0.0999, "0.10"), (0.52, "0.52"), (1.0, "1.00")],
)
def test_probabilities_are_rounded_for_people(value, text):
    assert probability(value) == text
