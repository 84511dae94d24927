"""The rule on orders: planted rows give the verdict they should, and it errs as seldom as it promises."""

import math

import numpy as np
import pytest
from scipy.stats import binom, ttest_ind

from paper_repro.rules.base import LEVEL
from paper_repro.rules.order import QuantityOrder, compared
from paper_repro.verdicts import decide
from tests.paper_repro.planted import claim, quantity, tables

RULE = QuantityOrder(quantity="n_half", by="kernel", order=("a", "b", "c"))
ALARM = 1e-6


def rows_of(values, error=1.0, repetitions=10, **fields):
    return [
        quantity(value, error, name="n_half", repetitions=repetitions, kernel=kernel, **fields)
        for kernel, value in zip("abc", values, strict=True)
    ]


def decided(rows, rule=RULE):
    return decide(claim(rule), tables(quantities=rows))


@pytest.mark.parametrize(
    ("values", "error", "expected"),
    [
        ((1.0, 10.0, 20.0), 1.0, "reproduced"),
        ((1.0, 20.0, 10.0), 1.0, "contradicted"),
        ((1.0, 10.0, 10.5), 1.0, "inconclusive"),
        ((1.0, 20.0, 17.4), 1.0, "inconclusive"),  # the other way round at p = 0.04, one of two pairs
        ((1.0, 20.0, 16.9), 1.0, "contradicted"),
        ((1.0, 10.0, 10.5), None, "reproduced"),
        ((1.0, 10.0, 10.0), None, "inconclusive"),
        ((3.0, 2.0, 1.0), None, "contradicted"),
    ],
)
def test_orders(values, error, expected):
    verdict = decided(rows_of(values, error))
    assert verdict.outcome == expected
    assert verdict.error_probability is not None
    assert (verdict.error_probability <= LEVEL) == (expected != "inconclusive")
    assert len(verdict.evidence) == 5
    assert "a < b < c" in verdict.claim.rule.text


def test_the_summary_gives_the_measured_order():
    assert decided(rows_of((1.0, 20.0, 10.0))).summary == "measured order of n_half: a < c < b"


def test_a_pair_is_compared_by_welchs_test():
    random = np.random.default_rng(3)
    first, second = random.normal(0, 1, 5), random.normal(0.5, 3, 9)
    rows = [
        quantity(float(x.mean()), float(x.std(ddof=1)) / math.sqrt(len(x)), repetitions=len(x))
        for x in (first, second)
    ]
    test = compared(rows[0], rows[1])
    assert test.below == pytest.approx(ttest_ind(first, second, equal_var=False, alternative="less").pvalue)
    assert test.below + test.above == pytest.approx(1)


def test_a_value_that_is_missing_leaves_it_not_run_and_a_second_row_is_an_error():
    rows = rows_of((1.0, 10.0, 20.0))
    verdict = decided(rows[:2])
    assert (verdict.outcome, verdict.summary) == ("not run", "no n_half of c")
    with pytest.raises(ValueError, match="several rows of one kernel"):
        decided([*rows, *rows_of((2.0, 3.0, 4.0), frequency="high")])


def test_equal_values_are_ordered_as_seldom_as_the_level_says():
    """Two of the three are equal: either verdict is an error, at most 5 % each."""
    random, draws, found = np.random.default_rng(4), 500, []
    for _ in range(draws):
        samples = random.normal((0.0, 50.0, 50.0), (1.0, 1.0, 3.0), (6, 3))
        errors = samples.std(0, ddof=1) / math.sqrt(6)
        rows = [
            quantity(float(value), float(error), name="n_half", repetitions=6, kernel=kernel)
            for kernel, value, error in zip("abc", samples.mean(0), errors, strict=True)
        ]
        found.append(decided(rows).outcome)
    most = binom.isf(ALARM, draws, LEVEL)
    assert found.count("reproduced") <= most
    assert found.count("contradicted") <= most
    assert found.count("reproduced") > 0
