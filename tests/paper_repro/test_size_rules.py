"""Rules on growth with k and d together: the patch's weight, the sum of exponents, and noise that follows
k."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from paper_repro.rules.base import LEVEL
from paper_repro.rules.exponents import ExponentAbove, ExponentBelow, ExponentEquals
from paper_repro.rules.patch_weight import PatchWeightAbove, PatchWeightBelow
from paper_repro.rules.together import TogetherBelow
from paper_repro.verdicts import decide
from tests.figures.synthetic import bracket, cell_rows
from tests.paper_repro.planted import claim, tables

SIZES = (8, 16, 32)
ALARM = 1e-6
"""Probability with which a count of errors exceeds its band if every error has probability `LEVEL`."""
DRAWS = 40
MOST = int(binom.isf(ALARM, DRAWS, LEVEL))


def grid(truth, *, scale=0.7, model="cnn", spread=0.05, ks=SIZES, ds=SIZES, n_max=10**6, **more):
    """Cells at every k and d, sigma = scale / sqrt(k); truth(k, d, sigma) is the planted n*."""
    rows = []
    for k in ks:
        sigma = round(scale / math.sqrt(k), 6)
        for d in ds:
            options = {"k": k, "d": d, "sigma": sigma, "spread": spread, "n_max": n_max, **more}
            rows += cell_rows("sweeps", "honest", model, truth=truth(k, d, sigma), **options)
    return rows


def redrawn(rows, random, spread):
    """The same cells with new seeds and estimates: the cells log-normal about their planted n*."""
    cells = {row["cell"]: row["truth"] * math.exp(spread * random.standard_normal()) for row in rows}
    found = []
    for row in rows:
        n = cells[row["cell"]]
        low, high, censored = bracket(n, 10**6)
        found.append(row | {"n_best": n, "low": low, "high": high, "censored": censored})
    return found


def decided(rule, rows):
    return decide(claim(rule), tables(rows))


def weighted(weight, *, ks=SIZES, ds=SIZES, offset=8.0, model="cnn", spread=0.05, n_max=10**6):
    """n* = 60 (d + weight k) + offset at sigma = 0.15."""
    rows = []
    for k in ks:
        for d in ds:
            truth = 60 * (d + weight * k) + offset
            rows += cell_rows(
                "sweeps", "honest", model, k=k, d=d, sigma=0.15, truth=truth, spread=spread, n_max=n_max
            )
    return rows


# Weight of a patch


@pytest.mark.parametrize(
    ("planted", "bound", "above", "below"),
    [
        (1.0, 0.1, "reproduced", "contradicted"),
        (0.5, 0.1, "reproduced", "contradicted"),
        (0.0, 0.3, "contradicted", "reproduced"),
        (0.1, 1.0, "contradicted", "reproduced"),
    ],
)
def test_the_weight_of_a_patch_is_told_from_the_bound(planted, bound, above, below):
    for rule, expected in ((PatchWeightAbove, above), (PatchWeightBelow, below)):
        verdict = decided(rule(model="cnn", weight=bound), weighted(planted))
        assert verdict.outcome == expected
        assert verdict.error_probability <= LEVEL
        (evidence,) = verdict.evidence
        assert evidence.estimate.best == pytest.approx(planted, abs=0.2)
        assert "9 cells" in evidence.estimate.method
        assert "offset" in evidence.note
        assert evidence.against == f"{'above' if rule is PatchWeightAbove else 'below'} {bound:g}"
        assert verdict.cells == 9
        assert verdict.summary == f"rho = {evidence.text}"


@pytest.mark.parametrize("rule", [PatchWeightAbove, PatchWeightBelow])
def test_a_weight_near_the_bound_is_inconclusive(rule):
    random = np.random.default_rng(1)
    template = [row | {"truth": row["n_best"]} for row in weighted(0.5, spread=0.0)]
    verdict = decided(rule(model="cnn", weight=0.5), redrawn(template, random, 0.15))
    assert verdict.outcome == "inconclusive"
    assert verdict.error_probability > LEVEL


def test_a_weight_needs_two_ratios_of_sizes():
    rule = PatchWeightAbove(model="cnn", weight=0.1)
    assert decided(rule, []).outcome == "not run"
    square = [row for row in weighted(1.0) if row["k"] == row["d"]]
    verdict = decided(rule, square)
    assert verdict.outcome == "not run"
    assert "k/d" in verdict.summary
    assert decided(rule, weighted(1.0, model="lcn")).outcome == "not run"


def test_a_weight_of_few_cells_or_cells_out_of_reach_is_inconclusive():
    rule = PatchWeightAbove(model="cnn", weight=0.1)
    for rows, count in ((weighted(1.0, n_max=6), 0), (weighted(1.0, ks=(8, 16), ds=(8, 16)), 4)):
        verdict = decided(rule, rows)
        assert verdict.outcome == "inconclusive"
        assert verdict.error_probability is None
        assert f"{count} cells have an n*" in verdict.summary


def test_a_weight_is_not_read_off_where_the_noise_hides_it():
    """With sigma = c / sqrt(k) sigma^2 k is a constant, which the offset takes up."""
    rows = grid(lambda k, d, sigma: 900 * sigma**2 * (d + k))
    verdict = decided(PatchWeightAbove(model="cnn", weight=0.1), rows)
    assert (verdict.outcome, verdict.error_probability) == ("inconclusive", None)
    assert "does not determine the weight" in verdict.summary


@pytest.mark.parametrize("rule", [PatchWeightAbove, PatchWeightBelow])
def test_a_weight_on_the_bound_is_seldom_decided(rule):
    """Each wrong verdict has probability `LEVEL` at most."""
    random, template = np.random.default_rng(3), weighted(0.5, spread=0.0)
    template = [row | {"truth": row["n_best"]} for row in template]
    tested = rule(model="cnn", weight=0.5)
    found = [decided(tested, redrawn(template, random, 0.15)).outcome for _ in range(DRAWS)]
    assert found.count("reproduced") <= MOST
    assert found.count("contradicted") <= MOST
    assert "inconclusive" in found


# Sum of the exponents


@pytest.mark.parametrize(
    ("alpha", "beta", "value", "expected"),
    [
        (0.3, 0.6, 1.0, "reproduced"),
        (0.0, 0.5, 1.0, "reproduced"),
        (0.7, 0.9, 1.0, "contradicted"),
        (1.0, 1.0, 1.0, "contradicted"),
    ],
)
def test_the_sum_of_both_exponents_is_held_against_its_bound(alpha, beta, value, expected):
    rows = [
        row
        for k in SIZES
        for d in SIZES
        for row in cell_rows(
            "sweeps",
            "honest",
            "cnn",
            k=k,
            d=d,
            sigma=0.1,
            spread=0.02,
            n_max=10**6,
            truth=20 * k**alpha * d**beta,
        )
    ]
    verdict = decided(TogetherBelow(model="cnn", value=value), rows)
    assert verdict.outcome == expected
    assert verdict.error_probability <= LEVEL
    assert verdict.evidence[0].estimate.best == pytest.approx(alpha + beta, abs=0.05)


def test_the_margin_is_allowed_on_top_and_the_edge_is_inconclusive():
    rows = grid(lambda k, d, sigma: 5 * (k * d) ** 0.6, scale=0.7)
    for margin, expected in ((0.0, "contradicted"), (0.4, "reproduced"), (0.2, "inconclusive")):
        rule = TogetherBelow(model="cnn", value=1.0, margin=margin, scaled_noise=True)
        verdict = decided(rule, rows)
        if expected == "inconclusive":
            # the truth is on the bound: an error in either direction has probability LEVEL
            assert verdict.evidence[0].estimate.low < 1.2 < verdict.evidence[0].estimate.high
        else:
            assert verdict.outcome == expected


def test_scaled_noise_takes_the_growth_along_the_curve_on_which_sigma_follows_k():
    """n* = sigma^2 k^1.5 d^0.5 with sigma ~ 1/sqrt(k) grows as k^0.5 d^0.5: together 1."""
    rows = grid(lambda k, d, sigma: 60 * sigma**2 * k**1.5 * d**0.5, spread=0.02)
    verdict = decided(TogetherBelow(model="cnn", value=1.2, scaled_noise=True), rows)
    assert verdict.evidence[0].estimate.best == pytest.approx(1.0, abs=0.05)
    assert verdict.outcome == "reproduced"
    with pytest.raises(ValueError, match="sigma varies among the rows"):
        decided(TogetherBelow(model="cnn", value=1.2), rows)


def test_noise_on_two_curves_is_refused():
    rows = [
        row
        for scale in (0.7, 1.4)
        for row in grid(lambda k, d, sigma: 60 * sigma**2 * k * d, scale=scale, spread=0.02)
    ]
    with pytest.raises(ValueError, match="sigma varies among the rows"):
        decided(TogetherBelow(model="cnn", value=1.0, scaled_noise=True), rows)


def test_growth_together_needs_three_sizes_with_k_equal_to_d():
    rule = TogetherBelow(model="cnn", value=1.0, scaled_noise=True)
    assert decided(rule, []).outcome == "not run"
    for rows in (
        grid(lambda k, d, sigma: 5.0 * d, ks=(8, 16)),
        grid(lambda k, d, sigma: 5.0 * d, ds=(8, 16)),
        grid(lambda k, d, sigma: 5.0 * d, ds=(9, 17, 33)),
    ):
        verdict = decided(rule, rows)
        assert verdict.outcome == "not run"
        assert "sizes with k = d measured" in verdict.summary


def test_a_sum_of_cells_out_of_reach_is_inconclusive():
    rows = grid(lambda k, d, sigma: 1e9, n_max=50)
    verdict = decided(TogetherBelow(model="cnn", value=1.0, scaled_noise=True), rows)
    assert (verdict.outcome, verdict.error_probability) == ("inconclusive", None)


# Exponents along sigma = c / sqrt(k)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (ExponentEquals, 0.5, "reproduced"),
        (ExponentEquals, 1.5, "contradicted"),
        (ExponentBelow, 0.7, "reproduced"),
        (ExponentBelow, 0.2, "contradicted"),
        (ExponentAbove, 0.2, "reproduced"),
        (ExponentAbove, 0.7, "contradicted"),
    ],
)
def test_an_exponent_along_scaled_noise_is_that_of_n_star_itself(rule, value, expected):
    """n* = sigma^2 k^1.5 d with sigma ~ 1/sqrt(k) grows as k^0.5."""
    rows = grid(lambda k, d, sigma: 200 * sigma**2 * k**1.5, ds=(20,), spread=0.02)
    verdict = decided(rule(model="cnn", variable="k", value=value, scaled_noise=True), rows)
    assert verdict.outcome == expected
    assert verdict.evidence[0].estimate.best == pytest.approx(0.5, abs=0.05)
    # at a fixed sigma there is one cell of each
    assert decided(rule(model="cnn", variable="k", value=value), rows).outcome == "not run"


def test_of_two_curves_of_noise_the_one_with_more_sizes_is_taken():
    long = grid(lambda k, d, sigma: 20.0 * k, ds=(20,), spread=0.02)
    short = grid(lambda k, d, sigma: 20.0 * k**3, ds=(20,), ks=(8, 16), scale=1.4, spread=0.02)
    rule = ExponentEquals(model="cnn", variable="k", value=1.0, scaled_noise=True)
    verdict = decided(rule, [*short, *long])
    assert (verdict.outcome, verdict.cells) == ("reproduced", 3)


def test_a_task_without_noise_has_exponents_too():
    rows = [
        row
        for d in (4, 8, 16, 32)
        for row in cell_rows(
            "sweeps", "honest", "fcn", k=2, d=d, sigma=None, n_max=10**6, spread=0.05, truth=4 * d**2
        )
    ]
    verdict = decided(ExponentEquals(model="fcn", variable="d", value=2.0, where={"task": "dsd"}), rows)
    assert verdict.outcome == "reproduced"


@pytest.mark.parametrize(
    "rule",
    [
        PatchWeightAbove(model="cnn", weight=0.1),
        PatchWeightBelow(model="cnn", weight=1.0),
        TogetherBelow(model="cnn", value=1.0, margin=0.1, scaled_noise=True),
        ExponentEquals(model="cnn", variable="k", value=1.0, scaled_noise=True),
    ],
)
def test_a_rule_says_in_words_what_decides(rule):
    assert rule.text.endswith(".")
    assert "CNN" in rule.text
    assert f"error probability {LEVEL:g}" in rule.text
    assert ("sigma = c / sqrt(k)" in rule.text) == getattr(rule, "scaled_noise", False)
