"""Rules on n* beyond exponents and ratios of models: variants, bounds as numbers, targets never reached."""

import dataclasses
import math

import pytest

from paper_repro.rules.base import LEVEL, in_words, matching
from paper_repro.rules.bounds import (
    Bound,
    BoundHolds,
    against_bound,
    computed,
    measured,
)
from paper_repro.rules.censored import NeverReaches
from paper_repro.rules.conditions import (
    Checked,
    ConditionHolds,
    nets_have_at_least,
    quiet_below_bias,
)
from paper_repro.rules.exponents import ExponentAbove, ExponentBelow
from paper_repro.rules.ratios import RatioOfVariants, RatioWithin
from paper_repro.verdicts import decide
from sims.pieces.errors import InputError
from tests.figures.synthetic import cell_rows
from tests.paper_repro.planted import claim, quantity, tables

KS = (10, 20, 30)


def sweep(truth, *, model="lcn", protocol="honest", experiment="sweeps", ks=KS, n_max=10**6, **more):
    rows = []
    for k in ks:
        options = {"k": k, "d": 20, "sigma": 0.1, "spread": 0.03, "n_max": n_max, "truth": truth(k)}
        rows += cell_rows(experiment, protocol, model, **options, **more)
    return rows


def decided(rule, rows, evaluations=()):
    return decide(claim(rule), tables(rows, evaluations))


# Variants


@pytest.mark.parametrize(
    ("ratio", "low", "high", "expected"),
    [
        (1.3, 1.0, 1.7, "reproduced"),
        (1.3, 1.5, 3.0, "contradicted"),
        (1.3, 1.3, 3.0, "inconclusive"),
        (1.3, 0.5, 1.1, "contradicted"),
    ],
)
@pytest.mark.parametrize("sizes", ["typical", "every"])
def test_ratio_of_protocols(ratio, low, high, expected, sizes):
    rows = sweep(lambda k: 10.0 * k * ratio) + sweep(lambda k: 10.0 * k, protocol="lahoti")
    rule = RatioOfVariants(
        name="honest/lahoti",
        above={"model": "lcn", "protocol": "honest"},
        below={"model": "lcn", "protocol": "lahoti"},
        low=low,
        high=high,
        sizes=sizes,
    )
    verdict = decided(rule, rows)
    assert verdict.outcome == expected
    assert verdict.protocol is None
    assert verdict.cells == 6
    # The geometric mean, and each size beside it.
    assert verdict.evidence[-1].what == "honest/lahoti at k = 30, d = 20, sigma = 0.1"
    assert len(verdict.evidence) == (4 if sizes == "typical" else 3)
    assert "protocol = lahoti" in rule.text


def test_variants_may_come_from_other_experiments_and_need_only_one_size():
    rows = sweep(lambda k: 100.0, ks=(10,)) + sweep(lambda k: 50.0, experiment="architectures", ks=(10, 20))
    rule = RatioOfVariants(
        name="r", above={"model": "lcn"}, below={"experiment": "architectures"}, low=1.5, high=3.0
    )
    verdict = decided(rule, rows)
    assert verdict.outcome == "reproduced"
    assert "over one size" in verdict.evidence[0].what


def test_variants_without_a_common_size_are_not_run():
    rows = sweep(lambda k: 100.0, ks=(10,)) + sweep(lambda k: 50.0, protocol="lahoti", ks=(20,))
    rule = RatioOfVariants(
        name="r", above={"protocol": "honest"}, below={"protocol": "lahoti"}, low=1.5, high=3.0
    )
    assert decided(rule, rows).outcome == "not run"
    assert decided(rule, []).outcome == "not run"


def test_a_variant_that_matches_two_cells_at_one_size_is_an_error_of_the_claim():
    rows = (
        sweep(lambda k: 100.0) + sweep(lambda k: 50.0, model="cnn") + sweep(lambda k: 9.0, protocol="lahoti")
    )
    rule = RatioOfVariants(
        name="r", above={"protocol": "honest"}, below={"protocol": "lahoti"}, low=1.5, high=3.0
    )
    with pytest.raises(ValueError, match="above: matches 2 and 1 cells"):
        decided(rule, rows)


