"""The verdict engine: planted evidence gives the verdict it should, and error probabilities mean what they
say."""

import math

import numpy as np
import pytest

from paper_repro.claims import CLAIMS
from paper_repro.rules.base import LEVEL
from paper_repro.rules.evidence import BOUND, tails
from paper_repro.rules.rates import rate_limits
from paper_repro.verdicts import Verdict, decide_all
from paper_repro.verdicts import decide as decide_on
from sims.search.estimate import Estimate
from tests.figures.synthetic import cell_rows, thresholds
from tests.paper_repro.planted import tables

KS = DS = (10, 15, 20, 25, 30)


def decide(claim, rows, *, protocol=None) -> Verdict:
    return decide_on(claim, tables(rows), protocol=protocol)


def sweep(model, law, *, spread=0.05, protocol="lahoti", experiment="sweeps", n_max=10**6):
    """Both sweeps of a model with n* = law(k, d)."""
    sizes = dict.fromkeys([(k, 20) for k in KS] + [(20, d) for d in DS])
    rows = []
    for k, d in sizes:
        options = {"k": k, "d": d, "sigma": 0.1, "spread": spread, "n_max": n_max, "truth": law(k, d)}
        rows += cell_rows(experiment, protocol, model, **options)
    return rows


PLANTED = [
    ("cnn-at-most-linear-d", "cnn", lambda k, d: 2.0 * d, 0.05, "reproduced"),
    ("cnn-at-most-linear-d", "cnn", lambda k, d: 10 * d**0.5, 0.05, "reproduced"),
    ("cnn-at-most-linear-d", "cnn", lambda k, d: 0.1 * d**2, 0.05, "contradicted"),
    ("cnn-at-most-linear-k", "cnn", lambda k, d: 2.0 * k, 0.05, "reproduced"),
    ("cnn-at-most-linear-k", "cnn", lambda k, d: 0.2 * k**1.6, 0.05, "contradicted"),
    ("lcn-linear-d", "lcn", lambda k, d: 20.0 * d, 0.05, "reproduced"),
    ("lcn-linear-d", "lcn", lambda k, d: d**2, 0.05, "contradicted"),
    ("lcn-linear-d", "lcn", lambda k, d: 100 * d**0.8, 0.4, "inconclusive"),
    ("cnn-sublinear-k", "cnn", lambda k, d: 20 * k**0.3, 0.05, "reproduced"),
    ("cnn-sublinear-k", "cnn", lambda k, d: 0.2 * k**1.6, 0.05, "contradicted"),
    ("lcn-linear-k", "lcn", lambda k, d: 2.0 * k**1.75, 0.05, "contradicted"),
    ("lcn-quadratic-k", "lcn", lambda k, d: 1.0 * k**2, 0.05, "reproduced"),
    ("lcn-linear-to-quadratic-k", "lcn", lambda k, d: 2.0 * k**1.7, 0.05, "reproduced"),
    ("lcn-linear-to-quadratic-k", "lcn", lambda k, d: 0.1 * k**2.6, 0.05, "contradicted"),
    ("lcn-linear-to-quadratic-k", "lcn", lambda k, d: 50.0 * k**0.6, 0.05, "contradicted"),
]


@pytest.mark.parametrize(("claim", "model", "law", "spread", "expected"), PLANTED)
def test_planted_exponent_gives_its_verdict(claim, model, law, spread, expected):
    verdict = decide(CLAIMS[claim], sweep(model, law, spread=spread, experiment=CLAIMS[claim].experiment))
    assert verdict.outcome == expected
    assert verdict.error_probability is not None
    assert (verdict.error_probability <= LEVEL) == (expected != "inconclusive")
    assert verdict.evidence


