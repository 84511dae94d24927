"""Rules on the quantities of probes: planted rows give the verdict they should, with its evidence."""

import dataclasses
import math

import pytest

from paper_repro.rules.base import LEVEL
from paper_repro.rules.evidence import inside
from paper_repro.rules.growth import QuantityExponent, fit_slopes
from paper_repro.rules.outcomes import AllEqualPredicted
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow, estimate_of, places, sided
from paper_repro.verdicts import decide
from tests.paper_repro.planted import claim, quantity, tables


def decided(rule, rows):
    return decide(claim(rule), tables(quantities=rows))


def rows_off_by(offsets, *, error=0.01, predicted=1.0, repetitions=100):
    return [
        quantity(predicted + offset, error, predicted=predicted, repetitions=repetitions, k=k)
        for k, offset in enumerate(offsets, start=1)
    ]


AGREEMENT = [
    ({}, [0.0, 0.01, -0.015], 0.01, "reproduced"),
    ({}, [0.0, 0.01, -0.06], 0.01, "contradicted"),
    ({}, [0.0, 0.01, -0.06], 0.001, "contradicted"),  # near, but surely not equal
    ({}, [0.0, 0.1, -0.1], 0.2, "inconclusive"),  # errors too large to say that it is near
    ({"resolution": 0.9}, [0.0, 0.1, -0.1], 0.2, "reproduced"),
    ({"relative": 0.1}, [0.0, 0.01, -0.06], 0.001, "reproduced"),
    ({"relative": 0.05}, [0.0, 0.01, -0.06], 0.001, "contradicted"),
    ({"relative": 0.06}, [0.0, 0.01, -0.06], 0.01, "inconclusive"),
    ({"relative": 0.1}, [0.2, 0.1, -0.2], None, "contradicted"),
    ({"relative": 0.3}, [0.2, 0.1, -0.2], None, "reproduced"),
    ({}, [0.0, 0.0, 1e-12], None, "reproduced"),
    ({}, [0.0, 0.0, 1e-3], None, "contradicted"),
]


@pytest.mark.parametrize(("options", "offsets", "error", "expected"), AGREEMENT)
def test_agreement_with_predictions(options, offsets, error, expected):
    verdict = decided(
        AgreesWithPrediction(quantity="alignment", **options), rows_off_by(offsets, error=error)
    )
    assert verdict.outcome == expected
    assert verdict.error_probability is not None
    assert (verdict.error_probability <= LEVEL) == (expected != "inconclusive")
    assert len(verdict.evidence) == 3


def test_agreement_says_how_near_all_values_provably_are():
    """The farthest value is 0.015 off with error 0.01: with t_.95 (99) = 1.660 at most 0.0316."""
    verdict = decided(AgreesWithPrediction(quantity="alignment"), rows_off_by([0.0, 0.01, -0.015]))
    assert "within 3.2 % of the prediction" in verdict.summary
    assert "the farthest 1.5 standard errors" in verdict.summary
    assert verdict.evidence[0].what == "alignment at k = 3"
    assert verdict.evidence[0].note == "1.50 standard errors away"


def test_a_prediction_of_zero_needs_absolute_distances():
    rows = rows_off_by([0.01, -0.01], predicted=0.0)
    assert decided(AgreesWithPrediction(quantity="alignment"), rows).outcome == "inconclusive"
    rule = AgreesWithPrediction(quantity="alignment", absolute=True)
    assert decided(rule, rows).outcome == "reproduced"
    assert "%" not in decided(rule, rows).evidence[0].against


def test_rows_without_a_prediction_are_left_out_and_counted():
    rows = [*rows_off_by([0.0, 0.0]), quantity(5.0, 0.1, k=9)]
    assert (
        "1 without a prediction left out" in decided(AgreesWithPrediction(quantity="alignment"), rows).summary
    )
    assert decided(AgreesWithPrediction(quantity="alignment"), rows[2:]).outcome == "not run"


def test_where_chooses_rows_and_a_tuple_allows_any_of_its_values():
    rows = rows_off_by([0.0, 0.0, 0.5])
    for where, expected in (({"k": (1, 2)}, "reproduced"), ({"k": 3}, "contradicted"), ({"k": 4}, "not run")):
        assert decided(AgreesWithPrediction(quantity="alignment", where=where), rows).outcome == expected
    assert decided(AgreesWithPrediction(quantity="norm"), rows).outcome == "not run"


def test_with_cells_missing_only_a_contradiction_stands():
    rule = AgreesWithPrediction(quantity="alignment")
    for offsets, expected in (([0.0, 0.0], "not run"), ([0.0, 0.5], "contradicted")):
        whole = tables(quantities=rows_off_by(offsets))
        part = dataclasses.replace(whole, missing=whole.missing | {"sweeps": ("planted k=3",)})
        verdict = decide(claim(rule), part)
        assert verdict.outcome == expected
        assert (verdict.error_probability is None) == (expected == "not run")
    part = dataclasses.replace(part, quantities=tuple(rows_off_by([0.0, 0.0])))
    assert "1 cell is missing; so far: 2 values" in decide(claim(rule), part).summary


