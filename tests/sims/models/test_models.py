"""Models: outputs against a naive loop, hand-written gradients against automatic differentiation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.models import CNN, FCN, LCN, Linear
from sims.models.base import AutomaticGradient, apply
from sims.pieces.errors import InputError

K, D, LANES, BLOCK = 4, 3, 5, 16
ACTIVATIONS = ("lsa", "relu_pair", "relu")
LOCAL = [cls(activation=a) for cls in (FCN, LCN, CNN) for a in ACTIVATIONS] + [FCN(width=7)]
MODELS = [*LOCAL, Linear()]


def label(model):
    return f"{model.name}-{getattr(model, 'activation', 'none')}-{getattr(model, 'width', None)}"


def random_lanes(model, key, lanes=LANES):
    keys = jax.random.split(key, lanes)
    params = [model.init(one, K, D, std=1.0, bias=0.3 + 0.1 * i) for i, one in enumerate(keys)]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *params)


def naive_output(model, params, image):
    """f of one lane on one image (k, d), by loops over units, straight from the definition."""
    w = np.asarray(params["w"], float)
    if model.name == "linear":
        return float(np.sum(w * image))
    b = float(params["b"])
    signs = np.asarray(params["a"], float) if "a" in params else np.array([1.0, -1.0])
    units = {"fcn": w.shape[1], "lcn": K, "cnn": K}[model.name]
    total = 0.0
    for j in range(units):
        for c in range(w.shape[0]):
            if model.name == "fcn":
                z = w[c, j] @ image.reshape(-1)
            else:
                z = (w[c, j] if model.name == "lcn" else w[c]) @ image[j]
            if model.activation == "lsa":
                total += max(z - b, 0) - max(-z - b, 0)
            else:
                total += signs[c] * max(z - b, 0)
    return total


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_outputs_equal_the_definition(model, getkey):
    params = random_lanes(model, getkey())
    x = jax.random.normal(getkey(), (K, D, BLOCK))
    f = model.outputs(params, x)
    for lane in range(LANES):
        one = {role: leaf[lane] for role, leaf in params.items()}
        for n in range(BLOCK):
            image = np.asarray(x[:, :, n], float)
            assert float(f[lane, n]) == pytest.approx(naive_output(model, one, image), abs=1e-4)


@pytest.mark.parametrize("bias", [0.3, 0.0])
@pytest.mark.parametrize("model", LOCAL, ids=label)
def test_hand_written_gradients_equal_automatic_ones(model, bias, getkey):
    params = random_lanes(model, getkey())
    params["b"] = jnp.full_like(params["b"], bias)
    x = jax.random.normal(getkey(), (K, D, BLOCK))
    y = jnp.sign(jax.random.normal(getkey(), (BLOCK,)))

    def residual(f):
        return 2 * (f - y[None, :]) / BLOCK

    f, by_hand = model.pull_back(params, x, residual)
    f_auto, automatic = AutomaticGradient.pull_back(model, params, x, residual)
    np.testing.assert_allclose(f, f_auto, atol=1e-5)
    assert by_hand.keys() == automatic.keys()
    for role in automatic:
        assert by_hand[role].shape == params[role].shape
        np.testing.assert_allclose(by_hand[role], automatic[role], atol=2e-4, err_msg=role)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_a_lane_does_not_see_the_others(model, getkey):
    params = random_lanes(model, getkey())
    x = jax.random.normal(getkey(), (K, D, BLOCK))
    together = model.outputs(params, x)[2]
    alone = apply(model, {role: leaf[2] for role, leaf in params.items()}, jnp.transpose(x, (2, 0, 1)))
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "size"), [(LCN(), K * D), (CNN(), D), (FCN(), K * K * D), (FCN(width=2), 2 * K * D)]
)
def test_the_number_of_weights_is_the_papers(model, size, getkey):
    params = model.init(getkey(), K, D, std=0.1, bias=0.0)
    assert params["w"].size == size
    assert params["b"].size == 1


def test_a_convolutional_net_is_a_locally_connected_one_with_equal_filters(getkey):
    w, x = jax.random.normal(getkey(), (1, D)), jax.random.normal(getkey(), (9, K, D))
    b = jnp.asarray(0.2)
    shared = {"w": jnp.broadcast_to(w[:, None, :], (1, K, D)), "b": b}
    np.testing.assert_allclose(apply(CNN(), {"w": w, "b": b}, x), apply(LCN(), shared, x), atol=1e-5)


def test_a_relu_pair_with_opposite_weights_is_lsa(getkey):
    w, x = jax.random.normal(getkey(), (1, K, D)), jax.random.normal(getkey(), (9, K, D))
    b = jnp.asarray(0.2)
    pair = {"w": jnp.concatenate([w, -w]), "b": b}
    lsa = apply(LCN(), {"w": w, "b": b}, x)
    np.testing.assert_allclose(apply(LCN(activation="relu_pair"), pair, x), lsa, atol=1e-5)
    relu = {**pair, "a": jnp.asarray([1.0, -1.0])}
    np.testing.assert_allclose(apply(LCN(activation="relu"), relu, x), lsa, atol=1e-5)


@pytest.mark.parametrize(
    ("cls", "option", "value"), [(LCN, "activation", "gelu"), (CNN, "bias", "maybe"), (FCN, "width", 0)]
)
def test_a_value_out_of_range_is_named(cls, option, value):
    with pytest.raises(InputError) as caught:
        cls(**{option: value})
    assert caught.value.option == option
