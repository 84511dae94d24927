"""Bias on nested features under both optima, and of activations on the same data from the same start."""

import math
from typing import Any

import jax
import numpy as np
import pytest

from sims.measuring.readings.reliance import decisions, reliance
from sims.models import MLP
from sims.pieces.errors import InputError
from sims.probes.base import jax_key
from sims.probes.shortcut.least_squares import least_squares_classifier
from sims.probes.shortcut.nesting_bias import NestingBias
from sims.probes.shortcut.paired_activations import PairedActivations
from sims.probes.shortcut.shortcut_bias import ShortcutBias

SMALL: dict[str, Any] = {
    "d": 10,
    "depth": 1,
    "width": 16,
    "epochs": 2,
    "batch": 50,
    "train": 200,
    "validation": 100,
    "side": 10,
    "seeds": 2,
}
ENTROPY = 2**80 + 1


def values(probe):
    return {quantity.name: quantity for quantity in probe.measure(ENTROPY) if quantity.at is None}


@pytest.mark.parametrize(("eta_c", "same"), [(0, True), (4, False)])
def test_both_optima_are_one_without_nesting_and_two_with_it(eta_c, same):
    found = values(NestingBias(rho_s=0.85, ratio=1.0, eta_c=eta_c, **SMALL | {"train": 400}))
    latent, own = found["latent_lda_absolute"].value, found["lda_absolute"].value
    assert (abs(latent - own) <= 2 / 10**2) == same
    moved = found["bias_absolute_final"].value - found["latent_bias_absolute_final"].value
    assert moved == pytest.approx(latent - own)
    assert found["latent_bias_signed_final"].value == pytest.approx(
        found["reliance_signed_final"].value - found["latent_lda_signed"].value
    )


def test_the_latent_optimum_is_lda_on_the_latents_of_the_training_set():
    probe = NestingBias(rho_s=0.85, ratio=1.0, eta_c=2, **SMALL)
    key = jax.random.fold_in(jax_key(ENTROPY), 1)
    latents = probe.task().sample(key, probe.train).latents
    z = np.stack([latents["z_s"], latents["z_c"]], axis=1)
    weights, offset = least_squares_classifier(z, probe.task().sample(key, probe.train).y)
    grid = probe.task().probe_grid(probe.side)
    expected = reliance(decisions(grid @ weights + offset), grid[:, 0], grid[:, 1])
    assert probe.one_seed(key).latent_lda == expected


def test_nesting_keeps_every_quantity_of_the_plain_probe():
    fields = {"rho_s": 0.85, "ratio": 1.0, "eta_c": 1, **SMALL}
    plain, both = values(ShortcutBias(**fields)), values(NestingBias(**fields))
    assert {name: both[name] for name in plain} == plain


def test_nets_of_all_activations_start_at_the_same_weights_if_a_gain_is_given():
    key = jax.random.key(1)
    starts = [
        MLP(depth=2, width=50, activation=activation, gain=2.0).init(key, 1, 30, std=1.0, bias=0.0)
        for activation in ("linear", "relu", "tanh")
    ]
    for start in starts[1:]:
        for role, leaf in starts[0].items():
            np.testing.assert_array_equal(start[role], leaf)
    weights = np.asarray(starts[0]["w"])
    assert np.var(weights) * 30 / 2 == pytest.approx(1, abs=5 * math.sqrt(2 / weights.size))
    own = MLP(depth=2, width=50, activation="linear").init(key, 1, 30, std=1.0, bias=0.0)
    assert not np.array_equal(own["w"], weights)


def test_pairs_are_trained_on_the_same_data_and_compared_seed_by_seed():
    probe = PairedActivations(rho_s=0.9, ratio=32.0, **SMALL)
    found = values(probe)
    keys = [jax.random.fold_in(jax_key(ENTROPY), seed) for seed in range(probe.seeds)]
    own = {name: [probe.of(name).one_seed(key).run for key in keys] for name in ("linear", "relu", "tanh")}
    for name in ("relu", "tanh"):
        for one, linear in zip(own[name], own["linear"], strict=True):
            assert one.optimal == linear.optimal
        each = [
            one.reliances["final"].absolute - linear.reliances["final"].absolute
            for one, linear in zip(own[name], own["linear"], strict=True)
        ]
        excess = found[f"excess_absolute_final_{name}"]
        assert excess.value == pytest.approx(np.mean(each))
        assert excess.error == pytest.approx(max(np.std(each, ddof=1) / math.sqrt(2), 2 / 10**2))
        bias = [found[f"bias_absolute_final_{which}"].value for which in (name, "linear")]
        assert excess.value == pytest.approx(bias[0] - bias[1])
    assert found["bias_absolute_final_linear"].predicted == 0
    assert found["bias_absolute_final_relu"].predicted is None


@pytest.mark.parametrize(("option", "value"), [("gain", 0.0), ("width", 0), ("rho_s", 0.5), ("seeds", 1)])
def test_bad_options_are_named(option, value):
    with pytest.raises(InputError) as caught:
        PairedActivations(**{"rho_s": 0.9, "ratio": 2.0, **SMALL, option: value})
    assert caught.value.option == option


def test_a_bad_gain_of_the_mlp_is_named():
    with pytest.raises(InputError, match=r"^gain: got 0"):
        MLP(gain=0.0)
