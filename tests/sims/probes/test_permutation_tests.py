"""Permutation tests: against enumeration of all splits, their level, and what they see."""

import itertools

import numpy as np
import pytest
from scipy.stats import binom

from sims.pieces.errors import InputError
from sims.probes.limits.permutation_tests import energy_p_value, means_p_value

TESTS = pytest.mark.parametrize("test", [energy_p_value, means_p_value])


def energy(first, second):
    """2 E|X-Y| - E|X-X'| - E|Y-Y'|, by loops over pairs."""

    def mean(one, other):
        return np.mean([np.linalg.norm(x - y) for x in one for y in other])

    return 2 * mean(first, second) - mean(first, first) - mean(second, second)


def largest_difference(first, second):
    pooled = np.concatenate([first, second])
    return np.max(np.abs(first.mean(0) - second.mean(0)) / pooled.std(0))


@pytest.mark.parametrize(
    ("test", "statistic"), [(energy_p_value, energy), (means_p_value, largest_difference)]
)
def test_small_sets_get_the_p_value_of_all_splits(test, statistic):
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((3, 2)), rng.standard_normal((4, 2)) + 1
    pooled = np.concatenate([first, second])
    values = []
    for chosen in itertools.combinations(range(7), 3):
        others = [i for i in range(7) if i not in chosen]
        values.append(statistic(pooled[list(chosen)], pooled[others]))
    expected = np.mean(np.array(values) >= statistic(first, second) * (1 - 1e-9))
    assert test(first, second, rng) == pytest.approx(expected)


@TESTS
def test_of_equal_laws_a_tenth_is_rejected_at_a_tenth(test):
    """p <= 0.1 has probability at most 0.1, whatever the law: here heavy-tailed. Band at 1e-6 a side."""
    rng = np.random.default_rng(1)
    p_values = [
        test(rng.standard_cauchy((8, 3)), rng.standard_cauchy((8, 3)), rng, permutations=99)
        for _ in range(400)
    ]
    rejected = np.sum(np.array(p_values) <= 0.1)
    assert binom.ppf(1e-6, 400, 0.1) <= rejected <= binom.isf(1e-6, 400, 0.1)


def test_the_energy_distance_sees_a_difference_of_spread_alone():
    rng = np.random.default_rng(2)
    first, second = rng.standard_normal((60, 2)), 3 * rng.standard_normal((60, 2))
    assert energy_p_value(first, second, rng) < 1e-3


def test_the_largest_mean_sees_one_column_of_many():
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal((60, 300)), rng.standard_normal((60, 300))
    second[:, 17] += 1.5
    assert means_p_value(first, second, rng) < 1e-3


@TESTS
def test_columns_that_never_change_say_nothing(test):
    rng = np.random.default_rng(4)
    assert test(np.ones((8, 2)), np.ones((8, 2)), rng) == 1


@TESTS
@pytest.mark.parametrize(
    ("first", "second", "option"),
    [
        (np.ones((1, 2)), np.ones((8, 2)), "first"),
        (np.ones((8, 2)), np.ones((8, 3)), "second"),
        (np.ones((8, 2)), np.full((8, 2), np.nan), "second"),
    ],
)
def test_bad_draws_are_named(test, first, second, option):
    with pytest.raises(InputError) as caught:
        test(first, second, np.random.default_rng(5))
    assert caught.value.option == option
