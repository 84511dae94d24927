"""Core and shortcut features: what the task draws, how reliance is counted, and the bias of learners."""

import dataclasses
import math
from typing import Any

import jax
import numpy as np
import pytest

from sims.measuring.readings.reliance import decisions, reliance
from sims.models import MLP
from sims.models.base import apply
from sims.pieces.errors import InputError
from sims.probes.base import jax_key
from sims.probes.shortcut.least_squares import least_squares_classifier
from sims.probes.shortcut.shortcut_bias import ShortcutBias
from sims.tasks import Shortcut
from theory.shortcut import class_mean, optimal_reliance, optimal_risk, reliance_of_weights

KEY = jax.random.key(20231)
MANY = 40_000
RHOS = (0.55, 0.7, 0.8, 0.9)


@pytest.mark.parametrize("rho_s", RHOS)
def test_predictivities_and_correlation_are_those_asked(rho_s):
    """Three standard errors: sqrt(rho (1 - rho)/n) of a predictivity, (1 - c^2)/sqrt n of a correlation."""
    task = Shortcut(rho_s=rho_s, d=4)
    batch = task.sample(KEY, MANY)
    y, z_s, z_c = (np.asarray(part, float) for part in (batch.y, batch.latents["z_s"], batch.latents["z_c"]))
    for z, rho in ((z_s, rho_s), (z_c, 0.9)):
        assert abs(np.mean(np.sign(z) == y) - rho) < 3 * math.sqrt(rho * (1 - rho) / MANY)
        assert abs(np.std(z - y * class_mean(rho)) - 1) < 3 / math.sqrt(2 * MANY)
    noise = np.stack([z_s - y * class_mean(rho_s), z_c - y * class_mean(0.9)])
    assert abs(np.corrcoef(noise)[0, 1] - 0.6) < 3 * (1 - 0.6**2) / math.sqrt(MANY)
    assert abs(np.mean(y)) < 3 / math.sqrt(MANY)


@pytest.mark.parametrize("rho_s", RHOS)
def test_lda_on_samples_relies_as_the_closed_form_says_also_where_the_shortcut_is_a_suppressor(rho_s):
    """Weights of least squares on n samples scatter by less than 5/sqrt n relative to their length; the bands
    are the closed form at weights turned by as much, and 2/side for the grid of probes.
    """
    task, side = Shortcut(rho_s=rho_s, d=20, ratio=8.0), 60
    batch, latents = task.sample(KEY, MANY), task.probe_grid(side)
    weights, offset = least_squares_classifier(np.asarray(batch.x).reshape(MANY, -1), batch.y)
    images = np.asarray(task.embed(KEY, latents)).reshape(len(latents), -1)
    found = reliance(decisions(images @ weights + offset), latents[:, 0], latents[:, 1])
    optimum = optimal_reliance(rho_s, 0.9, 0.6)
    length = math.hypot(optimum.w_s, optimum.w_c)
    for form in ("signed", "absolute"):
        around = [
            getattr(
                reliance_of_weights(
                    optimum.w_s + turn * length,
                    optimum.w_c - turn * length,
                    class_mean(rho_s),
                    class_mean(0.9),
                ),
                form,
            )
            for turn in np.linspace(-1, 1, 21) * 5 / math.sqrt(MANY)
        ]
        assert min(around) - 2 / side <= getattr(found, form) <= max(around) + 2 / side
    right = np.mean(decisions(np.asarray(batch.x).reshape(MANY, -1) @ weights + offset) == batch.y)
    assert abs(right - optimum.accuracy) < 4 * math.sqrt(0.25 / MANY)


def test_lda_decides_the_same_at_every_availability():
    """Up to probes that lie on the boundary to rounding."""
    latents = Shortcut(rho_s=0.85).probe_grid(30)
    decided = []
    for ratio in (1.0, 1e4, 1e-4):
        task = Shortcut(rho_s=0.85, ratio=ratio)
        batch = task.sample(KEY, 3200)
        weights, offset = least_squares_classifier(np.asarray(batch.x).reshape(3200, -1), batch.y)
        decided.append(decisions(np.asarray(task.embed(KEY, latents)).reshape(900, -1) @ weights + offset))
    assert np.mean(decided[0] != decided[1]) <= 2 / 900
    assert np.mean(decided[0] != decided[2]) <= 2 / 900
    assert 0.3 < np.mean(decided[0] == 1) < 0.7


