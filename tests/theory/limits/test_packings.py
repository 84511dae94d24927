"""Packings and their sizes, and the Fano bound that uses them."""

import itertools
import math

import numpy as np
import pytest
import sympy as sp
from scipy.special import comb

from tests.theory.slow import BAND
from theory.derivations import lower_bounds as derivations
from theory.dsd.required_alignment import least_risk
from theory.limits.fano import decodable_alignment, fano_bound, smallest_useful_dimension
from theory.limits.lower_bounds import information_bound, oracle_bound
from theory.limits.packings import (
    Packing,
    binary_exponent,
    cross_polytope,
    gilbert_varshamov_size,
    greedy_packing,
    linear_code_packing,
    log_binary_code_size,
    log_gilbert_varshamov,
)
from theory.sphere import cap, log_cap

INNER = (0.05, 0.2, 0.5, 0.9)


def packings():
    rng = np.random.default_rng(0)
    return [
        (cross_polytope(7), 0.0),
        (linear_code_packing(64, 0.5, 8, rng), 0.5),
        (linear_code_packing(100, 0.4, 6, rng), 0.4),
        (greedy_packing(5, 0.3, 300, rng), 0.3),
    ]


@pytest.mark.parametrize(
    ("packing", "inner_product"), packings(), ids=lambda value: getattr(value, "source", None)
)
def test_packings_keep_their_distance(packing, inner_product):
    gram = packing.points @ packing.points.T
    largest = max(gram[i, j] for i, j in itertools.combinations(range(packing.size), 2))
    assert largest <= inner_product + 1e-12
    assert packing.inner_product == pytest.approx(largest, abs=1e-12)
    np.testing.assert_allclose(np.linalg.norm(packing.points, axis=1), 1.0, atol=1e-12)


def test_sizes_of_explicit_packings():
    assert cross_polytope(7).size == 14
    code = linear_code_packing(64, 0.5, 8, np.random.default_rng(1))
    assert code.size == 256
    assert len(np.unique(code.points, axis=0)) == 256
    assert greedy_packing(2, 0.0, 500, np.random.default_rng(2)).size in (2, 3, 4)
    with pytest.raises(ValueError, match=r"^bits:"):
        linear_code_packing(10, 0.0, 8, np.random.default_rng(3), attempts=5)
    with pytest.raises(ValueError, match=r"^points:"):
        Packing(points=np.array([[1.0, 0.0], [0.5, 0.0]]), source="not unit")


def test_a_packing_that_cannot_grow_has_at_least_the_gilbert_varshamov_size():
    """The caps about its points cover the sphere: no uniform point is far from all of them."""
    rng, inner_product = np.random.default_rng(4), 0.4
    packing = greedy_packing(4, inner_product, 20_000, rng)
    assert packing.size >= gilbert_varshamov_size(4, inner_product)
    probe = rng.normal(size=(5000, 4))
    probe /= np.linalg.norm(probe, axis=1, keepdims=True)
    assert ((probe @ packing.points.T).max(axis=1) <= inner_product).mean() < 0.01


def test_gilbert_varshamov_sizes():
    assert gilbert_varshamov_size(3, 0.5) == 4
    assert gilbert_varshamov_size(2, math.cos(0.1)) == math.ceil(math.pi / 0.1)
    assert log_gilbert_varshamov(400, 0.9) == pytest.approx(-float(log_cap(400, 0.9)))


@pytest.mark.parametrize("inner_product", INNER)
def test_log_size_is_at_least_half_the_square_of_the_inner_product_a_dimension(inner_product):
    for dimension in (1, 2, 5, 20, 100, 1000, 100_000):
        floor = 0.5 * inner_product**2 * dimension
        assert log_gilbert_varshamov(dimension, inner_product) >= floor
        assert (
            log_binary_code_size(min(dimension, 5000), inner_product)
            >= 0.5 * inner_product**2 * min(dimension, 5000) - 1e-9
        )
    # And of that order: between the exponent of the sphere and the floor.
    large = log_gilbert_varshamov(100_000, inner_product) / 100_000
    assert large == pytest.approx(-0.5 * math.log(1 - inner_product**2), rel=0.06)


