"""Oracle mean estimators: exact errors against sums, integrals and drawn samples; their slopes."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from sims.pieces.errors import InputError
from sims.probes.limits.oracle_estimators import OracleEstimators, simulate_oracle_error
from tests.theory.slow import BAND
from theory.derivations import lower_bounds as derivations
from theory.limits.oracles import mean_inverse_count, oracle_error

ARCHITECTURES = ("cnn", "lcn", "fcn")


@pytest.mark.parametrize(("n", "k"), [(1, 3), (5, 2), (30, 7), (400, 20), (10, 1)])
def test_mean_inverse_count_is_its_integral(n, k):
    """1/N = int_0^1 u^{N-1} du turns the mean into one of the binomial's generating function."""
    p = 1 / k
    area = quad(lambda u: ((1 - p + p * u) ** n - (1 - p) ** n) / u, 0, 1, epsabs=1e-13, limit=200)[0]
    assert mean_inverse_count(n, k) == pytest.approx(area / (1 - (1 - p) ** n), rel=1e-8)


def test_mean_inverse_count_follows_the_derived_expansion():
    derived = derivations.oracle_error_expansion()
    for n, k in [(20_000, 10), (50_000, 4)]:
        value = float(derived.subs({derivations.SAMPLES: n, derivations.PATCHES: k}))
        assert mean_inverse_count(n, k) == pytest.approx(value, rel=3 * (k / n) ** 2)
        assert mean_inverse_count(n, k) != pytest.approx(k / n, rel=0.5 * k / n)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("n", "k", "d", "sigma"), [(6, 4, 3, 0.5), (40, 4, 5, 0.8), (200, 10, 2, 0.3)])
def test_error_is_what_drawn_samples_give(architecture, n, k, d, sigma):
    rng = np.random.default_rng(n)
    mean, error = simulate_oracle_error(architecture, k, d, sigma, n, 1500, rng)
    assert abs(mean - oracle_error(architecture, n, k, d, sigma).given_seen) <= BAND * error
    assert error < 0.1 * mean


def test_error_given_seen_is_the_sum_over_counts():
    n, k, d, sigma = 9, 3, 4, 0.7
    counts = np.arange(1, n + 1)
    share = stats.binom.pmf(counts, n, 1 / k)
    expected = sigma**2 * d * (share @ (1 / counts)) / share.sum()
    error = oracle_error("lcn", n, k, d, sigma)
    assert error.given_seen == pytest.approx(expected, rel=1e-12)
    assert error.unseen == pytest.approx((2 / 3) ** 9, rel=1e-12)
    assert error.overall == pytest.approx((2 / 3) ** 9 + (1 - (2 / 3) ** 9) * expected, rel=1e-12)
    assert oracle_error("fcn", n, k, d, sigma).given_seen == pytest.approx(k * expected, rel=1e-12)
    assert oracle_error("cnn", n, k, d, sigma).overall == pytest.approx(sigma**2 * d / n, rel=1e-12)


@pytest.mark.parametrize(
    ("architecture", "slopes"), [("lcn", (1, 1, 2)), ("fcn", (2, 1, 2)), ("cnn", (0, 1, 2))]
)
def test_slopes_in_patches_dimension_and_noise(architecture, slopes):
    """Of the exact error at n = 2000, fitted on logarithms; and of the leading form, exactly."""
    cells = list(itertools.product((4, 8, 16), (5, 10, 20), (0.1, 0.2, 0.4)))
    design = np.column_stack([np.log(np.array(cells)), np.ones(len(cells))])
    for field, tolerance in (("given_seen", 0.05), ("leading", 1e-9)):
        values = [getattr(oracle_error(architecture, 2000, *cell), field) for cell in cells]
        fitted = np.linalg.lstsq(design, np.log(values), rcond=None)[0][:3]
        np.testing.assert_allclose(fitted, slopes, atol=tolerance)


def test_leading_form_is_the_limit():
    for architecture in ARCHITECTURES:
        error = oracle_error(architecture, 10**6, 7, 3, 0.4)
        assert error.given_seen == pytest.approx(error.leading, rel=1e-5)
        assert error.unseen == pytest.approx(0.0, abs=1e-300)


def test_probe_measures_both_forms_and_repeats_itself():
    probe = OracleEstimators(architecture="fcn", k=3, d=4, sigma=0.3, n=50, repetitions=40)
    first, again = probe.measure(17), probe.measure(17)
    assert first == again
    assert [quantity.name for quantity in first] == ["squared_error", "scaled_error"]
    squared, scaled = first
    assert scaled.value == pytest.approx(50 / 0.09 * squared.value)
    assert scaled.predicted == pytest.approx(9 * 4)
    assert squared.predicted == pytest.approx(oracle_error("fcn", 50, 3, 4, 0.3).given_seen)
    assert probe.measure(18) != first


@pytest.mark.parametrize(
    ("field", "value"),
    [("architecture", "mlp"), ("k", 0), ("d", 0), ("n", 0), ("sigma", math.inf), ("repetitions", 1)],
)
def test_probe_names_bad_fields(field, value):
    fields = {"architecture": "lcn", "k": 3, "d": 4, "sigma": 0.3, "n": 50, "repetitions": 40, field: value}
    with pytest.raises(InputError, match=field):
        OracleEstimators(**fields)
    if field == "n":
        with pytest.raises(ValueError, match=r"^n:"):
            oracle_error("lcn", 0, 3, 4, 0.3)
