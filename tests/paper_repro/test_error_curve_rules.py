"""Rules on curves of the test error: at the same error, and by a line that is extrapolated."""

import math

import numpy as np
import pytest

from paper_repro.claims import CLAIMS
from paper_repro.published.reader import read_published
from paper_repro.rules.error_curves import SamplesForSameError, log_n_at
from paper_repro.rules.trend_lines import ExtrapolatedAbove
from paper_repro.verdicts import decide
from tests.paper_repro.planted import claim, curve, tables

NS = (10, 50, 100, 250, 500)


def power(scale, exponent=1.0, *, floor=0.0):
    """Errors that fall as (n / scale)^-exponent onto a floor."""
    return lambda n: floor + (n / scale) ** -exponent


def curves(above, below, *, spread=0.02, sizes=((10, 10), (20, 20)), ns=NS, seed=1, seeds=5):
    random = np.random.default_rng(seed)
    return [
        row
        for k, d in sizes
        for model, law in (("lcn", above), ("cnn", below))
        for row in curve(random, model, law, k=k, d=d, ns=ns, spread=spread, seeds=seeds)
    ]


def decided(rule, rows):
    return decide(claim(rule, experiment="test-error"), tables(evaluations=rows))


def same_error(low=10.0, high=20.0, sizes="every"):
    where = {"above": {"model": "lcn"}, "below": {"model": "cnn"}}
    return SamplesForSameError(name="LCN/CNN", **where, low=low, high=high, sizes=sizes)


def line(factor=10.0):
    names = ("LCN", "CNN")
    return ExtrapolatedAbove(names=names, above={"model": "lcn"}, below={"model": "cnn"}, factor=factor)


def test_n_at_a_level_is_the_first_one_between_points_and_rises_are_passed_over():
    log_ns, log_errors = np.log([1.0, 10.0, 100.0, 1000.0]), np.log([1.0, 0.1, 0.5, 0.01])
    levels = np.log([1.0, math.sqrt(0.1), 0.1, 0.05])
    found = np.exp(log_n_at(levels, log_ns, log_errors))
    share = math.log(0.5 / 0.05) / math.log(0.5 / 0.01)
    np.testing.assert_allclose(found, [1.0, math.sqrt(10), 10.0, 100.0 * 10**share])
    rising = log_n_at(np.log([1.0]), log_ns[:3], np.log([1.0, 2.0, 0.5]))
    assert np.exp(rising) == pytest.approx([1.0])


@pytest.mark.parametrize("sizes", ["every", "typical"])
@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(14, "reproduced"), (20, "inconclusive"), (5, "contradicted"), (30, "contradicted")],
)
@pytest.mark.parametrize("exponent", [0.5, 2.0])
def test_shifted_curves_give_their_shift(sizes, ratio, expected, exponent):
    verdict = decided(same_error(sizes=sizes), curves(power(10 * ratio, exponent), power(10, exponent)))
    assert verdict.outcome == expected
    assert verdict.evidence[-1].what == "LCN/CNN at k = 20, d = 20, sigma = 0.1"
    assert verdict.evidence[-1].estimate.best == pytest.approx(ratio, rel=0.1)
    assert verdict.cells == 4


def test_errors_that_only_one_net_reaches_do_not_count():
    """Beyond the LCN's least error the CNN goes on falling, to a floor that does not bend the ratio."""
    found = decided(same_error(), curves(power(140), power(10, floor=1e-3), spread=0.01))
    assert found.evidence[0].estimate.best == pytest.approx(14, rel=0.05)


def test_curves_without_a_common_error_bound_the_ratio_on_their_side():
    one = ((10, 10),)
    far = decided(same_error(), curves(power(1e4), power(10), sizes=one))
    assert far.outcome == "contradicted"
    assert far.evidence[0].note == "only a bound: censored"
    assert far.evidence[0].estimate.low == pytest.approx(50)
    assert far.evidence[0].estimate.high is None
    near = decided(same_error(), curves(power(0.1), power(1e3), sizes=one))
    assert near.outcome == "contradicted"
    assert near.evidence[0].estimate.high == pytest.approx(0.02)
    within = decided(same_error(low=40, high=100), curves(power(1e4), power(10), sizes=one))
    assert within.outcome == "inconclusive"


def test_flat_curves_that_lie_together_bound_nothing():
    rows = curves(lambda n: 0.5, lambda n: 0.5, spread=0.2)
    assert decided(same_error(), rows).outcome in ("inconclusive", "not run")
    assert decided(same_error(), curves(lambda n: 0.5, lambda n: 0.5, spread=0.0)).outcome == "not run"


def test_one_seed_and_missing_cells_decide_nothing():
    assert decided(same_error(), curves(power(140), power(10), seeds=1)).outcome == "inconclusive"
    rows = curves(power(140), power(10))
    lone = [row for row in rows if (row["k"], row["model"]) != (20, "cnn")]
    verdict = decide(claim(same_error(), experiment="test-error"), tables(evaluations=lone))
    assert len(verdict.evidence) == 1
    assert decided(same_error(), []).outcome == "not run"
    assert decided(line(), []).outcome == "not run"


def test_two_cells_of_one_net_are_an_error_of_the_claim():
    rows = curves(power(140), power(10))
    twice = rows + [row | {"cell": "other", "options": "steps=3000"} for row in rows if row["model"] == "lcn"]
    with pytest.raises(ValueError, match="matches 2 cells at one size"):
        decided(same_error(), twice)


@pytest.mark.parametrize(
    ("scale", "expected"), [(10 * 40, "reproduced"), (10 * 4, "contradicted"), (10 * 10, "inconclusive")]
)
def test_a_line_is_held_against_the_error_at_the_largest_n(scale, expected):
    verdict = decided(line(), curves(power(scale), power(10)))
    assert verdict.outcome == expected
    times = float(verdict.evidence[0].note.split("met at ")[1].split()[0])
    assert times == pytest.approx(scale / 10, rel=0.2)
    assert "n = 5000 over CNN's error at n = 500" in verdict.evidence[0].what


def test_an_error_that_does_not_fall_has_no_line():
    verdict = decided(line(), curves(lambda n: 0.9, power(10)))
    assert verdict.outcome == "inconclusive"
    assert "not shown to fall" in verdict.evidence[0].note
    assert verdict.summary == "at none of 2 sizes the LCN's error is shown to fall"


def test_a_curve_that_is_no_line_decides_less():
    """A curve that has not begun to fall for long: seeds agree, points do not lie on the line."""

    def bent(n):
        return 1.0 / (1 + (n / 400) ** 3)

    assert decided(line(), curves(bent, power(10), spread=0.001)).outcome == "inconclusive"


def test_the_numbers_are_those_of_the_papers_test_error_experiments():
    """Lahoti et al. 2024, appendix "Experiments", "Test Error Experiments": "10-20 times"; for the FCN, the
    appendix's first paragraphs, "at least 10-20 times"."""
    for name in ("test-error-lcn-cnn", "test-error-lcn-cnn-typical"):
        assert (CLAIMS[name].rule.low, CLAIMS[name].rule.high) == (10.0, 20.0)
    for name in ("test-error-fcn-lcn", "test-error-fcn-lcn-suite-start"):
        assert CLAIMS[name].rule.factor == 10.0


def test_the_published_curves_decide_the_claims_at_all_four_sizes_of_the_paper():
    published = read_published("paper")
    for stated in CLAIMS.values():
        if stated.experiment == "test-error":
            verdict = decide(stated, published)
            assert verdict.cells == 8
            assert verdict.outcome != "not run"
            assert len(verdict.evidence) == (5 if "typical" in stated.id else 4)