THEOREMS = [
    ("cnn-up", "cnn", lambda k, d: 0.5 * (k + d) * math.log(k * d), "reproduced"),
    ("cnn-up", "cnn", lambda k, d: 0.1 * k**2 * d, "contradicted"),
    ("cnn-up", "cnn", lambda k, d: 0.1 * k * d, "inconclusive"),  # k or d alone may grow so, both may not
    ("lcn-up", "lcn", lambda k, d: 0.1 * k * (k + d) * math.log(k * d), "reproduced"),
    ("lcn-low", "lcn", lambda k, d: 1.0 * k * d, "reproduced"),
    ("lcn-low", "lcn", lambda k, d: 5.0 * (k * d) ** 0.4, "contradicted"),
]


@pytest.mark.parametrize(("claim", "model", "law", "expected"), THEOREMS)
def test_planted_growth_is_held_against_the_bound(claim, model, law, expected):
    assert decide(CLAIMS[claim], sweep(model, law, protocol="honest")).outcome == expected


def test_a_bound_linear_in_k_plus_d_lets_n_star_grow_as_d():
    verdict = decide(CLAIMS["cnn-up"], sweep("cnn", lambda k, d: 3.0 * d, protocol="honest"))
    assert verdict.outcome == "reproduced"


def test_fcn_bound_is_decided_on_the_architectures():
    law = {"reproduced": lambda k, d: k**2.3 * d, "contradicted": lambda k, d: 5.0 * k * d}
    for expected, planted in law.items():
        rows = sweep("fcn", planted, protocol="honest", experiment="architectures")
        assert decide(CLAIMS["fcn-low"], rows).outcome == expected


def test_the_fcn_bound_says_where_the_fcn_starts_and_that_its_final_bias_is_free():
    from figures.drawing.captions import FCN_START
    from sims.tables.columns import EVALUATION_COLUMNS

    caveat = CLAIMS["fcn-low"].caveat
    assert FCN_START in caveat
    assert "column final_bias" in caveat
    assert "not enforced" in caveat
    assert "final_bias" in {column.name for column in EVALUATION_COLUMNS}


def test_a_bound_swept_in_k_alone_can_be_contradicted_but_not_reproduced():
    law = {"inconclusive": lambda k, d: k**2.3 * d, "contradicted": lambda k, d: 5.0 * k * d}
    for expected, planted in law.items():
        rows = sweep("fcn", planted, protocol="honest", experiment="architectures")
        verdict = decide(CLAIMS["fcn-low"], [row for row in rows if row["d"] == 20])
        assert verdict.outcome == expected
        assert "d was not varied" in verdict.summary


def test_two_sizes_are_too_few():
    rows = [row for row in sweep("cnn", lambda k, d: 2.0 * d) if row["k"] in (10, 20)]
    verdict = decide(CLAIMS["cnn-sublinear-k"], rows)
    assert verdict.outcome == "not run"
    assert "fewer than 3" in verdict.summary


def test_a_fully_censored_sweep_is_inconclusive_and_says_why():
    rows = sweep("lcn", lambda k, d: 5000.0, n_max=1000)
    assert {row["censored"] for row in rows} == {"right"}
    verdict = decide(CLAIMS["lcn-linear-k"], rows)
    assert verdict.outcome == "inconclusive"
    assert "censored" in verdict.summary


RATIOS = [
    (lambda k, d: 14 * 20.0, "reproduced", "reproduced"),
    (lambda k, d: 40 * 20.0, "contradicted", "contradicted"),
    (lambda k, d: 20.0 * 14 * (k / 20) ** 1.5, "reproduced", "contradicted"),
    (lambda k, d: 20 * 20.0, "inconclusive", "inconclusive"),
]


@pytest.mark.parametrize(("lcn", "typical", "every"), RATIOS)
def test_ratio_at_a_typical_and_at_every_size(lcn, typical, every):
    rows = sweep("cnn", lambda k, d: 20.0, spread=0.02) + sweep("lcn", lcn, spread=0.02)
    assert decide(CLAIMS["ratio-k-typical"], rows).outcome == typical
    assert decide(CLAIMS["ratio-k-every-size"], rows).outcome == every


