"""How often the rules on quantities, bounds and censored sweeps err at the edge of what they test.

The truth lies exactly on the boundary, where a verdict either way is an error. A band is the number of wrong
verdicts that the rate which the rule promises exceeds with probability `ALARM`.
"""

import math

import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats import t as student

from paper_repro.rules.base import LEVEL
from paper_repro.rules.bounds import Bound, BoundHolds, computed
from paper_repro.rules.censored import NeverReaches
from paper_repro.rules.error_curves import SamplesForSameError
from paper_repro.rules.growth import QuantityExponent
from paper_repro.rules.outcomes import AllEqualPredicted
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow
from paper_repro.rules.ratios import RatioOfVariants
from paper_repro.rules.trend_lines import ExtrapolatedAbove
from paper_repro.verdicts import decide
from tests.figures.synthetic import cell_rows
from tests.paper_repro.planted import claim, curve, means, quantity, tables

ALARM = 1e-6
DRAWS = 600
SEEDS = 5


def most(rate: float, draws: int = DRAWS) -> int:
    """Wrong verdicts that a rate of `rate` exceeds with probability below `ALARM`."""
    return int(binom.isf(ALARM, draws, rate))


def verdicts(rule, make, *, draws=DRAWS, seed=1, kind="quantities", experiment="sweeps") -> list[str]:
    """Outcomes of `rule` on `draws` tables of rows of a kind, made by `make` (random)."""
    random, stated = np.random.default_rng(seed), claim(rule, experiment=experiment)
    return [decide(stated, tables(**{kind: make(random)})).outcome for _ in range(draws)]


def measured(truths, spread, *, predicted=1.0, repetitions=10):
    """A maker of rows with these true values, whose errors are estimated from the repetitions."""

    def make(random):
        found = means(random, truths, spread, repetitions)
        return [
            quantity(value, error, predicted=predicted, repetitions=repetitions, k=k)
            for k, (value, error) in enumerate(found, start=1)
        ]

    return make


def test_true_predictions_are_contradicted_as_seldom_as_the_family_error_says():
    rule, draws = AgreesWithPrediction(quantity="alignment", family_error=0.05), 400
    found = verdicts(rule, measured([1.0] * 10, 0.02), draws=draws)
    assert 0 < found.count("contradicted") <= most(0.05, draws)
    assert found.count("reproduced") > 0.9 * draws


@pytest.mark.parametrize("options", [{"resolution": 0.05, "family_error": 1e-9}, {"relative": 0.05}])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_value_at_the_edge_of_agreement_is_seldom_called_near(options, side):
    rule = AgreesWithPrediction(quantity="alignment", **options)
    found = verdicts(rule, measured([1.0, 1.0, 1.0 + 0.05 * side], 0.02))
    assert 0 < found.count("reproduced") <= most(LEVEL)


def test_values_at_the_edge_of_agreement_are_seldom_called_far():
    found = verdicts(
        AgreesWithPrediction(quantity="alignment", relative=0.05), measured([1.05, 0.95] * 4, 0.02)
    )
    assert found.count("contradicted") <= most(LEVEL)


@pytest.mark.parametrize("rule", [QuantityBelow, QuantityAbove])
@pytest.mark.parametrize(
    ("every", "others", "wrong"),
    [
        (True, -0.5, "reproduced"),  # all others well within: one value on the bound denies the claim
        (True, 0.0, "contradicted"),
        (False, 0.0, "reproduced"),
        (False, 0.5, "contradicted"),  # all others well beyond: one value on the bound saves the claim
    ],
)
def test_a_value_on_the_bound_is_seldom_decided(rule, every, others, wrong):
    sign = 1 if rule is QuantityBelow else -1
    truths = [1.0, *[1.0 + sign * others] * 3]
    found = verdicts(rule(quantity="alignment", bound=1.0, every=every), measured(truths, 0.05))
    assert 0 < found.count(wrong) <= most(LEVEL)