LIMITS = [
    (QuantityBelow, True, [0.8, 0.9], "reproduced"),
    (QuantityBelow, True, [0.8, 1.1], "contradicted"),
    (QuantityBelow, True, [0.8, 1.0], "inconclusive"),
    (QuantityBelow, False, [0.8, 1.1], "reproduced"),
    (QuantityBelow, False, [1.2, 1.1], "contradicted"),
    (QuantityAbove, True, [1.2, 1.1], "reproduced"),
    (QuantityAbove, True, [0.8, 1.1], "contradicted"),
    (QuantityAbove, False, [0.8, 1.1], "reproduced"),
    (QuantityAbove, False, [0.8, 0.9], "contradicted"),
]


@pytest.mark.parametrize("error", [0.01, None])
@pytest.mark.parametrize(("rule", "every", "values", "expected"), LIMITS)
def test_limits_of_every_value_or_of_one(rule, every, values, expected, error):
    rows = [quantity(value, error, k=k, repetitions=50) for k, value in enumerate(values)]
    verdict = decided(rule(quantity="alignment", bound=1.0, every=every), rows)
    assert verdict.outcome == expected
    assert all(word in verdict.claim.rule.text for word in ("alignment", "against 1"))


def test_a_limit_may_be_each_rows_own_prediction():
    rows = [quantity(value, 0.01, k=k, predicted=2.0 * value) for k, value in enumerate((1.0, 2.0, 3.0))]
    assert decided(QuantityBelow(quantity="alignment"), rows).outcome == "reproduced"
    assert decided(QuantityAbove(quantity="alignment"), rows).outcome == "contradicted"


def power_rows(exponents, *, noise=0.0, error=None):
    """Values 7 k^a d^b sigma^c, scattered by `noise`; error: relative."""
    rows = []
    for k in (2, 4, 8):
        for d in (5, 10, 20):
            for sigma in (0.1, 0.2, 0.4):
                law = 7.0 * k ** exponents[0] * d ** exponents[1] * sigma ** exponents[2]
                value = law * math.exp(noise * (-1) ** len(rows))
                own = None if error is None else error * law
                rows.append(quantity(value, own, k=k, d=d, sigma=sigma, repetitions=200))
    return rows


@pytest.mark.parametrize(("noise", "error"), [(0.0, None), (0.002, 0.002)])
@pytest.mark.parametrize(
    ("truth", "expected"),
    [((2, 1, 2), "reproduced"), ((2, 1.2, 2), "contradicted"), ((1.9, 1, 2), "contradicted")],
)
def test_exponents_of_several_variables_are_fitted_together(truth, expected, noise, error):
    rule = QuantityExponent(quantity="alignment", exponents={"k": 2.0, "d": 1.0, "sigma": 2.0}, margin=0.05)
    verdict = decided(rule, power_rows(truth, noise=noise, error=error))
    assert verdict.outcome == expected
    for item, power in zip(verdict.evidence, truth, strict=True):
        assert item.estimate.best == pytest.approx(power, abs=0.01)
    assert "27 values" in verdict.summary


def test_the_error_of_a_contradiction_by_one_of_several_exponents_is_theirs_together():
    """sigma's is off: its own p-value of lying outside, times three."""
    rule = QuantityExponent(quantity="alignment", exponents={"k": 2.0, "d": 1.0, "sigma": 2.0}, margin=0.05)
    rows = power_rows((2, 1, 2.06), noise=0.002, error=0.01)
    slope = fit_slopes(rows, ("k", "d", "sigma"))["sigma"]
    verdict = decided(rule, rows)
    _, outside = inside(slope.sided(1.95), slope.sided(2.05))
    assert 1e-6 < outside < 0.1
    assert verdict.error_probability == pytest.approx(3 * outside)


@pytest.mark.parametrize(
    ("side", "truth", "expected"),
    [
        ("at most", 1.0, "reproduced"),
        ("at most", 0.2, "reproduced"),
        ("at most", 1.3, "contradicted"),
        ("at least", 1.3, "reproduced"),
        ("at least", 0.8, "contradicted"),
    ],
)
def test_an_exponent_may_be_bounded_on_one_side(side, truth, expected):
    rule = QuantityExponent(quantity="alignment", exponents={"k": 1.0}, margin=0.1, side=side)
    rows = [quantity(k**truth, 0.001, k=k, repetitions=200) for k in (2, 4, 8, 16)]
    assert decided(rule, rows).outcome == expected


def test_a_curve_that_is_no_power_law_is_not_read_as_one_however_small_its_errors():
    rule = QuantityExponent(quantity="alignment", exponents={"k": 1.0}, margin=0.1)
    rows = [quantity(math.exp(0.2 * k), 1e-6, k=k, repetitions=200) for k in (1, 4, 8)]
    assert decided(rule, rows).outcome == "inconclusive"


