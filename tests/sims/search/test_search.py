"""The search: what it evaluates, what it brackets, and what it says of censored and contradictory curves."""

import itertools
import threading
import time

import pytest

from sims.pieces import build, describe
from sims.pieces.errors import InputError
from sims.search import Bisection, Grid, Outcome, Threshold, run_search


def drive(search, success):
    """Run the state machine of one seed on `success(n)`; the threshold and what was evaluated."""
    state, evaluated = search.start_state(), []
    while (n := search.propose(state)) is not None:
        evaluated.append(n)
        state = search.observe(state, n, success(n))
    return search.threshold(state), evaluated


@pytest.mark.parametrize(
    ("n_min", "n_max", "ratio"), [(1, 1000, 1.05), (5, 2000, 1.05), (7, 7, 1.5), (3, 50, 2.0)]
)
def test_grid_runs_from_n_min_to_n_max_in_steps_of_at_most_the_ratio_or_one(n_min, n_max, ratio):
    grid = Bisection(n_min=n_min, n_max=n_max, ratio=ratio).grid()
    assert grid[0] == n_min
    assert grid[-1] == n_max
    for a, b in itertools.pairwise(grid):
        assert a < b <= max(a + 1, ratio * a)


@pytest.mark.parametrize("confirm", [0, 1])
@pytest.mark.parametrize("start", [None, 40, 900, 1000])
def test_every_step_is_bracketed_by_neighbouring_grid_points(confirm, start):
    search = Bisection(n_min=5, n_max=1000, start=start, confirm=confirm)
    grid = search.grid()
    for tau in range(6, 1000, 7):
        threshold, evaluated = drive(search, lambda n, tau=tau: n >= tau)
        assert threshold.low < tau <= threshold.high
        assert grid.index(threshold.high) == grid.index(threshold.low) + 1
        assert threshold.censored == "none"
        assert threshold.monotone
        assert len(evaluated) == len(set(evaluated)) <= 17
        assert set(evaluated) <= set(grid)


@pytest.mark.parametrize("search", [Bisection(n_min=5, n_max=1000), Grid(ns=(5, 50, 1000))])
def test_censoring_on_both_sides_is_reported(search):
    assert drive(search, lambda n: True)[0] == Threshold(0, 5, "left", True)
    assert drive(search, lambda n: False)[0] == Threshold(1000, None, "right", True)


def test_search_doubles_before_it_bisects():
    _, evaluated = drive(Bisection(n_min=10, n_max=1000, ratio=1.01, confirm=0), lambda n: n >= 100)
    assert evaluated[:2] == [10, 20]
    assert evaluated[2] in (40, 41)
    assert max(evaluated) < 170


def test_confirmation_finds_a_lucky_success_and_resumes_above_it():
    def success(n):
        return n == 20 or n >= 100

    sure = Bisection(n_min=5, n_max=1000, confirm=1)
    threshold, evaluated = drive(sure, success)
    assert threshold.low < 100 <= threshold.high
    assert not threshold.monotone
    assert 20 in evaluated
    hasty, _ = drive(Bisection(n_min=5, n_max=1000, confirm=0), success)
    assert hasty.high == 20
    assert hasty.monotone


def test_confirmation_finds_an_unlucky_failure_and_resumes_below_it():
    def success(n):
        return n >= 100 and not 160 <= n <= 175

    threshold, _ = drive(Bisection(n_min=5, n_max=1000, confirm=1, ratio=1.05), success)
    assert threshold.low < 100 <= threshold.high
    assert not threshold.monotone


def test_contradictions_on_both_sides_leave_the_bracket_where_it_is():
    state_of = {n: n >= 100 for n in range(1, 1001)}
    search = Bisection(n_min=5, n_max=1000, confirm=1)
    state = search.start_state()
    while not state.checks:
        n = search.propose(state)
        state = search.observe(state, n, state_of[n])
    bracket = (state.low, state.high)
    above, below = state.checks
    assert above == pytest.approx(1.25 * bracket[1], rel=0.04)
    assert below == pytest.approx(bracket[0] / 1.25, rel=0.04)
    state = search.observe(search.observe(state, above, False), below, True)
    assert search.propose(state) is None
    assert search.threshold(state) == Threshold(*bracket, "none", False)


def test_grid_threshold_is_where_all_larger_n_succeed():
    threshold, evaluated = drive(Grid(ns=(10, 20, 30, 40, 50)), lambda n: n in (20, 40, 50))
    assert threshold == Threshold(30, 40, "none", False)
    assert evaluated == [10, 20, 30, 40, 50]


