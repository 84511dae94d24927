"""Counting bounds on packings, and the packing corollary of Lahoti et al. 2024 that they refute."""

import itertools
import math

import numpy as np
import pytest
import sympy as sp

from theory.derivations import packings as derivations
from theory.limits.packing_limits import log_corollary_size, log_half_weight_limit, log_packing_limit
from theory.limits.packings import cross_polytope, greedy_packing, linear_code_packing, log_gilbert_varshamov
from theory.sphere import log_cap


def largest_clique(compatible):
    """The most points that are pairwise compatible, by branch and bound over bit sets."""
    neighbours = [sum(1 << j for j in range(len(row)) if row[j]) for row in compatible]
    best = 0

    def grow(size, candidates):
        nonlocal best
        best = max(best, size)
        while candidates and size + candidates.bit_count() > best:
            point = candidates.bit_length() - 1
            candidates ^= 1 << point
            grow(size + 1, candidates & neighbours[point])

    grow(0, (1 << len(neighbours)) - 1)
    return best


def half_weight(dimension):
    ones = itertools.combinations(range(dimension), dimension // 2)
    return np.array([np.isin(np.arange(dimension), chosen) for chosen in ones], int)


@pytest.mark.parametrize(
    ("dimension", "inner_product", "largest"),
    [(4, 0.4, 2), (6, 0.3, 2), (6, 0.5, 4), (8, 0.2, 2), (8, 0.4, 2), (8, 0.5, 2), (8, 0.6, 14)],
)
def test_no_set_of_the_proofs_vectors_is_larger_than_the_limit(dimension, inner_product, largest):
    """Every set is tried. At N = 8 and products up to 1/2 the 14 blocks of the Steiner system S(3, 4, 8); as
    soon as 1/2 itself is forbidden, two vectors."""
    vectors = half_weight(dimension)
    overlaps = vectors @ vectors.T
    found = largest_clique(overlaps < inner_product * dimension / 2 - 1e-9)
    assert found == largest
    assert found <= math.floor(math.exp(log_half_weight_limit(dimension, inner_product)) + 1e-9)


def test_plotkins_bound_is_met_where_signs_add_up_to_zero():
    """A vector and its complement have overlap 0, and no third has that with both."""
    for dimension in (4, 8, 20, 2000):
        assert math.exp(log_half_weight_limit(dimension, 0.9 / dimension)) == pytest.approx(2)
    for dimension in (10, 50, 200):
        limit = math.exp(log_half_weight_limit(dimension, 0.5))
        assert limit <= dimension / 2 + 1 + 1e-9


@pytest.mark.parametrize(
    ("dimension", "inner_product", "size"),
    [
        (3, -0.5, 3),  # an equilateral triangle
        (3, -1 / 3, 4),  # the tetrahedron
        (3, 1 / math.sqrt(5), 12),  # the icosahedron
        (8, 0.5, 240),  # kissing numbers
        (24, 0.5, 196560),
        (5, 1 / 5, 16),
        (6, 1 / 4, 27),
        (22, 1 / 6, 275),  # the McLaughlin graph
        (23, 1 / 5, 552),
    ],
)
def test_known_packings_obey_the_limit(dimension, inner_product, size):
    assert math.log(size) <= log_packing_limit(dimension, inner_product) + 1e-9


@pytest.mark.parametrize(
    ("dimension", "inner_product", "size"),
    [(3, -0.5, 3), (3, -1 / 3, 4), (7, 0.0, 14), (22, 1 / 6, 275)],
)
def test_the_limit_is_exact_where_a_packing_meets_it(dimension, inner_product, size):
    assert math.exp(log_packing_limit(dimension, inner_product)) == pytest.approx(size)


def test_packings_made_here_obey_the_limit():
    rng = np.random.default_rng(0)
    made = [cross_polytope(9), linear_code_packing(64, 0.5, 8, rng), greedy_packing(6, 0.3, 400, rng)]
    for packing in made:
        limit = log_packing_limit(packing.points.shape[1], packing.inner_product)
        assert math.log(packing.size) <= limit + 1e-9
    for n, c in itertools.product((5, 30, 400), (0.0, 0.1, 0.5, 0.9)):
        assert log_gilbert_varshamov(n, c) <= log_packing_limit(n, c) + 1e-9


def test_the_cubic_polynomials_bound_is_derived_and_its_coefficients_have_the_right_sign():
    limit, needed = derivations.cubic_limit()
    n, c = derivations.DIMENSION, derivations.COSINE
    printed = n * (1 - c) * (2 + (n + 1) * c) / (1 - n * c**2)
    assert sp.simplify(limit - printed) == 0
    for dimension in (4, 22, 100, 5000):
        end = (math.sqrt(dimension + 3) - 1) / (dimension + 2)
        for cosine in np.linspace(0, end, 7):
            at = {n: dimension, c: float(cosine)}
            assert all(float(value.subs(at)) >= -1e-12 for value in needed.values())


def test_the_corollary_is_refuted_at_its_own_constants():
    """Appendix, corollary: "any constant c >= 2/N", ln |S| >= N. There are at most 411 vectors at N = 100."""
    assert math.exp(log_packing_limit(100, 2 / 100)) < 412
    for dimension, constant in ((100, 0.02), (100, 0.5), (2000, 1e-3), (20_000, 0.7)):
        assert constant >= 2 / dimension
        assert log_packing_limit(dimension, constant) < dimension
    # The LCN's packing, ln M >= 0.99 d at c = 10^-3 (appendix, bound on the static task).
    for dimension in (10, 100, 10_000, 1_000_000):
        assert log_packing_limit(dimension, 1e-3) < 0.99 * dimension
    # Its own vectors: two.
    for dimension in (900, 10_000, 1_000_000):
        assert math.exp(log_half_weight_limit(dimension, 1e-3)) == pytest.approx(2)


def test_caps_refute_the_corollary_below_one_minus_two_over_e_squared():
    """1 / sin(theta / 2) = e at cos theta = 1 - 2 / e^2 = 0.729, to leading order in N."""
    threshold = 1 - 2 / math.e**2
    for shift, refuted in ((-0.01, True), (0.01, False)):
        rate = log_packing_limit(200_000, threshold + shift) / 200_000
        assert (rate < 1) is refuted
    rate = -float(log_cap(200_000, math.sqrt(0.75))) / 200_000
    assert rate == pytest.approx(math.log(2), abs=1e-3)  # at c = 1/2, the FCN's: 0.3 a dimension is allowed


def test_the_printed_exponents_are_those_of_the_two_lower_bounds():
    """0.15 of the FCN (lemma on mean estimation, c = 1/2) and 0.99 of the LCN (c = 10^-3)."""
    assert math.floor(100 * log_corollary_size(1, 0.5)) / 100 == 0.15
    assert math.floor(100 * log_corollary_size(1, 1e-3)) / 100 == 0.99
    n, c = derivations.DIMENSION, derivations.COSINE
    assert sp.simplify(4 * derivations.massart_size() - (c * sp.log(c) - c + 1) * n) == 0


def test_the_fcns_packing_exists_once_its_radius_is_right():
    """Lemma on mean estimation: fixing half of the kd - k coordinates at 1/sqrt(kd - k) leaves the radius
    1/sqrt 2, where 1/2 is printed; a distance of 2 delta = 1/2 then asks for products <= 3/4 and not 1/2."""
    radius = math.sqrt(1 - 0.5)
    assert 1 - (2 * 0.25 / radius) ** 2 / 2 == pytest.approx(0.75)
    assert pytest.approx(0.5) == 1 - (2 * 0.25 / 0.5) ** 2 / 2
    k, d = 20, 20
    half = (k * d - k) // 2
    assert log_gilbert_varshamov(half, 0.75) > 0.15 * k * d
    assert log_gilbert_varshamov(half, 0.5) < 0.15 * k * d


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: log_packing_limit(0, 0.5), "dimension"),
        (lambda: log_packing_limit(5, 1.0), "inner_product"),
        (lambda: log_packing_limit(5, -1.1), "inner_product"),
        (lambda: log_half_weight_limit(5, 0.5), "dimension"),
        (lambda: log_half_weight_limit(6, 0.0), "inner_product"),
        (lambda: log_corollary_size(6, 0.0), "inner_product"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: .*allowed: "):
        call()