@pytest.mark.parametrize("inner_product", INNER)
def test_binary_codes_have_the_exponent_of_the_relative_distance(inner_product):
    exponent = binary_exponent(inner_product)
    derived, series = derivations.binary_exponent()
    assert exponent == pytest.approx(float(derived.subs(derivations.COSINE, inner_product)), rel=1e-10)
    assert exponent >= float(series.subs(derivations.COSINE, inner_product)) - 1e-12
    assert sp.expand(series - derivations.COSINE**2 / 2 - derivations.COSINE**4 / 12) == 0
    for dimension in (10, 200, 4000):
        assert log_binary_code_size(dimension, inner_product) >= dimension * exponent - 1e-6
    assert log_binary_code_size(4000, inner_product) / 4000 == pytest.approx(exponent, abs=2e-3)
    distance = (1 - inner_product) / 2
    assert 0 < distance < 0.5 < 1 < 1 / inner_product


def test_binary_code_size_counts_a_hamming_ball():
    ball = sum(comb(12, j, exact=True) for j in range(3))
    assert log_binary_code_size(12, 0.5) == pytest.approx(math.log(2**12 / ball), rel=1e-12)


def test_nearest_point_is_right_from_the_decodable_alignment_on_and_not_before():
    rng = np.random.default_rng(6)
    packing = linear_code_packing(24, 0.5, 5, rng)
    alignment = decodable_alignment(packing.inner_product)
    rest = rng.normal(size=(4000, 24))
    points = packing.points[rng.integers(packing.size, size=4000)]
    rest -= np.sum(rest * points, axis=1, keepdims=True) * points
    rest /= np.linalg.norm(rest, axis=1, keepdims=True)
    vectors = (alignment + 1e-9) * points + math.sqrt(1 - (alignment + 1e-9) ** 2) * rest
    nearest = packing.points[np.argmax(vectors @ packing.points.T, axis=1)]
    np.testing.assert_array_equal(nearest, points)
    # Halfway between two points at the largest inner product, the cosine is just this.
    gram = packing.points @ packing.points.T
    i, j = np.argwhere(np.abs(gram - packing.inner_product) < 1e-12)[0]
    halfway = packing.points[i] + packing.points[j]
    assert packing.points[i] @ halfway / np.linalg.norm(halfway) == pytest.approx(alignment, rel=1e-12)


def test_fano_bound_of_the_cnn_by_hand():
    k, d, sigma, inner_product = 5, 40, 0.5, 0.4
    target = float(least_risk(k, sigma, 0.9))
    log_m = -math.log(float(cap(d, inner_product)))
    information = 0.5 * log_m - math.log(2)
    n = sigma**2 * d * (math.exp(2 * information / d) - 1)
    bound = fano_bound("cnn", k, d, sigma, target, inner_product=inner_product)
    assert bound.n == pytest.approx(n, rel=1e-10)
    # To first order n / (2 sigma^2) = information, the bound that uses the divergence itself.
    assert n >= 2 * sigma**2 * information
    # Nothing where the target does not decode the packing.
    loose = decodable_alignment(inner_product) - 0.01
    assert (
        fano_bound("cnn", k, d, sigma, float(least_risk(k, sigma, loose)), inner_product=inner_product).n == 0
    )


def test_fano_bound_of_the_lcn_and_the_fcn_by_hand():
    k, d, sigma, inner_product = 6, 60, 0.4, 0.3
    target = float(least_risk(k, sigma, 0.95))
    alignment = math.sqrt(0.65)
    missed, best = float(least_risk(k, sigma, alignment)), float(least_risk(k, sigma, 1.0))
    share = 0.5 * (1 - (target - best) / (missed - best))
    information = share * -math.log(float(cap(d, inner_product))) - math.log(2)
    n = k * sigma**2 * d * (math.exp(2 * information / d) - 1)
    assert n > 0
    bound = fano_bound("lcn", k, d, sigma, target, inner_product=inner_product)
    assert bound.n == pytest.approx(n, rel=1e-9)
    dimension = k * d - k + 1
    information = 0.25 * (-math.log(float(cap(dimension, 0.5))) - math.log(2 * k)) - math.log(2)
    n = k * sigma**2 * dimension * (math.exp(2 * information / dimension) - 1)
    bound = fano_bound("fcn", k, d, sigma, inner_product=0.5)
    assert bound.n == pytest.approx(n, rel=1e-9)
    assert bound.alignment == pytest.approx(math.sqrt(0.75), rel=1e-12)


