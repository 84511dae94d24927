"""Numbers of the proofs of the upper bounds: Lahoti et al. 2024, appendices LCN and CNN Upper Bound."""

import math

import pytest

from theory.two_step.upper_bounds import (
    ALIGNMENT,
    FIRST_ALIGNMENT,
    RISK,
    alignment_scale,
    largest_noise,
    published_constants,
    smallest_patch,
    sufficient_samples,
)


def test_constants_of_the_lcn_are_those_of_its_algorithm_definition():
    """Appendix LCN Upper Bound: "eta_1 = 1, eta_2 = k x 10^3", b_1 over 32, "b_2 = 10^-4"."""
    constants = published_constants("lcn", 50, 20)
    assert constants.eta_1 == 1
    assert constants.eta_2 == 50_000
    # (1 / 32) sqrt(70 ln(1000) / 1000) by hand: ln 1000 = 6.907755279, sqrt(.4835428695) = .6953724...
    assert constants.bias_1 == pytest.approx(0.695372468 / 32, rel=1e-8)
    assert constants.bias_2 == 1e-4


def test_constants_of_the_cnn_are_those_of_its_algorithm_definition_with_the_fraction_turned():
    """Appendix CNN Upper Bound: "eta_1 = 1, eta_2 = 10^3", b_1 over 100, "b_2 = 10^-4".

    The printed fraction is kd over (k + d) ln(kd); as printed b_1 would exceed every cosine at large sizes.
    """
    constants = published_constants("cnn", 50, 20)
    assert constants.eta_1 == 1
    assert constants.eta_2 == 1000
    assert constants.bias_1 == pytest.approx(0.695372468 / 100, rel=1e-8)
    assert constants.bias_2 == 1e-4
    as_printed = [math.sqrt(d * d / (2 * d * math.log(d * d))) / 100 for d in (10**3, 10**6)]
    assert as_printed[1] > 1 > as_printed[0]


@pytest.mark.parametrize("architecture", ["lcn", "cnn"])
def test_initial_weights_have_the_variance_of_the_algorithm_definition(architecture):
    """Both appendices: w^0 ~ N(0, gamma I), 1/gamma = 100 k^2 d^2."""
    assert published_constants(architecture, 50, 20).init_variance == pytest.approx(1e-8, rel=1e-12)
    assert published_constants(architecture, 4, 4).init_variance == pytest.approx(1 / 25_600, rel=1e-12)


def test_the_lcns_constants_stand_in_for_the_fcn():
    assert published_constants("fcn", 7, 5) == published_constants("lcn", 7, 5)


def test_the_noise_is_that_of_the_algorithm_analysis():
    """Both appendices: 100 sqrt(k ln(kd)^3) sigma <= 1."""
    k, d = 8, 832
    assert 100 * math.sqrt(k * math.log(k * d) ** 3) * largest_noise(k, d) == pytest.approx(1, rel=1e-12)
    assert 1 / math.sqrt(20) / largest_noise(20, 20) == pytest.approx(100 * math.log(400) ** 1.5, rel=1e-12)


@pytest.mark.parametrize(("k", "d"), [(6, 717), (8, 832), (10, 922)])
def test_the_smallest_patch_is_that_of_the_lcns_proof(k, d):
    """Appendix LCN Upper Bound: sqrt(d) >= 20 sqrt(ln k)."""
    assert smallest_patch(k) == d
    assert math.sqrt(d) >= 20 * math.sqrt(math.log(k)) > math.sqrt(d - 1)


def test_samples_are_those_of_the_algorithm_analysis():
    """LCN: n = max(2 sigma^2 k (k + d) ln(kd), 80 k ln(kd)); CNN: n = max(2 sigma^2 (k + d) ln(kd), 10)."""
    k, d = 8, 832
    log = math.log(k * d)
    assert sufficient_samples("lcn", k, d, largest_noise(k, d)) == math.ceil(80 * k * log)
    assert sufficient_samples("cnn", k, d, largest_noise(k, d)) == 10
    assert sufficient_samples("lcn", k, d, 2.0) == math.ceil(8 * k * (k + d) * log)
    assert sufficient_samples("cnn", k, d, 2.0) == math.ceil(8 * (k + d) * log)
    for architecture, from_d in (("lcn", 6e10), ("cnn", 1.7e8)):
        # Up to there the floor is the larger one within the theorem's noise.
        d = int(from_d)
        floor = {"lcn": 80 * k * math.log(k * d), "cnn": 10}[architecture]
        n = sufficient_samples(architecture, k, d, largest_noise(k, d))
        assert n == math.ceil(floor)
        assert sufficient_samples(architecture, k, 2 * d, largest_noise(k, 2 * d)) > 1.5 * floor


def test_alignments_and_risk_are_those_of_the_proofs():
    """0.96 after step 2 in both; after step 1 between 1/8 and 2 (LCN), 6/100 and 40 (CNN) times the root;
    "at most delta = 2.5 x 10^-3", which (1 - 0.959)^2 + 6 x 10^-6 (CNN: 4 x 10^-5) keeps.
    """
    assert ALIGNMENT == 0.96
    assert FIRST_ALIGNMENT == {"lcn": (0.125, 2), "cnn": (0.06, 40)}
    assert RISK == 0.0025
    assert RISK >= (1 - 0.959) ** 2 + 4e-5
    assert alignment_scale(8, 832) == pytest.approx(math.sqrt(840 * math.log(6656) / 6656), rel=1e-12)


def test_bad_arguments_are_named():
    for name, call in (
        ("k", lambda: published_constants("lcn", 0, 3)),
        ("architecture", lambda: published_constants("mlp", 2, 3)),  # type: ignore[arg-type]
        ("architecture", lambda: sufficient_samples("fcn", 2, 3, 0.1)),
        ("sigma", lambda: sufficient_samples("lcn", 2, 3, 0.0)),
    ):
        with pytest.raises(ValueError, match=rf"^{name}: "):
            call()
