"""Quadratic and pooled nets: outputs by definition, gradients by differences, symmetries, what they learn."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.learners import GradientDescent
from sims.models import FCN, PooledCNN, QuadraticCNN, QuadraticFCN, QuadraticLCN, base
from sims.pieces.errors import InputError
from sims.protocols.criteria import RiskLevel
from sims.samples.datasets import Datasets
from sims.tasks import QuadraticRegression, Textures
from theory.groups import GROUPS

K, D, BLOCK = 3, 4, 6
apply = jax.jit(base.apply, static_argnums=0)
NETS = [
    QuadraticFCN(),
    QuadraticFCN(width=5),
    QuadraticLCN(channels=2),
    QuadraticCNN(),
    PooledCNN(window=2, channels=3),
    PooledCNN(window=3, channels=3, activation="quadratic"),
]


def one_lane(model, key):
    """A lane whose every parameter but the bias is random."""
    params = model.init(key, K, D, std=1.0, bias=0.3)
    keys = jax.random.split(key, len(params))
    return {
        role: leaf if role in ("w", "b") else jax.random.normal(one, leaf.shape)
        for one, (role, leaf) in zip(keys, sorted(params.items()), strict=True)
    }


@partial(jax.jit, static_argnums=(0, 3))
def gradient(model, params, x, residual=jnp.square):
    """Of the sum over images of the outputs times a function of them."""
    lanes = {role: leaf[None] for role, leaf in params.items()}
    _, grads = model.pull_back(lanes, jnp.transpose(x, (1, 2, 0)), residual)
    return {role: leaf[0] for role, leaf in grads.items()}


def by_definition(model, params, image):
    """f of one image (k, d), by loops over units, straight from the docstring."""
    p = {role: np.asarray(leaf, float) for role, leaf in params.items()}
    w, a = p["w"], p["a"]
    if model.name == "quadratic_fcn":
        flat = image.reshape(-1)
        hidden = [((u @ flat) ** 2 - u @ u) / (K * D) for u in w]
        return float(np.dot(a, hidden)) / np.sqrt(len(w))
    if model.name == "quadratic_lcn":
        total = sum(
            a[c, j] * ((w[c, :, j] @ image[:, j]) ** 2 - w[c, :, j] @ w[c, :, j]) / K
            for c in range(len(w))
            for j in range(D)
        )
        return float(total) / np.sqrt(len(w) * D)
    if model.name == "quadratic_cnn":
        total = sum(
            a[c] * ((w[c] @ image[:, j]) ** 2 - w[c] @ w[c]) / K for c in range(len(w)) for j in range(D)
        )
        return float(total) / np.sqrt(len(w) * D)
    total = p["c"]
    for c in range(len(w)):
        for position in range(K):
            z = sum(w[c, j] @ image[(position + j) % K] for j in range(model.window))
            total += a[c] * (max(z, 0) if model.activation == "relu" else z**2)
    return float(total)


@pytest.mark.parametrize("model", NETS, ids=str)
def test_outputs_equal_the_definition(model, getkey):
    params = one_lane(model, getkey())
    x = jax.random.normal(getkey(), (BLOCK, K, D))
    f = apply(model, params, x)
    expected = [by_definition(model, params, np.asarray(image, float)) for image in x]
    np.testing.assert_allclose(f, expected, atol=1e-4)


@pytest.mark.parametrize("model", NETS, ids=str)
def test_gradients_equal_differences(model, getkey):
    """Central differences of the float64 definition; the ReLU has no kink within 1e-6 of a random point."""
    params = one_lane(model, getkey())
    x = jax.random.normal(getkey(), (BLOCK, K, D))
    grads = gradient(model, params, x, jnp.ones_like)

    def total(changed):
        return sum(by_definition(model, changed, np.asarray(image, float)) for image in x)

    for role in params.keys() - {"b"}:
        values = np.asarray(params[role], float)
        for place in list(np.ndindex(values.shape))[:5]:
            ends = []
            for side in (-1e-6, 1e-6):
                moved = values.copy()
                moved[place] += side
                ends.append(total({**params, role: moved}))
            slope = (ends[1] - ends[0]) / 2e-6
            assert float(grads[role][place]) == pytest.approx(slope, abs=2e-3, rel=1e-3), role


@pytest.mark.parametrize("model", NETS, ids=str)
def test_lanes_are_independent_and_the_bias_does_nothing(model, getkey):
    one, two = one_lane(model, getkey()), one_lane(model, getkey())
    two = {**two, "b": jnp.asarray(0.7)}
    x = jax.random.normal(getkey(), (BLOCK, K, D))
    lanes = jax.tree.map(lambda first, second: jnp.stack([first, second]), one, two)
    together = jax.jit(model.outputs)(lanes, jnp.transpose(x, (1, 2, 0)))
    np.testing.assert_allclose(together[1], apply(model, {**two, "b": jnp.asarray(0.0)}, x), atol=1e-4)


@pytest.mark.parametrize("model", NETS[:4], ids=str)
def test_quadratic_nets_start_at_zero_and_have_mean_zero_on_gaussian_images(model, getkey):
    """Within five standard errors."""
    x = jax.random.normal(getkey(), (20_000, K, D))
    start = model.init(getkey(), K, D, std=1.0, bias=0.0)
    assert np.all(np.asarray(apply(model, start, x[:10])) == 0)
    f = np.asarray(apply(model, one_lane(model, getkey()), x), float)
    assert abs(f.mean()) < 5 * f.std() / np.sqrt(len(f))


def test_descent_on_the_fully_connected_net_follows_any_rotation(getkey):
    model = QuadraticFCN()
    params, x = one_lane(model, getkey()), jax.random.normal(getkey(), (BLOCK, K, D))
    matrix = GROUPS["orthogonal"].sample(np.random.default_rng(1), K, D)
    turned = (x.reshape(BLOCK, -1) @ jnp.asarray(matrix.T, jnp.float32)).reshape(x.shape)
    moved = model.transport(params, matrix, K, D)
    np.testing.assert_allclose(apply(model, moved, turned), apply(model, params, x), atol=1e-3)
    expected = model.transport(gradient(model, params, x), matrix, K, D)
    np.testing.assert_allclose(gradient(model, moved, turned)["w"], expected["w"], rtol=1e-2, atol=1e-2)
    np.testing.assert_allclose(model.filters({"w": params["w"][None]}, K, D), params["w"])
    assert model.transport(params, 2 * matrix, K, D) is None


@pytest.mark.parametrize("model", [QuadraticLCN(), QuadraticCNN()], ids=str)
def test_descent_on_local_nets_follows_rotations_of_a_pixels_channels(model, getkey):
    """The LCN one of its own at every pixel, the CNN one common to all, and not one of its own."""
    params, x = one_lane(model, getkey()), jax.random.normal(getkey(), (BLOCK, K, D))
    random = jax.random.normal(getkey(), (D, K, K))
    blocks = jnp.linalg.qr(random)[0]
    if model.name == "quadratic_cnn":
        blocks = jnp.broadcast_to(blocks[:1], blocks.shape)
    turned = jnp.einsum("jpq,nqj->npj", blocks, x)

    def move(w):
        if model.name == "quadratic_cnn":
            return jnp.einsum("pq,cq->cp", blocks[0], w)
        return jnp.einsum("jpq,cqj->cpj", blocks, w)

    moved = {**params, "w": move(params["w"])}
    np.testing.assert_allclose(apply(model, moved, turned), apply(model, params, x), atol=1e-3)
    expected = move(gradient(model, params, x)["w"])
    np.testing.assert_allclose(gradient(model, moved, turned)["w"], expected, rtol=1e-2, atol=1e-2)


def test_pooling_does_not_see_cyclic_shifts(getkey):
    model = PooledCNN()
    params, x = one_lane(model, getkey()), jax.random.normal(getkey(), (BLOCK, K, D))
    np.testing.assert_allclose(
        apply(model, params, jnp.roll(x, 1, axis=1)), apply(model, params, x), atol=1e-4
    )


def risk(task, model, learner, n, *, metric, seed=0):
    """Test risk after training on n samples, with nothing held out."""
    criterion = RiskLevel(metric=metric, floor="zero", tolerance=0.1, test_size=500)
    data = Datasets(task, jax.random.key(seed), capacity=120)
    train, monitor = criterion.sets(data, n)
    trained = learner.train(model, jax.random.key(seed + 1), train, monitor, stop_below=None)
    return criterion.judge(data, trained)


DESCENT = GradientDescent(optimizer="momentum", lr_w=(0.1,), init_std=1.0, steps=1000, patience=300)


@pytest.mark.parametrize("model", [QuadraticLCN(), QuadraticCNN()], ids=str)
def test_local_nets_learn_noise_free_quadratics_from_more_samples_than_unknowns(model):
    """d = 6: 18 and 3 free entries. The risk of f = 0 is 1."""
    assert risk(QuadraticRegression(d=6), model, DESCENT, 39, metric="squared") < 0.02


def test_the_fully_connected_net_needs_as_many_samples_as_a_quadratic_form_has_entries():
    """d = 6: 78 free entries. A rotation-equivariant fit of 39 samples finds about half of the form."""
    task = QuadraticRegression(d=6)
    assert risk(task, QuadraticFCN(), DESCENT, 39, metric="squared") > 0.3
    assert risk(task, QuadraticFCN(), DESCENT, 120, metric="squared") < 0.05


def test_two_images_teach_a_convolutional_net_both_textures_and_a_fully_connected_one_two_images():
    task = Textures(k=16)
    seed = next(s for s in range(20) if len(set(task.sample(jax.random.key(s), 2).y.tolist())) == 2)
    adam = GradientDescent(optimizer="adam", lr_w=(0.01,), init_std=0.3, steps=300, patience=100)
    assert risk(task, PooledCNN(), adam, 2, metric="zero_one", seed=seed) == 0.0
    dense = FCN(activation="relu", width=32, bias="fixed")
    assert risk(task, dense, adam, 2, metric="zero_one", seed=seed) > 0.25


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: QuadraticFCN(width=0), "width"),
        (lambda: QuadraticLCN(channels=0), "channels"),
        (lambda: QuadraticCNN(channels=1.5), "channels"),
        (lambda: PooledCNN(window=0), "window"),
        (lambda: PooledCNN(activation="lsa"), "activation"),
        (lambda: PooledCNN(window=4).init(jax.random.key(0), 3, 1, std=1.0, bias=0.0), "window"),
    ],
)
def test_a_value_out_of_range_is_named(make, option):
    with pytest.raises(InputError) as caught:
        make()
    assert caught.value.option == option