def test_fano_with_an_explicit_packing():
    packing = linear_code_packing(48, 0.5, 10, np.random.default_rng(7))
    k, sigma = 4, 0.6
    target = float(least_risk(k, sigma, decodable_alignment(packing.inner_product) + 0.01))
    bound = fano_bound(
        "cnn", k, 48, sigma, target, inner_product=packing.inner_product, log_size=math.log(packing.size)
    )
    needed = 0.5 * math.log(1024) - math.log(2)
    assert bound.information == pytest.approx(needed, rel=1e-12)
    assert bound.n == pytest.approx(sigma**2 * 48 * math.expm1(2 * needed / 48), rel=1e-12)


def test_fano_never_exceeds_the_bounds_without_a_packing():
    for k, d, sigma in [(4, 30, 0.3), (10, 200, 0.2), (3, 400, 0.5)]:
        target = float(least_risk(k, sigma, 0.92))
        for architecture in ("cnn", "lcn"):
            told = information_bound(architecture, k, d, sigma, target).n
            shown = oracle_bound(architecture, k, d, sigma, target).n
            fano = [
                fano_bound(architecture, k, d, sigma, target, inner_product=c).n
                for c in (0.0, 1e-3, 0.2, 0.5, 0.65)
            ]
            assert 0 < max(fano) <= told <= shown


def test_nearest_point_decoding_of_a_mean_fails_more_often_than_fano_allows_below_its_bound():
    """The best decoder of the packing, at the n of the bound: it is right less than half the time."""
    rng, d, sigma, draws = np.random.default_rng(8), 32, 1.0, 4000
    packing = linear_code_packing(d, 0.5, 8, rng)
    target = float(least_risk(1, sigma, decodable_alignment(packing.inner_product) + 0.01))
    bound = fano_bound(
        "cnn", 1, d, sigma, target, inner_product=packing.inner_product, log_size=math.log(256)
    )
    n = math.floor(bound.n)
    assert n >= 2
    truth = rng.integers(256, size=draws)
    mean = packing.points[truth] + sigma / math.sqrt(n) * rng.normal(size=(draws, d))
    right = (np.argmax(mean @ packing.points.T, axis=1) == truth).mean()
    assert right < 0.5 - BAND * 0.5 / math.sqrt(draws)


def test_the_published_constant_of_the_lcn_needs_half_a_million_dimensions():
    dimension = smallest_useful_dimension(1e-3)
    assert 400_000 < dimension < 500_000
    # cap(D, c) = 1/4, by the normal quarter quantile 0.6745 of sqrt(D) <u, v>.
    assert dimension == pytest.approx((0.6744897501960817 / 1e-3) ** 2, rel=1e-3)
    assert -0.5 * log_cap(dimension, 1e-3) > math.log(2) >= -0.5 * log_cap(dimension - 1, 1e-3)
    assert smallest_useful_dimension(0.5) <= 5
    # The lemma's log M >= c^2 N / 2 alone would need six times as many.
    assert 4 * math.log(2) / 1e-6 > 6 * dimension


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: log_gilbert_varshamov(3, 1.0), "inner_product"),
        (lambda: decodable_alignment(-0.1), "inner_product"),
        (lambda: fano_bound("fcn", 3, 4, 0.2, 0.1, inner_product=0.5), "target"),
        (lambda: fano_bound("cnn", 3, 4, 0.2, inner_product=0.5), "target"),
        (lambda: smallest_useful_dimension(1.0), "inner_product"),
        (lambda: cross_polytope(0), "dimension"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
