"""Derived formulas against the code of theory, at random points, and against the page that prints them."""

import re
from pathlib import Path

import numpy as np
import pytest
import sympy
from scipy.integrate import quad

from theory import sphere
from theory.derivations import first_step as first
from theory.derivations import second_step as second
from theory.derivations import squared_step as squared
from theory.derivations import two_step as derived
from theory.two_step import final_risk as two_step
from theory.two_step import projected_gaussian, second_step, squared_step
from theory.two_step.first_step import first_step

PAGE = Path(__file__).resolve().parents[3] / "docs" / "two-step.md"
POINTS = [  # k, d, n, sigma, a, b, eta_2
    (4, 6, 120, 0.31, 0.62, 0.41, 7.3),
    (9, 3, 900, 0.17, 0.35, 0.29, 912.0),
    (2, 17, 44, 0.55, 0.81, 1.1, 0.4),
]
ARCHITECTURES = ("cnn", "lcn", "fcn")


def number(expression, values):
    """The expression at 30 digits."""
    return float(sympy.sympify(expression).subs(values).evalf(30))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("point", POINTS)
def test_first_step_is_the_derived_one(architecture, point):
    k, d, n, sigma = point[:4]
    eta, variance = 0.7, 0.003
    values = {first.K: k, first.D: d, first.N: n, first.SIGMA: sigma, first.ETA_1: eta, first.INIT: variance}
    noise = number(first.first_step_noise(architecture), values)
    values[first.S] = np.sqrt(noise)
    step = first_step(architecture, n=n, k=k, d=d, sigma=sigma, eta_1=eta, init_variance=variance)
    assert step.norm**2 == pytest.approx(eta**2 * number(first.squared_norm(architecture), values), rel=1e-12)
    leading = number(first.leading_cosine_squared(architecture), values)
    assert step.leading_alignment_squared == pytest.approx(leading, rel=1e-12)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize(("d", "mu"), [(2, 0.4), (7, 1.9), (30, 6.0)])
def test_mean_cosines_are_the_derived_ones(power, d, mu):
    formula = number(first.mean_cosine(power), {first.D: d, first.MU: sympy.Float(mu, 40)})
    code = (sphere.mean_cosine, sphere.mean_squared_cosine)[power - 1]
    assert float(code(d, mu)) == pytest.approx(formula, rel=1e-12)


@pytest.mark.parametrize("power", [0, 1, 2])
def test_damped_gaussian_moments_are_the_integrals(power):
    values = {first.M: 0.8, first.V: 0.6, first.LAMBDA: 1.7}

    def integrand(y):
        return y**power * np.exp(-1.7 * y**2 - (y - 0.8) ** 2 / 1.2) / np.sqrt(2 * np.pi * 0.6)

    integral, _ = quad(integrand, -12, 12, epsabs=1e-13, points=[0, 0.8])
    assert number(first.gaussian_moment(power), values) == pytest.approx(integral, rel=1e-10)


@pytest.mark.parametrize("power", [1, 2])
def test_the_quadrature_of_a_cosine_sums_the_derived_integrand(power):
    # Two blocks: the first along the target, the second of three coordinates of another variance.
    moments = [
        sympy.lambdify((first.LAMBDA, first.M, first.V), first.gaussian_moment(p), "numpy")
        for p in (0, power)
    ]

    def integrand(log_size):
        size = np.exp(log_size)
        rest = moments[0](size, 0.5, 0.3) * moments[0](size, 0.0, 0.3) ** 2
        return size ** (power / 2) * moments[1](size, 1.1, 0.9) * rest

    integral, _ = quad(integrand, -60, 25, epsabs=1e-13, limit=400, points=[-2, 0, 2])
    cosine = projected_gaussian.cosine_moment(
        power, target=[1.0, 0.0], mean=[1.1, 0.5], variance=[0.9, 0.3], dimension=[1, 3]
    )
    assert first.inverse_power(power) == sympy.Symbol("u", positive=True) ** -sympy.Rational(power, 2)
    assert float(cosine) == pytest.approx(integral / float(sympy.gamma(power / 2)), rel=1e-8)