@pytest.mark.parametrize(
    ("rule", "power", "expected"),
    [
        (ExponentAbove, 2.0, "reproduced"),
        (ExponentAbove, 0.5, "contradicted"),
        (ExponentBelow, 0.5, "reproduced"),
        (ExponentBelow, 2.0, "contradicted"),
    ],
)
def test_where_lets_an_exponent_be_that_of_another_learner(rule, power, expected):
    """The plain sweep has an exponent of 1, exactly on the bound."""
    ks = (5, 10, 20, 40)
    rows = sweep(lambda k: 20.0 * k, ks=ks, learner="gradient_descent")
    rows += sweep(lambda k: 20.0 * k**power, ks=ks, learner="two_step", activation="relu")
    where = {"learner": "two_step"}
    tested = rule(model="lcn", variable="k", value=1.0, margin=0.05, where=where)
    assert decided(tested, rows).outcome == expected
    assert "learner = two_step" in tested.text
    assert decided(tested, rows[: len(rows) // 2]).outcome == "not run"


def test_a_task_without_noise_has_exponents_too():
    rows = sweep(lambda k: 20.0 * k**2, ks=(5, 10, 20, 40))
    rows = [row | {"sigma": None, "task": "sign_of_quadratics"} for row in rows]
    where = {"task": "sign_of_quadratics"}
    verdict = decided(ExponentAbove(model="lcn", variable="k", value=1.5, where=where), rows)
    assert verdict.outcome == "reproduced"
    assert verdict.evidence[0].estimate.best == pytest.approx(2.0, abs=0.1)


# Bounds


def bound(samples, *conditions):
    return Bound(
        statement="A planted bound.", samples=lambda row, tables: samples(row), conditions=conditions
    )


@pytest.mark.parametrize(
    ("factor", "expected"), [(0.5, "reproduced"), (1.0, "inconclusive"), (2.0, "contradicted")]
)
def test_a_bound_must_lie_below_n_star_at_every_size(factor, expected):
    rule = BoundHolds(bound=bound(lambda row: factor * 10.0 * row["k"]), model="lcn")
    verdict = decided(rule, sweep(lambda k: 10.0 * k))
    assert verdict.outcome == expected
    assert (verdict.error_probability <= LEVEL) == (expected != "inconclusive")
    assert [item.estimate.best for item in verdict.evidence] == pytest.approx([1 / factor] * 3, rel=0.1)
    assert "n*/bound, LCN at k = 10, d = 20, sigma = 0.1" in verdict.evidence[0].what
    assert "times the bound over 3 sizes" in verdict.summary


def test_one_size_below_the_bound_contradicts_it():
    rule = BoundHolds(bound=bound(lambda row: 150.0), model="lcn")
    assert decided(rule, sweep(lambda k: 10.0 * k)).outcome == "contradicted"


def test_a_bound_of_a_sample_or_less_reproduces_nothing_and_says_so():
    for samples in (-3.0, 0.4, 1.0):
        rule = BoundHolds(bound=bound(lambda row, samples=samples: samples), model="lcn")
        verdict = decided(rule, sweep(lambda k: 10.0 * k))
        assert (verdict.outcome, verdict.error_probability) == ("inconclusive", None)
        assert "at 3 of 3 sizes the bound is one sample or less" in verdict.summary
        assert verdict.evidence[0].note == f"bound {samples:.3g} samples, which says nothing; does not count"


def test_a_bound_may_be_a_function_of_the_sizes_and_is_computed_once_a_size():
    asked = []

    def function(model, k, d, sigma, target):
        asked.append((model, k, d, sigma, target))
        return 5.0 * k

    rule = BoundHolds(bound=Bound(statement="A planted bound.", samples=computed(function)), model="lcn")
    rows = sweep(lambda k: 10.0 * k)
    assert decided(rule, rows).outcome == decided(rule, rows).outcome == "reproduced"
    assert asked == [("lcn", k, 20, 0.1, 0.07) for k in KS]


def test_a_bound_may_be_a_probes_quantity_and_is_not_run_where_that_is_missing():
    rows = sweep(lambda k: 10.0 * k)
    probes = [
        quantity(5.0 * k, name="bound", experiment="bounds", model="lcn", k=k, d=20, sigma=0.1) for k in KS
    ]
    rule = BoundHolds(
        bound=Bound(statement="A planted bound.", samples=measured("bounds", "bound")), model="lcn"
    )

    def verdict(found):
        return decide(claim(rule), tables(rows, quantities=found))

    assert verdict(probes).outcome == "reproduced"
    partly = verdict(probes[:2])
    assert (partly.outcome, partly.error_probability) == ("not run", None)
    assert "1 cell is missing; so far: n* is" in partly.summary
    assert partly.evidence[2].text == "the bound is not computed here"
    assert verdict([*probes[:1], probes[1] | {"value": 5000.0}]).outcome == "contradicted"
    assert verdict([]).outcome == "not run"
    series = [row | {"at": 0.5} for row in probes] + [row | {"at": 0.9, "value": 5000.0} for row in probes]
    assert verdict(series).outcome == "not run"
    high = Bound(statement="A planted bound.", samples=measured("bounds", "bound", at=0.9))
    found = decide(claim(BoundHolds(bound=high, model="lcn")), tables(rows, quantities=series))
    assert found.outcome == "contradicted"
    with pytest.raises(ValueError, match="2 values of bound at one size"):
        verdict([*probes, probes[0]])


def test_censored_cells_are_tested_by_signs():
    """Five seeds that all fail at 100 put n* above 100 with error 2^-5, and say nothing of 101."""
    right = sweep(lambda k: 5000.0, ks=(10,), n_max=100)
    assert {row["censored"] for row in right} == {"right"}
    assert against_bound(right, 100.0).above == 0.5**5
    assert against_bound(right, 101.0).above == 1.0
    assert against_bound(right, 101.0).below == 1.0
    left = sweep(lambda k: 1.0, ks=(10,))
    assert {row["censored"] for row in left} == {"left"}
    assert against_bound(left, 5.0).below == 0.5**5
    assert against_bound(left, 4.0).below == 1.0
    assert against_bound(left, 4.0).above == 1.0
    assert against_bound(right[:1], 50.0).above == 1.0


def test_sizes_where_a_condition_fails_are_reported_and_do_not_count():
    """At k = 30 n* lies below the bound, and sigma above what the bound allows."""
    rows = sweep(lambda k: 100.0)

    def small_noise(row, evaluations):
        holds = row["sigma"] <= 2.5 / row["k"]
        return Checked(holds, f"sigma {'within' if holds else 'above'} 2.5/k")

    free = bound(lambda row: 200.0 if row["k"] == 30 else 20.0)
    assert decided(BoundHolds(bound=free, model="lcn"), rows).outcome == "contradicted"
    verdict = decided(
        BoundHolds(bound=dataclasses.replace(free, conditions=(small_noise,)), model="lcn"), rows
    )
    assert verdict.outcome == "reproduced"
    assert "conditions fail at 1 of 3 sizes" in verdict.summary
    assert "sigma above 2.5/k; does not count" in verdict.evidence[2].note
    assert "sigma within" in verdict.evidence[0].note


def final_bias_at_least(least):
    return nets_have_at_least("final_bias", least, "final bias")


def test_the_final_bias_of_the_nets_that_reach_the_target_is_a_condition():
    rows = sweep(lambda k: 100.0)
    cells = list(dict.fromkeys(row["cell"] for row in rows))
    biases = {cells[0]: (0.2, 0.3), cells[1]: (0.2, 0.001), cells[2]: ()}
    evaluations = [
        {"experiment": "sweeps", "cell": cell, "n": 100, "success": True, "final_bias": bias}
        for cell, values in biases.items()
        for bias in values
    ]
    evaluations.append({**evaluations[0], "success": False, "final_bias": 0.0})
    rule = BoundHolds(bound=bound(lambda row: 20.0, final_bias_at_least(0.01)), model="lcn")
    verdict = decided(rule, rows, evaluations)
    notes = [item.note for item in verdict.evidence]
    assert notes[0].endswith("final bias 0.2 to 0.3")
    assert "final bias 0.001 to 0.2, below 0.01 in 1 of 2 nets; does not count" in notes[1]
    assert notes[2].endswith("final bias not recorded; does not count")
    assert verdict.outcome == "not run"  # of one size it is not known whether the condition holds
    assert "conditions fail at 1 of 3 sizes" in verdict.summary
    known = [row for row in rows if row["cell"] != cells[2]]
    assert decided(rule, known, evaluations).outcome == "reproduced"
    aligned = nets_have_at_least("alignment_median", 0.5, "median alignment")
    verdict = decided(BoundHolds(bound=bound(lambda row: 20.0, aligned), model="lcn"), rows, evaluations)
    assert verdict.evidence[0].note.endswith("median alignment not recorded; does not count")
    assert verdict.outcome != "reproduced"
    strict = BoundHolds(bound=bound(lambda row: 20.0, final_bias_at_least(9.0)), model="lcn")
    nowhere = decided(strict, known, evaluations)
    assert (nowhere.outcome, nowhere.error_probability) == ("inconclusive", None)


def biased(rows, *values):
    """Evaluations of the cells of `rows`, a success with each of so many final biases."""
    cells = dict.fromkeys(row["cell"] for row in rows)
    return [
        {"experiment": "sweeps", "cell": cell, "n": 100, "success": True, "final_bias": bias}
        for cell, biases in zip(cells, values, strict=True)
        for bias in biases
    ]


def test_noise_is_quiet_below_a_bias_or_not_by_each_nets_own():
    """sigma = 0.1 at k = 10: p = 10 Phi(-5 b) is 0.1 at b = 0.465, and 5 at b = 0."""
    rows = sweep(lambda k: 100.0, ks=(10,))
    for biases, holds in ((((0.47, 0.6),), True), (((0.46, 0.6),), False), (((),), None)):
        own = biased(rows, *biases)
        found = quiet_below_bias(0.1)(rows[0], own)
        assert found.holds is holds
    failed = [*biased(rows, (0.5,)), {**biased(rows, (0.0,))[0], "success": False}]
    assert quiet_below_bias(0.1)(rows[0], failed).holds
    assert quiet_below_bias(0.1)(rows[0], biased(rows, (0.0, 0.5))).text.endswith("above 0.1 in 1 of 2 nets")


@pytest.mark.parametrize(
    ("biases", "expected"),
    [
        (((0.9,), (0.9,), (0.9,)), "reproduced"),
        (((0.9,), (0.1, 0.9), ()), "contradicted"),
        (((0.9,), (0.9,), ()), "inconclusive"),
    ],
)
def test_a_condition_has_to_hold_for_every_net_at_every_size(biases, expected):
    rows = sweep(lambda k: 100.0)
    rule = ConditionHolds(condition=quiet_below_bias(0.1), words="quiet", model="lcn")
    verdict = decided(rule, rows, biased(rows, *biases))
    if expected == "inconclusive":
        assert verdict.outcome in ("inconclusive", "not run")
    else:
        assert verdict.outcome == expected
    assert len(verdict.evidence) == 3
    assert decided(dataclasses.replace(rule, model="cnn"), rows).outcome == "not run"


# Targets never reached


@pytest.mark.parametrize(
    ("reaching", "expected"),
    [((), "reproduced"), ((10,), "inconclusive"), ((10, 20, 30), "contradicted")],
)
def test_a_target_that_is_never_reached(reaching, expected):
    rows = sweep(lambda k: 50.0 if k in reaching else 5000.0, n_max=1000)
    rule = NeverReaches(where={"model": "lcn", "protocol": "honest"})
    verdict = decided(rule, rows)
    assert verdict.outcome == expected
    assert f"{5 * len(reaching)} of 15 seeds" in verdict.summary
    assert verdict.evidence[-1].text.endswith("up to n = 1000") == (30 not in reaching)
    assert decided(rule, []).outcome == "not run"


def test_four_seeds_that_all_fail_are_too_few_to_say_never():
    rows = [row for row in sweep(lambda k: 5000.0, n_max=1000) if row["seed"] < 4]
    verdict = decided(NeverReaches(where={"model": "lcn"}), rows)
    assert (verdict.outcome, verdict.error_probability) == ("inconclusive", 0.5**4)


def test_rows_are_chosen_by_columns_and_by_fields_of_their_pieces():
    near, far = ({"name": "scaled_gradient_descent", "scale": scale} for scale in (1.0, 8.0))
    sizes = {"k": 6, "d": 6, "sigma": 0.1}
    cells = [
        cell_rows("lazy-rich", "honest", "wide_cnn", **sizes, learner=learner) for learner in (near, far)
    ]
    unknown = [row | {"config": None} for row in cells[1]]
    rows = [*cells[0], *cells[1], *unknown, *cell_rows("lazy-rich", "honest", "cnn", **sizes)]
    assert matching(rows, {"learner.scale": 8.0}) == cells[1]
    assert matching(rows, {"learner.scale": (1.0, 8.0), "model": "wide_cnn"}) == cells[0] + cells[1]
    assert matching(rows, {"learner.init_bias": ((0.0,),), "learner.scale": 1.0}) == cells[0]
    assert matching(rows, {"learner.scale": None}) == rows[-len(cells[0]) :]
    with pytest.raises(InputError, match=r"learner\.scail"):
        matching(rows, {"learner.scail": 8.0})
    assert in_words({"model": "wide_cnn", "learner.scale": (1.0, 8.0)}) == (
        "model = wide_cnn, learner.scale = 1 or 8"
    )


@pytest.mark.parametrize(("sizes", "expected"), [("every", "not run"), ("typical", "reproduced")])
def test_a_ratio_at_every_size_waits_for_every_cell(sizes, expected):
    rows = sweep(lambda k: 50.0 * k) + sweep(lambda k: 10.0 * k, model="cnn")
    rule = RatioWithin(above="lcn", below="cnn", low=2.0, high=math.inf, sizes=sizes, along=("k",))
    complete = tables(rows)
    assert decide(claim(rule), complete).outcome == "reproduced"
    partly = dataclasses.replace(complete, missing={**complete.missing, "sweeps": ("dsd k=99",)})
    assert decide(claim(rule), partly).outcome == expected