def test_machines_are_pure_and_refuse_an_outcome_nobody_asked_for():
    for search in (Bisection(n_min=5, n_max=1000), Grid(ns=(1, 2))):
        state = search.start_state()
        search.observe(state, search.propose(state), True)
        assert state == search.start_state()
        with pytest.raises(ValueError, match="proposed"):
            search.observe(state, 999, True)
        with pytest.raises(ValueError, match="not ended"):
            search.threshold(state)


def test_seeds_are_driven_side_by_side_and_independently():
    taus = {3: 40, 1: 700, 8: 2}
    rounds = []

    def evaluate(requests):
        rounds.append(requests)
        return [Outcome(seed, n, n >= taus[seed], risk=1 / n, trainings=9) for seed, n in requests]

    search = Bisection(n_min=5, n_max=1000)
    results = run_search(search, evaluate, (3, 1, 8))
    assert [result.seed for result in results] == [3, 1, 8]
    assert rounds[0] == [(3, 5), (1, 5), (8, 5)]
    for result in results:
        alone, evaluated = drive(search, lambda n, seed=result.seed: n >= taus[seed])
        assert result.threshold == alone
        assert [outcome.n for outcome in result.outcomes] == evaluated
        assert all(outcome.trainings == 9 for outcome in result.outcomes)
    assert results[2].threshold.censored == "left"
    assert len(rounds) == max(len(result.outcomes) for result in results)


def test_an_evaluator_that_answers_other_requests_is_refused():
    with pytest.raises(ValueError, match="do not match"):
        run_search(Bisection(n_min=5, n_max=9), lambda requests: [Outcome(0, 6, True)], (0,))
    with pytest.raises(InputError, match="seeds"):
        run_search(Bisection(n_min=5, n_max=9), lambda requests: [], (1, 1))


@pytest.mark.parametrize(
    ("option", "fields"),
    [
        ("n_min", {"n_min": 0, "n_max": 9}),
        ("n_min", {"n_min": 1.5, "n_max": 9}),
        ("n_max", {"n_min": 5, "n_max": 4}),
        ("n_max", {"n_min": 5, "n_max": 10**14}),
        ("ratio", {"n_min": 5, "n_max": 9, "ratio": 1.0}),
        ("ratio", {"n_min": 5, "n_max": 9, "ratio": float("nan")}),
        ("start", {"n_min": 5, "n_max": 9, "start": 10}),
        ("confirm", {"n_min": 5, "n_max": 9, "confirm": 2}),
    ],
)
def test_bad_fields_of_a_bisection_are_named(option, fields):
    with pytest.raises(InputError) as error:
        Bisection(**fields)
    assert error.value.option == option


@pytest.mark.parametrize("ns", [(), (3, 3), (0, 1), (2, 1), [1, 2]])
def test_bad_lists_of_n_are_refused(ns):
    with pytest.raises(InputError, match="ns"):
        Grid(ns=ns)


def test_searches_survive_a_round_trip_through_their_description():
    for search in (Bisection(n_min=5, n_max=1000, start=7), Grid(ns=(1, 2, 30))):
        assert build("search", describe(search)) == search


def test_seeds_at_their_own_pace_give_the_same_results_as_in_lock_step():
    """Slow seeds hold nobody up: the fast seed's searches end while the slow one is still at its first n."""
    search = Bisection(n_min=2, n_max=500, confirm=1)
    taus = {4: 9, 0: 300, 7: 41}
    released, order = threading.Event(), []

    def evaluate(requests):
        ((seed, n),) = requests
        if seed == 0 and not order.count(4) > 3:
            assert released.wait(10)
        order.append(seed)
        if order.count(4) > 3:
            released.set()
        return [Outcome(seed, n, n >= taus[seed], 0.0, 1, 1, {})]

    def lock_step(requests):
        return [Outcome(seed, n, n >= taus[seed], 0.0, 1, 1, {}) for seed, n in requests]

    paced = run_search(search, evaluate, tuple(taus), lock_step=False)
    assert paced == run_search(search, lock_step, tuple(taus))


def test_a_seed_that_fails_stops_the_others_and_its_error_is_raised():
    evaluations = []

    def evaluate(requests):
        ((seed, n),) = requests
        evaluations.append(seed)
        if seed == 1:
            raise ArithmeticError("seed 1")
        time.sleep(0.02)
        return [Outcome(seed, n, n >= 400, 0.0, 1, 1, {})]

    with pytest.raises(ArithmeticError, match="seed 1"):
        run_search(Bisection(n_min=2, n_max=500), evaluate, (0, 1), lock_step=False)
    assert evaluations.count(0) < 5
