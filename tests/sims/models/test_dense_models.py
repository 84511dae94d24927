"""Nets with one output a patch: those of DSD before their sum, their gradients and their group."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.learners.prices.training import block_bytes, gradient_flops
from sims.models import CNN, LCN, DenseCNN, DenseLCN
from sims.models.base import SeveralOutputs, apply, output_shape
from sims.samples import Layout
from sims.tasks import SignalLocation
from theory.groups import GROUPS, patch_blocks

K, D, LANES, BLOCK = 4, 3, 3, 16
PAIRS = [(DenseCNN, CNN), (DenseLCN, LCN)]
NETS = [cls(activation=one) for cls in (DenseCNN, DenseLCN) for one in ("lsa", "relu_pair", "relu")]


def random_lanes(model, key):
    keys = jax.random.split(key, LANES)
    params = [model.init(one, K, D, std=1.0, bias=0.3 + 0.1 * i) for i, one in enumerate(keys)]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *params)


@pytest.mark.parametrize("activation", ["lsa", "relu_pair", "relu"])
@pytest.mark.parametrize(("dense", "summed"), PAIRS)
def test_outputs_are_those_of_each_patch_alone_and_their_sum_is_the_net_with_the_sum(
    dense, summed, activation, getkey
):
    model, whole = dense(activation=activation), summed(activation=activation)
    params, x = random_lanes(model, getkey()), jax.random.normal(getkey(), (K, D, BLOCK))
    f = model.outputs(params, x)
    assert f.shape == (LANES, *output_shape(model, K, D), BLOCK) == (LANES, K, BLOCK)
    np.testing.assert_allclose(f.sum(1), whole.outputs(params, x), atol=1e-5)
    for patch in range(K):
        alone = jnp.zeros_like(x).at[patch].set(x[patch])
        np.testing.assert_allclose(f[:, patch], whole.outputs(params, alone), atol=1e-5)


@pytest.mark.parametrize("bias", [0.3, 0.0])
@pytest.mark.parametrize("model", NETS, ids=lambda model: f"{model.name}-{model.activation}")
def test_gradients_are_sums_of_those_of_single_patches(model, bias, getkey):
    """By the hand-written gradients of the net with the sum, on images of one patch each."""
    params, x = random_lanes(model, getkey()), jax.random.normal(getkey(), (K, D, BLOCK))
    params["b"] = jnp.full_like(params["b"], bias)
    r = jax.random.normal(getkey(), (LANES, K, BLOCK))
    f, found = model.pull_back(params, x, lambda f: r)
    np.testing.assert_allclose(f, model.outputs(params, x), atol=1e-6)
    whole = (CNN if isinstance(model, DenseCNN) else LCN)(activation=model.activation)
    total = jax.tree.map(jnp.zeros_like, params)
    for patch in range(K):
        alone = jnp.zeros_like(x).at[patch].set(x[patch])
        _, part = whole.pull_back(params, alone, lambda f, patch=patch: r[:, patch])
        total = jax.tree.map(jnp.add, total, part)
    for role in params:
        np.testing.assert_allclose(found[role], total[role], atol=2e-4, err_msg=role)


@pytest.mark.parametrize("model", [DenseCNN(), DenseLCN()])
def test_outputs_go_with_their_patches_under_a_turn_of_the_group(model, getkey):
    params, x = random_lanes(model, getkey()), jax.random.normal(getkey(), (K, D, BLOCK))
    matrix = GROUPS[model.group].sample_generic(np.random.default_rng(3), K, D)
    turned = model.transport(params, matrix, K, D)
    moved = jnp.asarray(matrix @ np.asarray(x, float).reshape(K * D, -1), jnp.float32).reshape(x.shape)
    destination = patch_blocks(matrix, K, D).destination
    before, after = model.outputs(params, x), model.outputs(turned, moved)
    np.testing.assert_allclose(after[:, destination], before, atol=1e-4)
    assert not np.allclose(after, before, atol=1e-2)


def test_a_net_applied_to_images_has_its_outputs_last(getkey):
    params = DenseCNN().init(getkey(), K, D, std=1.0, bias=0.1)
    x = jax.random.normal(getkey(), (7, K, D))
    lanes = jax.tree.map(lambda leaf: leaf[None], params)
    f = apply(DenseCNN(), params, x)
    np.testing.assert_allclose(f, DenseCNN().outputs(lanes, x.transpose(1, 2, 0))[0].T, atol=1e-6)
    assert f.shape == (7, K)


def test_rates_are_k_times_those_of_the_net_with_the_sum():
    recipe = DenseLCN().recipe(SignalLocation(k=4, d=3, sigma=0.2))
    assert recipe["lr_w"] == pytest.approx((0.4, 0.04, 0.004))
    assert recipe["lr_b"] == pytest.approx((0.04, 0.004, 0.0004))


def test_outputs_of_several_numbers_are_priced():
    assert output_shape(CNN(), K, D) == ()
    assert not isinstance(CNN(), SeveralOutputs)
    layout = Layout.of(256, 256, 50, 1, (50,))
    # Images of one number a patch: outputs and their residuals are what there is.
    assert block_bytes(DenseCNN(), layout) >= 2 * 4 * 50 * layout.block
    assert gradient_flops(DenseCNN(), 2, layout) > 0.5 * gradient_flops(CNN(), 2, layout)
