"""Models on turned images: the first layer as a matrix, and parameters that follow a turn."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.models import CNN, FCN, LCN, Linear
from sims.models.base import Turnable, apply
from theory.groups import GROUPS

K, D, LANES = 4, 3, 5
MODELS = [cls(activation=a) for cls in (FCN, LCN, CNN) for a in ("lsa", "relu_pair", "relu")]
MODELS += [FCN(width=7), Linear()]
models = pytest.mark.parametrize(
    "model", MODELS, ids=lambda m: f"{m.name}-{getattr(m, 'activation', 'none')}-{getattr(m, 'width', None)}"
)


def lanes(model, key):
    keys = jax.random.split(key, LANES)
    starts = [model.init(one, K, D, std=1.0, bias=0.3 + 0.1 * i) for i, one in enumerate(keys)]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *starts)


def turned_images(x, matrix):
    return jnp.asarray((np.asarray(x, float).reshape(len(x), -1) @ matrix.T).reshape(x.shape), jnp.float32)


@models
@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_transported_parameters_give_on_turned_images_what_the_old_ones_gave(model, group, getkey):
    """For every turn of the model's group, in every lane; for a generic turn of any other group there are no
    such parameters.
    """
    params, x = lanes(model, getkey()), jax.random.normal(getkey(), (9, K, D))
    for seed in range(3):
        matrix = group.sample_generic(np.random.default_rng(seed), K, D)
        moved = model.transport(params, matrix, K, D)
        assert (moved is not None) == group.is_subgroup_of(GROUPS[model.group])
        if moved is None:
            continue
        assert moved.keys() == params.keys()
        blocks = [jnp.transpose(images, (1, 2, 0)) for images in (x, turned_images(x, matrix))]
        old, new = model.outputs(params, blocks[0]), model.outputs(moved, blocks[1])
        np.testing.assert_allclose(new, old, atol=3e-5)
        assert np.abs(model.outputs(params, blocks[1]) - old).max() > 0.1


@models
def test_transport_takes_one_lane_and_traced_parameters(model, getkey):
    matrix = GROUPS[model.group].sample(np.random.default_rng(3), K, D)
    params = lanes(model, getkey())
    moved = jax.jit(lambda p: model.transport(p, matrix, K, D))(params)
    for lane in range(LANES):
        one = model.transport({role: leaf[lane] for role, leaf in params.items()}, matrix, K, D)
        for role, leaf in one.items():
            np.testing.assert_allclose(leaf, moved[role][lane], atol=1e-6)


@models
def test_filters_are_the_first_layer_on_flattened_images(model, getkey):
    params, x = lanes(model, getkey()), jax.random.normal(getkey(), (9, K, D))
    filters = model.filters(params, K, D)
    z = np.asarray(x, float).reshape(9, -1) @ filters.T
    first = {role: leaf[0] for role, leaf in params.items()}
    b, f = float(first["b"]), np.asarray(apply(model, first, x))
    if model.name == "linear":
        expected = z[:, 0]
    elif model.activation == "lsa":
        expected = np.sum(np.sign(z) * np.maximum(np.abs(z) - b, 0), axis=1)
    else:
        plus, minus = np.split(np.maximum(z - b, 0), 2, axis=1)
        expected = np.sum(plus - minus, axis=1)
    np.testing.assert_allclose(f, expected, atol=3e-5)


def test_the_order_of_neurons_changes_nothing(getkey):
    """Of a fully connected net, so that weights that follow a turn are not the only ones that do."""
    model, x = FCN(), jax.random.normal(getkey(), (9, K, D))
    params = model.init(getkey(), K, D, std=1.0, bias=0.2)
    reordered = {**params, "w": params["w"][:, np.random.default_rng(4).permutation(K)]}
    np.testing.assert_allclose(apply(model, reordered, x), apply(model, params, x), atol=1e-5)


@models
def test_models_say_that_they_can_follow_turns(model):
    assert isinstance(model, Turnable)
    assert model.group in GROUPS
