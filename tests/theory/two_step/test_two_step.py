"""Both steps of two-step gradient descent together: sampling, the best bias, final risk."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from tests.theory import slow, slow_steps
from theory.two_step.final_risk import best_bias, final_risk, published_constants, two_step_alignment
from theory.two_step.first_step import first_step
from theory.two_step.second_step import second_step

ARCHITECTURES = ("fcn", "lcn", "cnn")


@pytest.mark.parametrize(
    ("architecture", "n", "k", "d", "sigma"),
    [
        ("lcn", 80, 4, 4, 0.3),
        ("lcn", 240, 6, 8, 0.2),
        ("cnn", 80, 4, 16, 0.5),
        ("fcn", 120, 4, 8, 0.2),
    ],
)
@pytest.mark.parametrize("times_sigma", [None, 3.0], ids=["published bias", "three sigma"])
def test_alignment_after_both_steps_agrees_with_sampling(architecture, n, k, d, sigma, times_sigma):
    rng = np.random.default_rng(51)
    constants = published_constants("lcn", k, d)
    bias = constants.bias_1 if times_sigma is None else times_sigma * sigma
    signal = np.eye(d)[1]
    aim = slow_steps.target(architecture, k, signal)
    cosines = []
    for _ in range(400):
        rows = slow_steps.both(
            rng, architecture, n, n, k, signal, sigma, bias, 1.0, constants.eta_2, constants.init_variance
        )
        cosines.append(np.mean(rows @ aim))
    predicted = two_step_alignment(
        architecture,
        n_1=n,
        n_2=n,
        k=k,
        d=d,
        sigma=sigma,
        bias_1=bias,
        eta_2=constants.eta_2,
        init_variance=constants.init_variance,
    )
    mean, error = slow_steps.mean_and_error(cosines)
    # Normal in theory; the least active of these, the FCN at three sigma, has some 20 active images. What
    # that makes of the mean is below the error of sampling.
    assert abs(predicted - mean) <= slow.BAND * error
    assert error < 0.01


def test_the_paper_sized_case_thresholds_at_three_sigma_only():
    # k = d = 50: .598 after step 1; .636 with the published bias, .596 without, .968 at three sigma.
    k = d = 50
    n, sigma = 782, 0.5 / np.sqrt(50)
    constants = published_constants("lcn", k, d)
    arguments = {"n_1": n, "n_2": n, "k": k, "d": d, "sigma": sigma, "eta_2": constants.eta_2}
    first = first_step("lcn", n=n, k=k, d=d, sigma=sigma)
    biases = [0.0, constants.bias_1, 3 * sigma]
    none, published, three_sigma = two_step_alignment("lcn", bias_1=biases, **arguments)
    assert first.alignment == pytest.approx(none, abs=0.02)
    assert none < published < none + 0.1
    assert three_sigma > 0.95


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_narrow_first_alignments_need_no_averaging(architecture):
    n, k, d, sigma, bias, eta = 40_000, 4, 64, 0.3, 0.2, 4000.0
    first = first_step(architecture, n=n, k=k, d=d, sigma=sigma)
    single = second_step(
        architecture, alignment=first.alignment, n=300, k=k, d=d, sigma=sigma, bias_1=bias, eta_2=eta
    )
    both = two_step_alignment(architecture, n_1=n, n_2=300, k=k, d=d, sigma=sigma, bias_1=bias, eta_2=eta)
    assert both == pytest.approx(single.alignment, abs=5e-4)


def test_alignment_has_the_shape_of_the_bias():
    arguments = {"n_1": 40, "n_2": 40, "k": 2, "d": 3, "sigma": 0.2, "eta_2": 2000.0}
    biases = np.array([[0.0, 0.2, 0.4], [0.1, 0.3, 0.5]])
    together = two_step_alignment("cnn", bias_1=biases, **arguments)
    assert together.shape == (2, 3)
    assert together[1, 2] == two_step_alignment("cnn", bias_1=0.5, **arguments)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_best_bias_is_the_top_of_a_fine_grid(architecture):
    arguments = {"n_1": 160, "n_2": 160, "k": 4, "d": 8, "sigma": 0.25, "eta_2": 4000.0}
    best = best_bias(architecture, **arguments)
    grid = two_step_alignment(architecture, bias_1=np.linspace(0, 1.4, 29), **arguments)
    assert best.alignment >= grid.max() - 1e-4
    assert best.alignment == pytest.approx(
        float(two_step_alignment(architecture, bias_1=best.bias_1, **arguments)), rel=1e-12
    )
    if architecture == "lcn":
        assert best.alignment > grid[0] + 0.01  # thresholding pays
        assert 0.25 < best.bias_1 < 1


def test_final_risk_of_an_lcn_agrees_with_sampling():
    rng = np.random.default_rng(52)
    k, d, sigma = 3, 4, 0.4
    alignments = np.array([0.9, 0.5, 0.7])
    weights = np.array([slow_steps.direction(rng, np.eye(d)[0], a) for a in alignments])
    x, y = slow.sample(rng, 400_000, k, np.eye(d)[0], sigma)
    risk = final_risk("lcn", alignments=alignments, k=k, d=d, sigma=sigma, bias_2=0.3)
    _, (square, error) = slow.errors(slow.network(x, weights, 0.3), y)
    assert slow.within(risk.squared, square, error)
    (wrong, error), _ = slow.errors(slow.network(x, weights, 0.0), y)
    assert slow.within(risk.zero_one, wrong, error)
    assert wrong > 100 * error


def test_final_risk_of_a_cnn_is_that_of_an_lcn_with_equal_filters():
    arguments = {"k": 5, "d": 3, "sigma": 0.3, "bias_2": 0.1}
    one = final_risk("cnn", alignments=0.8, **arguments)
    many = final_risk("lcn", alignments=[0.8] * 5, **arguments)
    assert (one.zero_one, one.squared) == pytest.approx((many.zero_one, many.squared), rel=1e-12)
    assert one.zero_one == pytest.approx(norm.cdf(-0.8 / (0.3 * np.sqrt(5))), rel=1e-12)


def test_final_risk_of_equal_fcn_neurons_is_an_integral():
    k, sigma, bias, response = 4, 0.2, 0.15, 0.9 / 2

    def loss(z):
        return (k * float(slow.soft_threshold(z, bias)) - 1) ** 2 * norm.pdf(z, response, sigma)

    expected, _ = quad(loss, -3, 4, points=[-bias, bias], epsabs=1e-11, limit=200)
    risk = final_risk("fcn", alignments=0.9, k=k, d=3, sigma=sigma, bias_2=bias)
    assert risk.squared == pytest.approx(expected, rel=1e-8)
    assert risk.zero_one == pytest.approx(norm.cdf(-response / sigma), rel=1e-12)


GOOD = {"n_1": 10, "n_2": 10, "k": 2, "d": 3, "sigma": 0.1, "bias_1": 0.1, "eta_2": 1.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_1", 0),
        ("n_2", 0),
        ("k", 0),
        ("d", 1),
        ("sigma", 0.0),
        ("bias_1", [0.1, -0.1]),
        ("eta_2", 0.0),
        ("eta_1", 0.0),
        ("init_variance", -1.0),
    ],
)
def test_bad_arguments_of_both_steps_are_named(name, value):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        two_step_alignment("lcn", **{**GOOD, name: value})


def test_other_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"^architecture: "):
        two_step_alignment("mlp", **GOOD)
    with pytest.raises(ValueError, match=r"^points: "):
        best_bias("lcn", n_1=10, n_2=10, k=2, d=3, sigma=0.1, eta_2=1.0, points=2)
    with pytest.raises(ValueError, match=r"^loss: "):
        two_step_alignment("lcn", **GOOD, loss="hinge")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^architecture: "):
        two_step_alignment("fcn", **GOOD, loss="squared")
    risk = {"k": 3, "d": 4, "sigma": 0.1, "bias_2": 0.0}
    for architecture, alignments in (("cnn", [0.1] * 3), ("lcn", [0.1] * 2), ("lcn", [0.1, 0.2, 1.1])):
        with pytest.raises(ValueError, match=r"^alignments: "):
            final_risk(architecture, alignments=alignments, **risk)
    with pytest.raises(ValueError, match=r"^bias_2: "):
        final_risk("cnn", alignments=0.5, **{**risk, "bias_2": -1.0})
