"""The report: one file that needs nothing else, verdicts first, the contradiction listed, the same bytes
again."""

import re

import pytest

from figures.catalogue import FIGURES
from paper_repro.claims import CLAIMS
from paper_repro.report import contradictions, probability, render_report
from paper_repro.verdicts import decide_all
from sims.experiments import EXPERIMENTS
from tests.figures import synthetic
from tests.paper_repro.planted import tables


@pytest.fixture(scope="module")
def html() -> str:
    return render_report(tables(synthetic.thresholds(), synthetic.curves()), options="--preset paper")


def test_report_loads_nothing_from_elsewhere(html):
    assert not re.search(r"""(?:src|href|action|data|srcset)\s*=\s*["'](?!data:|#)""", html)
    assert not re.search(r"url\(|@import|<script|<link|<iframe|http-equiv", html)
    assert not re.search(r"""["'(]\s*(?:https?:)?//""", re.sub(r'base64,[^"]*', "", html))


def test_report_opens_with_the_verdict_table(html):
    first_table, first_image = html.index("<table"), html.index("<img")
    assert first_table < first_image
    assert "Verdict" in html[first_table : first_table + 300]
    for claim in CLAIMS:
        assert f'id="verdict-{claim}"' in html[:first_image]
        assert f'id="claim-{claim}"' in html


def test_report_lists_the_contradiction_with_both_verdicts(html):
    part = html[html.index('id="contradictions"') : html.index("<h2>Evidence")]
    assert "&#34;linear&#34;" in part
    assert "&#34;O(k^2)&#34;" in part
    assert part.count("badge") == 2
    pairs = contradictions(decide_all(CLAIMS.values(), tables()))
    assert [(a.claim.id, b.claim.id) for a, b in pairs] == [("lcn-linear-k", "lcn-quadratic-k")]


def test_every_figure_is_inlined_with_caption_and_command(html):
    assert html.count("data:image/png;base64,") == len(FIGURES)
    for name in FIGURES:
        assert f'id="figure-{name}"' in html
        assert f"nstar figures --preset paper {name}" in html


def test_every_experiment_says_how_to_rerun_it(html):
    for name in EXPERIMENTS:
        assert f"<code>nstar run {name} --preset paper</code>" in html


def test_links_within_the_report_have_targets(html):
    targets = set(re.findall(r'id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= targets


def test_report_is_the_same_when_written_again(html):
    again = render_report(tables(synthetic.thresholds(), synthetic.curves()), options="--preset paper")
    assert again == html


def test_report_of_an_empty_store_says_not_run():
    empty = render_report(tables(), options="--preset paper")
    assert empty.count("not run</span>") >= len(CLAIMS)
    assert "missing" in empty
    assert "inconclusive</span>" not in empty


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "< 0.001"), (0.0123, "0.012"), (0.0999, "0.10"), (0.52, "0.52"), (1.0, "1.00")],
)
def test_probabilities_are_rounded_for_people(value, text):
    assert probability(value) == text