def test_embedded_data_have_rank_two_without_nesting_and_more_with_it():
    for eta_s, rank in ((0, 2), (1, 3)):
        x = np.asarray(Shortcut(rho_s=0.8, ratio=5.0, eta_s=eta_s).sample(KEY, 300).x, float).reshape(300, -1)
        values = np.linalg.svd(x, compute_uv=False)
        found = np.sum(values > 1e-5 * values[0])
        assert found == 2 if rank == 2 else found >= rank


def test_availability_scales_the_shortcut_alone_and_nesting_goes_through_tanh_layers():
    one, ten = Shortcut(rho_s=0.8, d=6), Shortcut(rho_s=0.8, d=6, ratio=10.0)
    z = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    plain, large = (np.asarray(task.embed(KEY, z))[:, 0] for task in (one, ten))
    np.testing.assert_allclose(large[0], 10 * plain[0], rtol=1e-6)
    np.testing.assert_allclose(large[1], plain[1], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(plain, axis=1), 1, rtol=1e-6)
    nested = np.asarray(Shortcut(rho_s=0.8, d=6, eta_s=3).embed(KEY, z))[:, 0]
    assert np.all(np.abs(nested) < 1)
    assert np.max(np.abs(nested[0] - plain[0])) > 1e-2
    np.testing.assert_array_equal(nested[1], plain[1])
    assert np.all(nested[1] == np.asarray(Shortcut(rho_s=0.8, d=6, eta_s=3).embed(KEY, z[1:]))[0, 0])


def test_sets_are_nested_and_streams_share_the_embedding():
    task = Shortcut(rho_s=0.8, eta_c=1, d=5)
    few, many = task.sample(KEY, 10), task.sample(KEY, 25)
    np.testing.assert_array_equal(few.x, many.x[:10])
    other = task.sample(KEY, 10, stream=1)
    assert np.max(np.abs(np.asarray(other.x) - np.asarray(few.x))) > 0.1
    z = np.stack([other.latents["z_s"], other.latents["z_c"]], axis=1)
    np.testing.assert_allclose(task.embed(KEY, z), other.x, atol=1e-6)


@pytest.mark.parametrize("rho_s", [0.6, 0.9])
def test_floors_are_the_risks_of_the_predictors(rho_s):
    """Monte Carlo over 400,000 latents: five standard errors."""
    rng = np.random.default_rng(5)
    y = rng.choice([-1.0, 1.0], size=400_000)
    mu = np.array([class_mean(rho_s), class_mean(0.9)])
    covariance = np.array([[1, 0.6], [0.6, 1]])
    z = y[:, None] * mu + rng.standard_normal((len(y), 2)) @ np.linalg.cholesky(covariance).T
    task, w = Shortcut(rho_s=rho_s), np.linalg.solve(covariance, mu)
    linear = np.linalg.solve(covariance + np.outer(mu, mu), mu)
    for kind, f in (("bayes", np.tanh(z @ w)), ("linear", z @ linear)):
        for metric, values in (("squared", (f - y) ** 2), ("zero_one", (f * y < 0) * 1.0)):
            error = np.std(values) / math.sqrt(len(y))
            assert abs(np.mean(values) - task.floor(kind, metric)) < 5 * error
    assert task.floor("zero") == 0
    assert optimal_risk(rho_s, 0.9, 0.6).squared < optimal_risk(rho_s, 0.9, 0.6, linear=True).squared
    with pytest.raises(InputError, match=r"^floor: got 'linear'"):
        Shortcut(rho_s=rho_s, eta_s=1).floor("linear")