def test_a_censored_ratio_counts_as_a_bound_never_for_the_claim():
    cnn = sweep("cnn", lambda k, d: 60.0, spread=0.02)
    lcn = sweep("lcn", lambda k, d: 900.0, spread=0.02, n_max=800)
    assert {row["censored"] for row in lcn} == {"right"}
    for claim in ("ratio-k-typical", "ratio-k-every-size"):
        assert decide(CLAIMS[claim], cnn + lcn).outcome == "inconclusive"
    low_cnn = sweep("cnn", lambda k, d: 15.0, spread=0.02)
    assert decide(CLAIMS["ratio-k-typical"], low_cnn + lcn).outcome == "contradicted"


def test_the_ratio_along_d_leaves_the_sweep_in_k_out_of_account():
    rows = sweep("cnn", lambda k, d: 20.0, spread=0.02)
    rows += sweep("lcn", lambda k, d: 400.0 if k == 20 else 40.0, spread=0.02)
    for name, expected in (("typical", "reproduced"), ("every-size", "reproduced")):
        verdict = decide(CLAIMS[f"ratio-d-{name}"], rows)
        assert (verdict.outcome, verdict.cells) == (expected, 10)
        assert "of the sweep in d" in verdict.claim.rule.text
    assert decide(CLAIMS["ratio-k-typical"], rows).outcome == "contradicted"
    within = [rule.rule for rule in (CLAIMS["ratio-d-typical"], CLAIMS["ratio-k-typical"])]
    assert [(rule.low, rule.high) for rule in within] == [(20 / 1.5, 30.0), (10.0, 20.0)]


@pytest.mark.parametrize(
    ("ratio", "n_max", "expected"),
    [
        (40, 10**6, "reproduced"),
        (10, 10**6, "inconclusive"),
        (3, 10**6, "contradicted"),
        (80, 1000, "reproduced"),  # every seed is right-censored at 50 times the LCN's n*
        (80, 100, "inconclusive"),
    ],
)
def test_a_ratio_without_upper_end_may_rest_on_a_lower_bound(ratio, n_max, expected):
    rows = [
        row
        for model, n in (("lcn", 20.0), ("fcn", 20.0 * ratio))
        for row in sweep(
            model,
            lambda k, d, n=n: n,
            protocol="honest",
            experiment="architectures",
            spread=0.02,
            n_max=n_max,
        )
    ]
    for name in ("typical", "every-size"):
        verdict = decide(CLAIMS[f"ratio-fcn-lcn-{name}"], rows)
        assert verdict.outcome == expected
        assert verdict.evidence[0].against == "at least 10"
    text = CLAIMS["ratio-fcn-lcn-typical"].rule.text
    assert "Reproduced if at least 10, contradicted if below" in text


ONE_PATCH = [
    ({"fcn": 1.1, "lcn": 0.9}, "reproduced"),
    ({"fcn": 1.0, "lcn": 2.0}, "contradicted"),
    ({"fcn": 0.4, "lcn": 1.0}, "contradicted"),
    ({"fcn": 1.5, "lcn": 1.0}, "inconclusive"),
    ({"lcn": 1.0}, "not run"),
]


@pytest.mark.parametrize(("factors", "expected"), ONE_PATCH)
def test_one_patch_must_not_tell_the_architectures_apart(factors, expected):
    rows = []
    for model, factor in {"cnn": 1.0, **factors}.items():
        for d in (10, 20, 40, 80):
            options = {"k": 1, "d": d, "sigma": 0.5, "spread": 0.05, "truth": 20.0 * d * factor}
            rows += cell_rows("one-patch", "honest", model, n_max=10**6, **options)
    verdict = decide(CLAIMS["one-patch-agree"], rows)
    assert verdict.outcome == expected
    assert verdict.cells == (12 if "fcn" in factors else 8)
    assert [item.what[:7] for item in verdict.evidence] == (
        ["FCN/CNN", "LCN/CNN"] if "fcn" in factors else []
    )