def power_law(exponent, *, scatter=0.0, understated=1.0):
    """Values k^exponent with errors from 5 repetitions, `understated` times too small, and a scatter about
    the law that errors do not know of."""

    def make(random):
        rows = []
        for k in (2, 4, 8, 16, 32):
            truth = k**exponent * math.exp(scatter * random.standard_normal())
            ((value, error),) = means(random, [truth], [0.1 * truth], 5)
            rows.append(quantity(value, error / understated, repetitions=5, k=k))
        return rows

    return make


@pytest.mark.parametrize("options", [{}, {"scatter": 0.1}, {"understated": 4.0}])
@pytest.mark.parametrize(
    ("exponent", "side"), [(1.1, "equal"), (0.9, "equal"), (1.1, "at most"), (0.9, "at least")]
)
def test_an_exponent_at_the_edge_is_seldom_decided(exponent, side, options):
    rule = QuantityExponent(quantity="alignment", exponents={"k": 1.0}, margin=0.1, side=side)
    found = verdicts(rule, power_law(exponent, **options))
    assert found.count("reproduced") <= most(LEVEL)
    assert found.count("contradicted") <= most(LEVEL)


def test_exponents_away_from_the_edge_are_decided():
    rule = QuantityExponent(quantity="alignment", exponents={"k": 1.0}, margin=0.25)
    assert verdicts(rule, power_law(1.0), draws=100).count("reproduced") > 80
    assert verdicts(rule, power_law(1.6), draws=100).count("contradicted") > 80


def coins(wrong):
    """Outcomes of tests of size `LEVEL`, each with its p-value as error probability.

    A test calls "1" if its p-value is small. wrong: the truth of the first is 0, so that its p-value is
    uniform and an outcome 1 an error; or all are truly 1, and now and then one comes out 0.
    """

    def make(random):
        rows = []
        for k in range(4):
            p = random.uniform()
            if wrong:
                value, p = (float(p <= LEVEL), p if p <= LEVEL else 1 - p) if k == 0 else (1.0, 0.0)
            else:
                value = float(p > LEVEL / 4)
                p = p if value == 0 else 0.0
            rows += [quantity(value, name="outcome", predicted=1.0, k=k), quantity(p, name="p", k=k)]
        return rows

    return make


@pytest.mark.parametrize(("wrong", "verdict"), [(True, "reproduced"), (False, "contradicted")])
def test_outcomes_err_as_seldom_as_their_own_p_values_say(wrong, verdict):
    found = verdicts(AllEqualPredicted(quantity="outcome", p_quantity="p"), coins(wrong))
    assert 0 < found.count(verdict) <= most(LEVEL)


TEMPLATES = {
    (protocol, k): cell_rows("sweeps", protocol, "lcn", k=k, d=20, sigma=0.1)
    for protocol in ("lahoti", "honest")
    for k in (10, 20, 30)
}


def cell(random, protocol, k, center, *, spread=0.1, n_max=math.inf):
    """The rows of a cell whose seeds scatter about `center`, with the interval of Student's t."""
    logs = math.log(center) + spread * random.standard_normal(SEEDS)
    half = student.ppf(0.975, SEEDS - 1) * logs.std(ddof=1) / math.sqrt(SEEDS)
    ends = np.exp([logs.mean() - half, logs.mean(), logs.mean() + half])
    interval = dict(zip(("n_low", "n_best", "n_high"), map(float, ends), strict=True))
    beyond = np.exp(logs) > n_max
    if beyond.all():
        interval = {"n_low": float(n_max), "n_best": None, "n_high": None}
    return [
        row
        | interval
        | {"low": n_max if over else 1, "high": None if over else 2, "censored": "right" if over else "none"}
        for row, over in zip(TEMPLATES[protocol, k], beyond, strict=True)
    ]


@pytest.mark.parametrize(
    ("factors", "wrong"), [((1.0, 3.0, 3.0), "reproduced"), ((1.0, 1.0, 1.0), "contradicted")]
)
def test_n_star_on_its_bound_is_seldom_decided(factors, wrong):
    """At one size for a reproduction, which needs all; at every size for a contradiction, which needs one."""
    rule = BoundHolds(bound=Bound(statement="Planted.", samples=computed(lambda *size: 100.0)), model="lcn")

    def make(random):
        return [
            row
            for k, factor in zip((10, 20, 30), factors, strict=True)
            for row in cell(random, "honest", k, 100.0 * factor)
        ]

    assert 0 < verdicts(rule, make, kind="thresholds").count(wrong) <= most(LEVEL)


