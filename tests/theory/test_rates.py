"""The claims as data: values worked out by hand, slopes by finite differences, and bad input."""

import dataclasses
import math

import numpy as np
import pytest

from theory.rates import CLAIMS
from theory.rates import D as D_SYMBOL
from theory.rates import K as K_SYMBOL

K, D, SIGMA = 12, 30, 0.2
LOG = math.log(K * D)
VALUES = {
    "FCN-low": (0.04 * 144 * 30, 0.04 * 144 * 30),
    "LCN-up": (0.04 * 12 * 42 * LOG, 0.04 * 12 * 42),
    "LCN-low": (0.04 * 12 * 30, 0.04 * 12 * 30),
    "CNN-up": (0.04 * 42 * LOG, 0.04 * 42),
    "FCN-oracle": (0.04 * 144 * 30, 0.04 * 144 * 30),
    "LCN-oracle": (0.04 * 12 * 30, 0.04 * 12 * 30),
    "CNN-oracle": (0.04 * 30, 0.04 * 30),
    "LCN-gap": (42 * LOG / 30, 42 / 30),
    "FCN/LCN": (360 / (42 * LOG), 360 / 42),
    "LCN/CNN": (360 / (42 * LOG), 360 / 42),
}
EACH = pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)


def test_every_claim_has_a_value_worked_out_by_hand():
    assert set(CLAIMS) == set(VALUES)
    assert all(key == claim.id for key, claim in CLAIMS.items())


@EACH
def test_a_claim_evaluates_to_its_formula(claim):
    assert claim.evaluate(K, D, SIGMA) == pytest.approx(VALUES[claim.id][0], rel=1e-12)
    assert claim.evaluate(K, D, SIGMA, log=False) == pytest.approx(VALUES[claim.id][1], rel=1e-12)


@EACH
@pytest.mark.parametrize("log", [True, False])
def test_exponents_are_the_slopes_on_log_log_axes(claim, log):
    point = np.array([K, D, SIGMA])
    slopes = []
    for i in range(3):
        step = np.ones(3)
        step[i] = math.exp(1e-5)
        up, down = claim.evaluate(*(point * step), log=log), claim.evaluate(*(point / step), log=log)
        slopes.append((math.log(up) - math.log(down)) / 2e-5)
    exponents = claim.exponents(K, D, SIGMA, log=log)
    np.testing.assert_allclose([exponents.k, exponents.d, exponents.sigma], slopes, atol=1e-8)


def test_oracle_estimators_separate_the_architectures_by_one_power_of_k_each():
    slopes = {name: CLAIMS[f"{name}-oracle"].exponents(20, 20, 0.1) for name in ("CNN", "LCN", "FCN")}
    assert [(s.k, s.d, s.sigma) for s in slopes.values()] == [(0, 1, 2), (1, 1, 2), (2, 1, 2)]


def test_the_proven_factors_are_quotients_of_the_theorems():
    for ratio, top, bottom in [
        ("LCN-gap", "LCN-up", "LCN-low"),
        ("FCN/LCN", "FCN-low", "LCN-up"),
        ("LCN/CNN", "LCN-low", "CNN-up"),
    ]:
        for log in (True, False):
            quotient = CLAIMS[top].evaluate(7, 9, 0.3, log=log) / CLAIMS[bottom].evaluate(7, 9, 0.3, log=log)
            assert CLAIMS[ratio].evaluate(7, 9, 0.3, log=log) == pytest.approx(quotient, rel=1e-12)
    # Without its logarithm the factor kd / (k + d) lies between min(k, d) / 2 and min(k, d).
    for k, d in [(5, 50), (50, 5), (20, 20)]:
        assert min(k, d) / 2 <= CLAIMS["LCN/CNN"].evaluate(k, d, 0.1, log=False) <= min(k, d)


def test_with_noise_scaled_by_one_over_root_k_the_rates_lose_one_power_of_k():
    for claim in CLAIMS.values():
        scaled = claim.at_scaled_noise()
        assert scaled.evaluate(K, D, SIGMA) == pytest.approx(
            claim.evaluate(K, D, SIGMA / math.sqrt(K)), rel=1e-12
        )
        assert scaled.trust == "derived"
    assert CLAIMS["CNN-up"].at_scaled_noise().evaluate(K, D, 1.0, log=False) == pytest.approx(1 + D / K)


def test_arrays_broadcast_and_numbers_give_a_number():
    claim = CLAIMS["CNN-oracle"]  # does not depend on k, and still takes its shape
    assert claim.evaluate(np.arange(1, 4)[:, None], np.array([2, 3]), 0.5).shape == (3, 2)
    assert isinstance(claim.evaluate(2, 3, 0.5), float)