def test_verdicts_are_wrong_no_more_often_than_they_say():
    """At the edge of the margin, where a verdict either way is most easily wrong."""
    random = np.random.default_rng(1)
    claim = CLAIMS["cnn-sublinear-k"]
    wrong = 0
    for _ in range(100):
        rows = []
        for k in KS:
            cell = cell_rows("sweeps", "lahoti", "cnn", k=k, d=20, sigma=0.1)
            for row in cell:
                n = 20 * k * math.exp(0.15 * random.standard_normal())
                rows.append(
                    row | {"low": math.floor(n / 1.02), "high": math.ceil(n * 1.02), "censored": "none"}
                )
        wrong += decide(claim, rows).outcome == "reproduced"
    assert wrong <= 11  # 5 expected; more than 11 has probability 0.4 %


def test_tails_are_those_of_students_t_and_respect_open_ends():
    """At the interval's ends 2.5 %; further out as t with one degree of freedom less than there are seeds."""
    half = 0.196
    estimate = Estimate(1 - half, 1.0, 1 + half, "planted")
    assert tails(estimate, 1 + half, seeds=5).below == pytest.approx(0.025, abs=1e-9)
    assert tails(estimate, 1 - half, seeds=5).above == pytest.approx(0.025, abs=1e-9)
    assert tails(estimate, 1.0, seeds=5).below == pytest.approx(0.5)
    # Twice the half-width: t = 2 * 2.7764 with 4 degrees of freedom, a table's 0.0026.
    assert tails(estimate, 1 + 2 * half, seeds=5).below == pytest.approx(0.00257, abs=1e-5)
    assert tails(estimate, 5.0, seeds=1).below == 1.0
    assert tails(Estimate(0.8, 1.0, None, "open"), 5.0, seeds=5).below == 1.0
    assert tails(Estimate(2.0, 2.0, None, "bound"), 1.0, seeds=5).above == BOUND
    endless = tails(Estimate(2.0, 2.0, None, "bound"), math.inf, seeds=5)
    assert (endless.below, endless.above) == (0.0, 1.0)


def test_limits_of_the_bounds_are_those_of_their_formulas():
    rows = sweep("lcn", lambda k, d: 1.0)
    limits = rate_limits(CLAIMS["lcn-up"].rule, rows)
    logarithm = 1 / math.log(18.8**2)
    assert limits["k"] == pytest.approx(2 + logarithm, abs=0.01)
    assert limits["d"] == pytest.approx(1 + logarithm, abs=0.01)
    assert limits["k and d together"] == pytest.approx(2 + 2 * logarithm, abs=0.02)
    assert rate_limits(CLAIMS["fcn-low"].rule, rows) == pytest.approx({"k": 2.0, "d": 1.0})


def test_linear_and_quadratic_cannot_both_hold():
    linear, quadratic = CLAIMS["lcn-linear-k"], CLAIMS["lcn-quadratic-k"]
    assert (linear.contradicts, quadratic.contradicts) == (quadratic.id, linear.id)
    outcomes = {
        exponent: [
            decide(c, sweep("lcn", lambda k, d, e=exponent: k**e)).outcome for c in (linear, quadratic)
        ]
        for exponent in (1, 2)
    }
    assert outcomes == {1: ["reproduced", "contradicted"], 2: ["contradicted", "reproduced"]}


def test_verdict_under_the_other_protocol_uses_its_cells_only():
    rows = sweep("cnn", lambda k, d: 2.0 * k) + sweep("cnn", lambda k, d: 0.1 * k**2, protocol="honest")
    claim = CLAIMS["cnn-at-most-linear-k"]
    assert decide(claim, rows).outcome == "reproduced"
    assert decide(claim, rows, protocol="honest").outcome == "contradicted"
    assert all(verdict.outcome for verdict in decide_all([claim], tables(thresholds())))