def test_reliance_of_decisions():
    z_s, z_c = np.array([1, 1, -1, -1.0]), np.array([1, -1, 1, -1.0])
    assert dataclasses.astuple(reliance(z_s, z_s, z_c)) == (1, 1)
    assert dataclasses.astuple(reliance(z_c, z_s, z_c)) == (-1, -1)
    assert dataclasses.astuple(reliance(-z_s, z_s, z_c)) == (-1, 1)
    assert dataclasses.astuple(reliance(np.ones(4), z_s, z_c)) == (0, 0)
    np.testing.assert_array_equal(decisions([0.0, -2.0, 3.0]), [1, -1, 1])
    with pytest.raises(ValueError, match=r"^decided: has shape"):
        reliance([], [], [])
    with pytest.raises(ValueError, match=r"^decided: holds other"):
        reliance([0.5], [1.0], [1.0])


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
@pytest.mark.parametrize("depth", [1, 3])
def test_the_mlp_is_the_formula(activation, depth):
    model = MLP(depth=depth, width=7, activation=activation)
    params = model.init(KEY, 2, 5, std=1.0, bias=3.0)
    rng = np.random.default_rng(0)
    params = {
        role: leaf + 0.1 * rng.standard_normal(leaf.shape).astype(np.float32) for role, leaf in params.items()
    }
    x = rng.standard_normal((4, 2, 5)).astype(np.float32)
    phi = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "linear": lambda z: z}[activation]
    hidden = x.reshape(4, 10)
    for layer in range(1, depth + 1):
        number = "" if layer == 1 else f"_{layer}"
        hidden = phi(hidden @ np.asarray(params[f"w{number}"]).T + np.asarray(params[f"c{number}"]))
    expected = hidden @ np.asarray(params["a"]) + np.asarray(params["c_out"])
    np.testing.assert_allclose(apply(model, params, x), expected, rtol=2e-5, atol=2e-6)


def test_weights_start_with_variance_gain_over_fan_in():
    """He's 2 for ReLU; relative standard error of a variance of m numbers sqrt(2/m)."""
    for activation, gain in (("relu", 2.0), ("tanh", 1.0)):
        params = MLP(depth=2, width=200, activation=activation).init(KEY, 1, 100, std=1.0, bias=0.0)
        for role, fan_in in (("w", 100), ("w_2", 200)):
            leaf = np.asarray(params[role])
            assert leaf.shape == (200, fan_in)
            assert np.var(leaf) * fan_in / gain == pytest.approx(1, abs=5 * math.sqrt(2 / leaf.size))
        assert all(np.all(np.asarray(params[role]) == 0) for role in ("c", "c_2", "c_out", "b"))


SMALL: dict[str, Any] = {
    "d": 10,
    "depth": 1,
    "width": 16,
    "activation": "relu",
    "epochs": 6,
    "batch": 20,
    "train": 200,
    "validation": 100,
    "side": 10,
    "seeds": 2,
}
ENTROPY = 2**90 + 3


def quantities(probe, entropy=ENTROPY):
    return {(quantity.name, quantity.at): quantity for quantity in probe.measure(entropy)}


def test_bias_is_the_mean_over_seeds_and_the_same_again():
    probe = ShortcutBias(rho_s=0.85, ratio=4.0, surface=True, **SMALL)
    found = quantities(probe)
    for form in ("signed", "absolute"):
        for checkpoint in ("final", "best_validation"):
            each = [found[f"seed_bias_{form}_{checkpoint}", seed].value for seed in (0.0, 1.0)]
            mean = found[f"bias_{form}_{checkpoint}", None]
            assert mean.value == pytest.approx(np.mean(each))
            assert mean.error == pytest.approx(np.std(each, ddof=1) / math.sqrt(2))
    assert found["lda_signed", None].predicted == optimal_reliance(0.85, 0.9, 0.6).signed
    surface = [found["surface", float(at)].value for at in range(100)]
    assert set(surface) <= {-1.0, 0.0, 1.0}
    assert probe.measure(ENTROPY) == list(found.values())
    assert quantities(probe, ENTROPY + 2**70)["bias_signed_final", None] != found["bias_signed_final", None]


def test_availability_draws_a_relu_net_to_the_shortcut():
    """Ratio 64 against 1, eight seeds each: a difference of 5 standard errors (below 1e-3 by chance)."""
    common = {**SMALL, "seeds": 8, "train": 400, "epochs": 30}
    relu = quantities(ShortcutBias(rho_s=0.85, ratio=64.0, **common))["bias_signed_final", None]
    even = quantities(ShortcutBias(rho_s=0.85, ratio=1.0, **common))["bias_signed_final", None]
    assert relu.error is not None
    assert even.error is not None
    assert relu.value - even.value > 5 * math.hypot(relu.error, even.error)


