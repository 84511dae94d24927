"""Samples that suffice: n* within a number at every size, beyond it at one, and seeds censored alike."""

import math

import pytest

from paper_repro.claims.two_step.lahoti2024_two_step import CLAIMS
from paper_repro.rules.sufficient import SamplesSuffice
from paper_repro.verdicts import decide
from tests.figures.synthetic import cell_rows
from tests.paper_repro.planted import claim, tables


def decided(truth, bound, *, n_max=10**6, ks=(6, 8, 10)):
    rows = []
    for k in ks:
        sizes = {"k": k, "d": 20, "sigma": 0.001, "spread": 0.03, "n_max": n_max, "truth": truth(k)}
        rows += cell_rows("sweeps", "direct", "lcn", **sizes)
    rule = SamplesSuffice(model="lcn", samples=lambda row: bound(row["k"]), words="a number")
    return decide(claim(rule, protocol="direct"), tables(rows))


@pytest.mark.parametrize(
    ("factor", "expected"), [(0.5, "reproduced"), (2.0, "contradicted"), (1.0, "inconclusive")]
)
def test_samples_suffice_if_n_star_is_within_them(factor, expected):
    assert decided(lambda k: 10.0 * k * factor, lambda k: 10.0 * k).outcome == expected


def test_one_size_beyond_contradicts_and_the_evidence_says_which():
    verdict = decided(lambda k: 200.0 if k == 8 else 50.0, lambda k: 100.0)
    assert verdict.outcome == "contradicted"
    texts = {item.what.split("at ")[1]: item.text for item in verdict.evidence}
    assert float(next(text for place, text in texts.items() if "k = 8" in place).split()[0]) > 150


def test_seeds_that_never_reach_it_within_the_samples_contradict():
    """Five seeds at one size: 2^-5 is below the error probability of 5 %."""
    never = decided(lambda k: math.inf, lambda k: 100.0, n_max=100, ks=(6,))
    assert never.outcome == "contradicted"
    assert never.error_probability == pytest.approx(2**-5)


def test_without_cells_nothing_is_decided():
    rule = SamplesSuffice(model="cnn", samples=lambda row: 1.0, words="a number")
    assert decide(claim(rule), tables([])).outcome == "not run"


@pytest.mark.parametrize(("model", "samples"), [("lcn", 80 * 8 * math.log(8 * 832)), ("cnn", 10)])
def test_the_theorems_number_is_that_of_its_algorithm_analysis(model, samples):
    """Lahoti et al. 2024, appendices LCN and CNN Upper Bound: 80 k ln(kd), and 10, at the proofs' noise."""
    found = next(one for one in CLAIMS if one.id == f"two-step-theorem-{model}")
    row = {"k": 8, "d": 832, "sigma": 0.0001353}
    assert found.rule.samples(row) == math.ceil(samples)