def test_a_censored_cell_on_its_bound_is_seldom_taken_for_a_proof():
    """The bound is the largest n tried, which half of all seeds reach."""
    rule = BoundHolds(bound=Bound(statement="Planted.", samples=computed(lambda *size: 100.0)), model="lcn")
    found = verdicts(rule, lambda random: cell(random, "honest", 10, 100.0, n_max=100), kind="thresholds")
    # Where not all seeds are censored the interval decides as well: at most the sum of both errors.
    assert 0 < found.count("reproduced") <= most(LEVEL + 0.5**SEEDS)


@pytest.mark.parametrize(
    ("reaching", "wrong"), [((1.0, 9.0, 9.0), "reproduced"), ((1.0, 1.0, 1.0), "contradicted")]
)
def test_a_target_that_half_of_all_seeds_reach_is_seldom_decided(reaching, wrong):
    rule = NeverReaches(where={"model": "lcn"})

    def make(random):
        return [
            row
            for k, factor in zip((10, 20, 30), reaching, strict=True)
            for row in cell(random, "honest", k, 100.0 * factor, n_max=100)
        ]

    assert 0 < verdicts(rule, make, kind="thresholds").count(wrong) <= most(LEVEL)


@pytest.mark.parametrize("ratio", [1.2, 1.8])
def test_a_ratio_of_variants_at_the_end_of_its_range_is_seldom_decided(ratio):
    rule = RatioOfVariants(
        name="r", above={"protocol": "honest"}, below={"protocol": "lahoti"}, low=1.2, high=1.8
    )

    def make(random):
        return [
            row
            for k in (10, 20, 30)
            for protocol, factor in (("honest", ratio), ("lahoti", 1.0))
            for row in cell(random, protocol, k, 100.0 * factor)
        ]

    found = verdicts(rule, make, kind="thresholds")
    assert 0 < found.count("reproduced") <= most(LEVEL)
    assert 0 < found.count("contradicted") <= most(LEVEL)


def error_curves(factors, exponent=1.0, spread=0.1):
    """A maker of curves of two nets at one size a factor: the LCN's n over the CNN's at the same error."""

    def make(random):
        return [
            row
            for k, factor in enumerate(factors, start=1)
            for model, scale in (("lcn", 10.0 * factor), ("cnn", 10.0))
            for row in curve(
                random,
                model,
                lambda n, scale=scale: (n / scale) ** -exponent,
                k=k,
                d=10,
                ns=(10, 50, 100, 250, 500),
                spread=spread,
                seeds=SEEDS,
            )
        ]

    return make


CURVES = {"kind": "evaluations", "experiment": "test-error", "draws": 300}


@pytest.mark.parametrize(
    ("sizes", "factors", "wrong"),
    [
        ("every", (10.0, 14.0), "reproduced"),
        ("every", (20.0, 14.0), "reproduced"),
        ("every", (10.0, 20.0), "contradicted"),
        ("typical", (10.0, 10.0), "reproduced"),
        ("typical", (20.0, 20.0), "contradicted"),
    ],
)
def test_curves_shifted_to_the_end_of_the_range_are_seldom_decided(sizes, factors, wrong):
    rule = SamplesForSameError(
        name="r", above={"model": "lcn"}, below={"model": "cnn"}, low=10.0, high=20.0, sizes=sizes
    )
    found = verdicts(rule, error_curves(factors), **CURVES)
    assert 0 < found.count(wrong) <= most(LEVEL, CURVES["draws"])


@pytest.mark.parametrize(("factors", "wrong"), [((10.0, 40.0), "reproduced"), ((10.0, 10.0), "contradicted")])
def test_a_line_that_meets_the_error_where_it_is_held_is_seldom_decided(factors, wrong):
    rule = ExtrapolatedAbove(names=("a", "b"), above={"model": "lcn"}, below={"model": "cnn"}, factor=10.0)
    found = verdicts(rule, error_curves(factors), **CURVES)
    assert found.count(wrong) <= most(LEVEL, CURVES["draws"])