@pytest.mark.parametrize(
    ("rows", "expected", "why"),
    [
        ([quantity(1.0, k=k) for k in (1, 2)], "not run", "fewer than 3 values of k"),
        ([quantity(k - 2.0, k=k) for k in (1, 2, 3)], "inconclusive", "a value has no logarithm"),
        ([quantity(1.0, k=k) for k in (0, 1, 2)], "inconclusive", "a variable has no logarithm"),
        ([], "not run", "no value of alignment"),
    ],
)
def test_an_exponent_that_cannot_be_fitted_says_why(rows, expected, why):
    verdict = decided(QuantityExponent(quantity="alignment", exponents={"k": 1.0}, margin=0.1), rows)
    assert (verdict.outcome, why in verdict.summary) == (expected, True)


def outcomes(values, chances=None):
    rows = []
    for k, value in enumerate(values):
        rows.append(quantity(value, name="equivariant", predicted=1.0, k=k))
        if chances is not None and chances[k] is not None:
            rows.append(quantity(chances[k], name="p", k=k))
    return rows


@pytest.mark.parametrize(
    ("values", "chances", "expected", "p"),
    [
        ([1, 1, 1], None, "reproduced", 0.0),
        ([1, 0, 1], None, "contradicted", 0.0),
        ([1, 1, 1], [0.01, 0.02, 0.001], "reproduced", 0.02),
        ([1, 1, 1], [0.01, 0.2, 0.001], "inconclusive", 0.2),
        ([1, 0, 1], [0.01, 0.004, 0.001], "contradicted", 0.012),
        ([1, 0, 1], [0.01, 0.2, 0.001], "inconclusive", 0.6),
        ([1, 1, 1], [0.01, None, 0.001], "inconclusive", None),
    ],
)
def test_outcomes_must_all_be_the_predicted_ones(values, chances, expected, p):
    rule = AllEqualPredicted(quantity="equivariant", p_quantity=None if chances is None else "p")
    verdict = decided(rule, outcomes(values, chances))
    assert verdict.outcome == expected
    assert verdict.error_probability == (None if p is None else pytest.approx(p))
    if 0 in values:
        assert "2 of 3 outcomes as predicted" in verdict.summary
        assert verdict.evidence[0].what == "equivariant at k = 1"
        assert verdict.evidence[0].note.startswith("differs")


@pytest.mark.parametrize(
    ("values", "expected", "p"),
    [
        ([1, 0, 0], "reproduced", 0.002),  # the p-value of the 1 says nothing against it
        ([1, 0, 0.5], "inconclusive", 1.0),
        ([0, 0, 0.5], "contradicted", 0.006),
        ([1, 1, 0], "contradicted", 0.0),
    ],
)
def test_a_test_rejects_one_outcome_and_may_stay_undecided(values, expected, p):
    rule = AllEqualPredicted(quantity="equivariant", p_quantity="p", null=1.0, undecided=0.5)
    predicted, chances = (1.0, 0.0, 0.0), (0.7 if values[0] == 1 else 0.002, 0.001, 0.002)
    rows = []
    for k, value in enumerate(values):
        rows.append(quantity(value, name="equivariant", predicted=predicted[k], k=k))
        rows.append(quantity(chances[k], name="p", k=k))
    rows.append(quantity(0.0, name="equivariant", k=9))
    verdict = decided(rule, rows)
    assert (verdict.outcome, verdict.error_probability) == (expected, pytest.approx(p))
    assert ("1 undecided" in verdict.summary) == (0.5 in values)
    assert "1 without a prediction left out" in verdict.summary


def test_places_name_only_what_differs():
    rows = [quantity(1.0, k=2, d=d, model="lcn", at=at) for d in (1, 2) for at in (None, 0.5)]
    assert places(rows) == ["d = 1", "d = 1, at = 0.5", "d = 2", "d = 2, at = 0.5"]
    assert places(rows[:1]) == [""]


def test_one_sided_p_values_are_those_of_students_t():
    """t = 2.262 leaves 2.5 % in each tail with 9 degrees of freedom (a table's number), 1.645 leaves 5 % of
    the normal law."""
    row = quantity(1.0, 0.1, repetitions=10)
    assert sided(row, 1.2262).below == pytest.approx(0.025, abs=1e-4)
    assert sided(row, 1.2262).above == pytest.approx(0.975, abs=1e-4)
    assert sided(quantity(1.0, 0.1), 0.83551).above == pytest.approx(0.05, abs=1e-4)
    assert estimate_of(row).high == pytest.approx(1.2262, abs=1e-4)
    assert estimate_of(quantity(1.0)).method == "exact"
    exact = quantity(1.0)
    assert [sided(exact, bound).below for bound in (0.9, 1.0, 1.1)] == [1.0, 1.0, 0.0]
    assert [sided(exact, bound).above for bound in (0.9, 1.0, 1.1)] == [0.0, 1.0, 1.0]