def test_the_kernel_learner_has_one_checkpoint():
    fields = {**SMALL, "width": None, "depth": 2}
    found = quantities(ShortcutBias(rho_s=0.85, ratio=4.0, learner="kernel", **fields))
    names = {name for name, _ in found}
    assert "bias_signed_final" in names
    assert "bias_signed_best_validation" not in names


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("rho_s", 0.5),
        ("rho_c", 1.0),
        ("sigma_sc", 1.0),
        ("ratio", 0.0),
        ("eta_s", -1),
        ("d", 1),
        ("side", 7),
        ("depth", 0),
        ("width", 0),
        ("activation", "gelu"),
        ("learner", "sgd"),
        ("rate", 0.0),
        ("rate", True),
        ("train", True),
        ("ratio", 1e5),
        ("rates", 2),
        ("epochs", 0),
        ("batch", 0),
        ("train", 10),
        ("validation", 1),
        ("seeds", 1),
        ("surface", 1),
    ],
)
def test_bad_options_are_named(option, value):
    with pytest.raises(InputError) as caught:
        ShortcutBias(**{"rho_s": 0.8, "ratio": 2.0, **SMALL, option: value})
    assert caught.value.option == option


def test_rates_are_half_a_decade_apart():
    assert ShortcutBias(rho_s=0.8, ratio=2.0, rates=3).grid() == (0.000316, 0.001, 0.00316)


def test_a_linear_net_and_lda_have_predictions_without_nesting_alone():
    linear = {**SMALL, "activation": "linear"}
    plain, nested = (quantities(ShortcutBias(rho_s=0.85, ratio=2.0, eta_c=eta, **linear)) for eta in (0, 1))
    assert plain["bias_signed_final", None].predicted == 0
    assert plain["bias_signed_best_validation", None].predicted is None
    assert nested["bias_signed_final", None].predicted is None
    assert nested["lda_signed", None].predicted is None


def test_reliance_is_bias_plus_that_of_lda_and_the_two_parts_add_up():
    found = quantities(ShortcutBias(rho_s=0.85, ratio=2.0, **SMALL))
    total = found["bias_signed_final", None].value + found["lda_signed", None].value
    assert found["reliance_signed_final", None].value == pytest.approx(total)
    parts = found["along_s_final", None].value - found["along_c_final", None].value
    assert parts == pytest.approx(total)


def test_a_net_that_has_diverged_is_no_result():
    with pytest.raises(FloatingPointError, match=r"^outputs: "):
        ShortcutBias(rho_s=0.85, ratio=2.0, rate=1e30, **SMALL).measure(ENTROPY)


def test_seeds_that_agree_leave_an_error_of_one_probe():
    """In the suppressor regime every decision goes against the shortcut, for net and LDA alike."""
    fields = {**SMALL, "activation": "linear", "train": 1000, "epochs": 10}
    found = quantities(ShortcutBias(rho_s=0.55, ratio=1.0, **fields))
    for quantity in found.values():
        if quantity.name.startswith(("bias", "reliance", "lda")):
            assert quantity.error is not None
            assert quantity.error >= 2 / 10**2


def test_the_linear_kernel_is_ridge_regression():
    """Its kernel is proportional to <x, x'>: it decides as plain ridge regression at the ridge it selects,
    up to probes on the boundary.
    """
    fields = {**SMALL, "width": None, "activation": "linear", "seeds": 2}
    probe = ShortcutBias(rho_s=0.85, ratio=4.0, learner="kernel", **fields)
    assert quantities(probe)["ridge", None].value > 0
    key = jax.random.fold_in(jax_key(ENTROPY), 0)
    batch = probe.task().sample(key, probe.train)
    x, y = np.asarray(batch.x, float).reshape(probe.train, -1), np.asarray(batch.y, float)
    run = probe.one_seed(key).run
    gram = x @ x.T
    dual = np.linalg.solve(gram + run.numbers["ridge"] * np.trace(gram) / len(x) * np.eye(len(x)), y)
    latents = probe.task().probe_grid(probe.side)
    images = np.asarray(probe.task().embed(key, latents), float).reshape(len(latents), -1)
    assert np.mean(decisions(images @ x.T @ dual) == run.decided) > 0.98
