"""n* of learners that are no steps of one law: plateaus, dips, two modes, and those that have none.

Runs are those of `tests.coverage`, at fixed seeds. An interval of coverage 95 % holds n* in fewer than 34 of
40 runs once in 70 learners (binomial), which is the bar.
"""

import math

import numpy as np
import pytest
from scipy.stats import binom

from sims.pieces import describe
from sims.pieces.errors import InputError
from sims.search import Bisection, Outcome, run_search
from sims.search.estimate import _median_ranks, _two_groups
from sims.search.probit import settled, switch_range
from tests.coverage import LEARNERS, SPREAD, TRUTH, estimates, flagged, holds

RUNS = 40


@pytest.mark.parametrize(
    ("name", "seeds"),
    [
        ("log-normal", 5),
        ("skew", 10),
        ("35 % need 4 x", 10),
        ("10 % never", 10),
        ("plateau .7", 5),
        ("plateau .6", 10),
        ("dip", 3),
        ("dip", 10),
        ("fresh .3", 5),
    ],
)
def test_the_interval_holds_n_star(name, seeds):
    found = list(estimates(LEARNERS[name], seeds, RUNS))
    assert sum(holds(estimate, LEARNERS[name].n_star) for estimate in found) >= 34
    assert all(e.best is None or (e.low or 0) <= e.best <= (e.high or math.inf) for e in found)


@pytest.mark.parametrize(("name", "seeds", "flag"), [("dip", 10, "fall back"), ("plateau .7", 10, "plateau")])
def test_a_dip_and_a_plateau_are_called_so(name, seeds, flag):
    found = list(estimates(LEARNERS[name], seeds, 20))
    assert sum(flag in estimate.method for estimate in found) >= 15


@pytest.mark.parametrize("name", [name for name, learner in LEARNERS.items() if learner.steady])
def test_of_steady_learners_nothing_is_said(name):
    """At one in twenty, more than 4 of 20 happen once in 400."""
    assert sum(map(flagged, estimates(LEARNERS[name], 5, 20))) <= 4


def test_a_learner_that_never_reaches_one_half_has_no_best_value_and_no_upper_end():
    found = list(estimates(LEARNERS["plateau .4"], 10, 10))
    assert all(estimate.high is None for estimate in found)
    assert sum(estimate.best is None for estimate in found) >= 8


@pytest.mark.parametrize("start", [20, 500])
def test_where_a_search_starts_moves_a_dip_by_no_more_than_its_interval(start):
    here = estimates(LEARNERS["dip"], 5, 10, start=start)
    for one, other in zip(here, estimates(LEARNERS["dip"], 5, 10), strict=True):
        assert one.best is None or holds(other, one.best)


def test_planted_n_star_is_where_success_has_probability_one_half():
    """By 40,000 thresholds: of steps the median, of the others by their own chance at n*."""
    z = np.random.default_rng(0).standard_normal(40_000)
    log_tau = math.log(TRUTH) + SPREAD * z
    beyond = math.log(LEARNERS["dip"].n_star) - log_tau
    dipped = np.where((beyond > math.log(1.3)) & (beyond < math.log(2.2)), 0.1, beyond >= 0)
    assert np.mean(dipped) == pytest.approx(0.5, abs=0.01)
    for name, chance in (("plateau .9", 0.9), ("plateau .7", 0.7), ("plateau .6", 0.6)):
        below = np.mean(log_tau <= math.log(LEARNERS[name].n_star))
        assert chance * below == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("m", [2, 5, 6, 7, 10, 20, 31, 2000])
def test_ranks_leave_the_median_out_in_one_case_of_twenty_at_most(m):
    """Slow twin: the chance that fewer than r values lie below the median, on each side."""
    ranks = _median_ranks(m, 0.95)
    if ranks is None:
        assert 2 * binom.cdf(0, m, 0.5) > 0.05
        return
    low, high = ranks
    assert low + high == m + 1
    assert 2 * binom.cdf(low - 1, m, 0.5) <= 0.05 < 2 * binom.cdf(low, m, 0.5)


def test_two_groups_are_seen_by_their_gap():
    assert _two_groups([0.0, 0.1, 0.2, 0.3, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5])
    assert not _two_groups([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    assert not _two_groups([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 5.0])


def test_a_curve_that_falls_back_settles_above_its_last_failure():
    curve = [(10, False), (20, True), (40, False), (80, True)]
    assert settled(curve) == (40, 80)
    assert switch_range(curve) == (10, 80)
    assert settled([(10, True)]) == (0, 10)
    assert settled([(10, False)]) == (10, math.inf)


def test_points_further_out_are_looked_at_on_both_sides_and_only_if_asked_for():
    def asked(search):
        seen = []

        def evaluate(requests):
            seen.extend(n for _, n in requests)
            return [Outcome(seed, n, n >= 100) for seed, n in requests]

        run_search(search, evaluate, [0])
        return seen

    plain, wide = (asked(Bisection(n_min=5, n_max=2000, start=100, beyond=far)) for far in ((), (2.0, 4.0)))
    more = sorted(set(wide) - set(plain))
    assert len(more) == 4
    for n, wanted in zip(more, (25, 50, 200, 400), strict=True):
        assert n == pytest.approx(wanted, rel=0.12)
    assert "beyond" not in describe(Bisection(n_min=5, n_max=2000))


@pytest.mark.parametrize(
    "fields", [{"beyond": (1.0,)}, {"beyond": (2.0,), "confirm": 0}, {"beyond": (math.inf,)}]
)
def test_bad_looks_are_refused(fields):
    with pytest.raises(InputError, match="beyond"):
        Bisection(n_min=5, n_max=100, **fields)