@pytest.mark.parametrize("power", [0, 1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_truncated_moments_are_the_derived_ones(power, point):
    sigma, a, b = point[3:6]
    values = {second.R: sympy.Float((b - a) / sigma, 40), second.Q: sympy.Float((b + a) / sigma, 40)}
    code = second_step.truncated_moments(a, b, sigma)[power]
    assert float(code) == pytest.approx(number(second.truncated_moment(power), values), rel=1e-12, abs=1e-15)


def moments(a, b, sigma):
    """Values for the symbols of the truncated moments, from the derived moments."""
    values = {}
    for symbols, mean in (((second.P, second.F, second.G), a), ((second.P_0, None, second.G_0), 0.0)):
        ends = {second.R: (b - mean) / sigma, second.Q: (b + mean) / sigma}
        for power, symbol in enumerate(symbols):
            if symbol is not None:
                values[symbol] = number(second.truncated_moment(power), ends)
    return values


@pytest.mark.parametrize("architecture", ["cnn", "lcn"])
@pytest.mark.parametrize("point", POINTS)
def test_second_step_is_the_derived_one(architecture, point):
    k, d, n, sigma, a, b, eta = point
    along, squared = second.second_step_alignment(architecture)
    values = {second.K: k, second.D: d, second.N: n, second.SIGMA: sigma, second.A: a, second.ETA_2: eta}
    values |= moments(a, b, sigma)
    step = two_step.second_step(architecture, alignment=a, n=n, k=k, d=d, sigma=sigma, bias_1=b, eta_2=eta)
    assert step.norm**2 == pytest.approx(number(squared, values), rel=1e-12)
    assert step.leading_alignment * step.norm == pytest.approx(number(along, values), rel=1e-12)
    chance = values[second.P], values[second.P_0]
    active = n * (chance[0] + (k - 1) * chance[1]) / (k if architecture == "lcn" else 1)
    assert step.active == pytest.approx(active, rel=1e-12)


@pytest.mark.parametrize("point", POINTS)
def test_second_step_of_the_fcn_is_the_derived_one(point):
    k, d, n, sigma, a, b, eta = point
    response = a / np.sqrt(k)  # equal for all patches
    part = moments(response, b, sigma)
    p, f, g = part[second.P], part[second.F], part[second.G]
    values = {second.K: k, second.D: d, second.N: n, second.SIGMA: sigma, second.A: a, second.ETA_2: eta}
    values |= {second.MEAN_P: p, second.MEAN_PP: p**2, second.MEAN_PA: p * response}
    values |= {second.MEAN_F: f, second.MEAN_FA: f * response, second.MEAN_G: g, second.J: 5}
    along, squared = second.second_step_fcn()
    step = two_step.second_step(
        "fcn", alignment=a, n=n, k=k, d=d, sigma=sigma, bias_1=b, eta_2=eta, signal_share=0.0
    )
    assert step.norm**2 == pytest.approx(number(squared, values), rel=1e-12)
    assert step.leading_alignment * step.norm == pytest.approx(number(along, values), rel=1e-12)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_mean_alignment_of_the_fcn_is_the_sum_over_all_counts(spread):
    k, d, n, sigma, a, b, eta = 5, 4, 40, 0.3, 0.7, 0.8, 5000.0
    # Averages over the responses by plain sums of a normal density.
    grid = np.linspace(-8, 8, 4001)
    density = np.exp(-(grid**2) / 2)
    density /= density.sum()
    response = a / np.sqrt(k) + np.sqrt((1 - a**2) * spread / k) * grid
    p, f, g = second_step.truncated_moments(response, b, sigma)
    values = {second.K: k, second.D: d, second.N: n, second.SIGMA: sigma, second.A: a, second.ETA_2: eta}
    values |= {second.MEAN_P: density @ p, second.MEAN_PP: density @ p**2, second.MEAN_F: density @ f}
    values |= {second.MEAN_PA: density @ (p * response), second.MEAN_G: density @ g}
    given = second.counted_fcn()
    total, chance = 0.0, values[second.MEAN_P]
    for count in range(n + 1):
        weight = float(sympy.binomial(n, count)) * chance**count * (1 - chance) ** (n - count)
        if weight < 1e-10:
            continue
        value = {key: number(expression, values | {second.J: count}) for key, expression in given.items()}
        rest = np.sqrt(max(value["squared mean of the rest"], 0.0))
        cosine = projected_gaussian.cosine_moment(
            1,
            target=[a, np.sqrt(1 - a**2), 0.0],
            mean=[value["mean along w"], value["mean across w"], rest],
            variance=[value["variance along w"], value["variance across w"], value["variance of the rest"]],
            dimension=[1, 1, k * d - 2],
        )
        total += weight * float(cosine)
    step = two_step.second_step(
        "fcn", alignment=a, n=n, k=k, d=d, sigma=sigma, bias_1=b, eta_2=eta, signal_share=spread
    )
    assert step.active < 12  # where the counts are summed one by one
    assert step.alignment == pytest.approx(total, abs=1e-6)


@pytest.mark.parametrize("architecture", ["cnn", "lcn"])
def test_mean_alignment_is_that_of_the_derived_moments(architecture):
    k, d, n, sigma, a, b, eta = 2, 5, 9, 0.3, 0.5, 0.75, 1500.0
    part = moments(a, b, sigma)
    values = {second.N: n, second.SIGMA: sigma, second.A: a, second.ETA_2: eta} | part
    given = second.counted_step()
    p, p_0 = part[second.P], part[second.P_0]
    total = 0.0
    for signals in range(n + 1):
        for noises in range(n + 1):
            if architecture == "cnn":
                weight = binomial(n, signals, p) * binomial(n * (k - 1), noises, p_0)
            else:
                weight = binomial(n, signals, p / k)
                weight *= binomial(n - signals, noises, (1 - 1 / k) * p_0 / (1 - p / k))
            if weight < 1e-9:
                continue
            counts = {second.J_S: signals, second.J_N: noises}
            value = {key: number(expression, values | counts) for key, expression in given.items()}
            length = value["variance across w"]
            cosine = projected_gaussian.cosine_moment(
                1,
                target=[a, np.sqrt(1 - a**2), 0.0],
                mean=[value["mean along w"], value["mean across w"], 0.0],
                variance=[value["variance along w"], length, length],
                dimension=[1, 1, d - 2],
            )
            total += weight * float(cosine)
    step = two_step.second_step(architecture, alignment=a, n=n, k=k, d=d, sigma=sigma, bias_1=b, eta_2=eta)
    assert step.alignment == pytest.approx(total, abs=1e-6)


def binomial(trials, count, chance):
    return float(sympy.binomial(trials, count)) * chance**count * (1 - chance) ** (trials - count)


def test_a_noise_patch_adds_nothing_on_average():
    assert second.noise_patch_mean() == 0


@pytest.mark.parametrize("architecture", ["cnn", "lcn"])
def test_at_the_theorems_size_the_alignment_is_a_function_of_rho(architecture):
    k, d, sigma, size = 6, 9, 0.2, 3.0
    rho = (k + d) * np.log(k * d) / (k * d)
    n = round(size * sigma**2 * (k + d) * np.log(k * d) * (k if architecture == "lcn" else 1) * 1000)
    formula = number(derived.cosine_at_theorem_size(architecture), {derived.C: size * 1000, derived.RHO: rho})
    step = first_step(architecture, n=n, k=k, d=d, sigma=sigma)
    # n is a whole number.
    assert step.leading_alignment_squared == pytest.approx(formula, rel=1e-4)
    assert 1 - step.leading_alignment_squared == pytest.approx(1 - formula, rel=1 / n)
    # The published bias is a fixed fraction of that alignment where C rho is small.
    times = {"lcn": 32, "cnn": 100}[architecture]
    bias = two_step.published_constants(architecture, k, d).bias_1
    assert bias == pytest.approx(np.sqrt(rho) / times, rel=1e-12)


@pytest.mark.parametrize(("p", "q"), [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2)])
def test_moments_of_what_passes_are_the_derived_ones(p, q):
    sigma, a, b = 0.31, 0.62, 0.41
    ends = {second.A: a, second.B: b, first.SIGMA: sigma}
    ends |= {second.R: sympy.Float((b - a) / sigma, 40), second.Q: sympy.Float((b + a) / sigma, 40)}
    code = squared_step.active_moments(np.array(a), b, sigma)[p, q]
    assert float(code) == pytest.approx(number(squared.active_moment(p, q), ends), rel=1e-11)


@pytest.mark.parametrize("architecture", ["cnn", "lcn"])
@pytest.mark.parametrize("k", [2, 3, 5])
def test_the_law_of_a_squared_step_is_the_derived_one(architecture, k):
    """At a number of patches from which the polynomial was not made, too."""
    sigma, a, b = 0.31, 0.62, 0.2
    values = {first.K: k, squared.OTHERS: k - 1, second.A: a}
    for kind, mean in (("S", a), ("N", 0.0)):
        for (p, q), moment in squared_step.active_moments(np.array(mean), b, sigma).items():
            values[squared.moment_symbol(kind, p, q)] = float(moment)
    values.pop(sympy.Integer(0), None)
    derived_moments = squared.step_moments(architecture)
    found = {name: number(moment, values) for name, moment in derived_moments.items()}
    for name, moment in squared.sample_moments(architecture, k).items():
        assert number(moment, values) == pytest.approx(found[name], rel=1e-12), name
    law = squared_step.step_law(architecture, np.array([a]), k=k, sigma=sigma, bias_1=b)
    across = np.sqrt(1 - a**2)
    noise = sigma**2 * found["rest"]
    expected = {
        "mean_w": found["E w"],
        "mean_across": across * found["E s"],
        "variance_w": found["E w^2"] - found["E w"] ** 2,
        "variance_across": across**2 * (found["E s^2"] - found["E s"] ** 2) + noise,
        "covariance": across * (found["E w s"] - found["E w"] * found["E s"]),
        "variance_rest": noise,
    }
    for name, value in expected.items():
        assert getattr(law, name)[0] == pytest.approx(value, rel=1e-10), name
    step = squared_step.mean_step(a, k=k, sigma=sigma, bias_1=b)
    theirs = [number(part, values) for part in squared.mean_step()]
    assert [float(step.towards_signal), float(step.along_filter)] == pytest.approx(theirs, rel=1e-10)


def test_the_squared_step_without_a_threshold_and_the_noise_that_passes():
    towards, along = squared.without_threshold()
    assert sympy.simplify(towards - (1 - second.A)) == 0
    assert sympy.simplify(along + first.K * first.SIGMA**2) == 0
    values = {second.B: 0.2, first.SIGMA: 0.3}
    code = squared_step.active_moments(np.array(0.0), 0.2, 0.3)[1, 1]
    assert float(code) == pytest.approx(number(squared.noise_moment(), values), rel=1e-12)


def test_final_errors_are_the_derived_ones():
    values = {second.A: 0.7, second.K: 5, second.SIGMA: 0.35}
    risk = two_step.final_risk("cnn", alignments=0.7, k=5, d=3, sigma=0.35, bias_2=0.0)
    assert risk.zero_one == pytest.approx(number(derived.zero_one_error(), values), rel=1e-12)
    # Without bias phi(z) = z.
    mean = 0.7 / np.sqrt(5)
    values = {second.K: 5, derived.F_MEAN: mean, derived.F_SQUARE: mean**2 + 0.35**2}
    risk = two_step.final_risk("fcn", alignments=0.7, k=5, d=3, sigma=0.35, bias_2=0.0)
    assert risk.squared == pytest.approx(number(derived.fcn_squared_risk(), values), rel=1e-12)


def test_the_page_prints_exactly_the_derived_formulas():
    printed = dict(re.findall(r"^    (.+?) := (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert printed == derived.formulas()