def test_only_the_upper_bounds_and_their_quotients_carry_a_logarithm():
    with_log = {name for name, claim in CLAIMS.items() if claim.rate != claim.rate_without_log}
    assert with_log == {"LCN-up", "CNN-up", "LCN-gap", "FCN/LCN", "LCN/CNN"}


def test_theorems_name_the_paper_and_the_rest_are_marked_derived():
    theorems = {name for name, claim in CLAIMS.items() if claim.trust == "theorem"}
    assert theorems == {"FCN-low", "LCN-up", "LCN-low", "CNN-up"}
    assert all("2403.15707" in CLAIMS[name].source for name in theorems)
    assert {claim.kind for name, claim in CLAIMS.items() if name not in theorems} == {"exact", "ratio"}
    assert any("b >= 0.01" in condition for condition in CLAIMS["FCN-low"].conditions)
    assert not any("sigma" in condition for condition in CLAIMS["LCN-low"].conditions)
    assert all("every filter has norm at most 1" in CLAIMS[name].conditions for name in theorems)


def test_floors_and_risks_are_the_printed_ones():
    """Formal statements in the appendix: 40k (FCN and LCN lower bounds), 80k ln(kd) (LCN upper), 10 (CNN
    upper); delta = 0.25e-2 in the lower bounds, "2.5 x 10^-3" in the proofs of the upper ones."""
    k, d = 7, 11
    floors = {
        name: float(CLAIMS[name].floor.subs({K_SYMBOL: k, D_SYMBOL: d}))
        for name in ("FCN-low", "LCN-up", "LCN-low", "CNN-up")
    }
    assert floors["FCN-low"] == floors["LCN-low"] == 40 * k
    assert floors["LCN-up"] == pytest.approx(80 * k * math.log(k * d))
    assert floors["CNN-up"] == 10
    assert {claim.delta for claim in CLAIMS.values() if claim.trust == "theorem"} == {0.0025}
    assert CLAIMS["CNN-oracle"].delta is None


def test_the_upper_bounds_are_their_floors_at_every_size_that_exists():
    """Proofs: n = max(2 sigma^2 k (k + d) ln(kd), 80 k ln(kd)), without the k and with 10 for the CNN, at
    100 sqrt(k ln(kd)^3) sigma <= 1."""
    k = 8
    for name, last, beyond in (("LCN-up", 6e10, 7e10), ("CNN-up", 1.6e8, 2e8)):
        for d, above in ((832, False), (last, False), (beyond, True)):
            sigma = 1 / (100 * math.sqrt(k * math.log(k * d) ** 3))
            floor = 80 * k * math.log(k * d) if name == "LCN-up" else 10
            printed = CLAIMS[name].printed(k, d, sigma)
            assert (printed > floor * (1 + 1e-12)) is above
    assert CLAIMS["LCN-up"].printed(8, 832, 1.0) == pytest.approx(2 * 8 * 840 * math.log(8 * 832))
    assert CLAIMS["LCN-low"].printed(6, 50, 10.0) == pytest.approx(100 * 300 / 6)
    assert CLAIMS["LCN-low"].printed(np.array([6, 7]), 50, 0.1).tolist() == [240, 280]
    with pytest.raises(ValueError, match=r"^constant: FCN-low leaves it open"):
        CLAIMS["FCN-low"].printed(6, 50, 0.1)
    assert CLAIMS["LCN-up"].at_scaled_noise().floor is None


def test_claims_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CLAIMS["LCN-up"].kind = "lower"
    with pytest.raises(TypeError):
        CLAIMS["new"] = CLAIMS["LCN-up"]


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ((0, 5, 0.1), "k"),
        ((5, 0.5, 0.1), "d"),
        ((5, 5, 0.0), "sigma"),
        ((5, 5, -0.1), "sigma"),
        ((float("nan"), 5, 0.1), "k"),
        ((5, "many", 0.1), "d"),
        ((1, 1, 0.1), "k"),
    ],
)
def test_bad_points_are_named(point, name):
    for method in (CLAIMS["LCN-up"].evaluate, CLAIMS["LCN-up"].exponents):
        with pytest.raises(ValueError, match=rf"^{name}: .*allowed: "):
            method(*point)


def test_one_sample_of_one_coordinate_is_fine_without_the_logarithm():
    assert CLAIMS["LCN-up"].evaluate(1, 1, 1.0, log=False) == 2.0
    assert CLAIMS["LCN-low"].evaluate(1, 1, 1.0) == 1.0


def test_exponents_want_one_point():
    with pytest.raises(ValueError, match=r"^d: got an array"):
        CLAIMS["LCN-up"].exponents(2, np.array([2, 3]), 0.1)
