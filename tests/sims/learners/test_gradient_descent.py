"""Gradient descent in lanes: against plain loops, and every option doing what it says."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import theory.dsd.risks
from sims.learners import GradientDescent, lanes
from sims.models import CNN, FCN, LCN, Linear
from sims.models.base import apply
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.samples.layout import BLOCK, SMALL_BLOCK, UNROLLED
from sims.tasks import DSD
from sims.tasks.base import Batch

TASK = DSD(k=3, d=4, sigma=0.3)
SHORT = GradientDescent(steps=60, lr_w=(0.1, 0.01), lr_b=(0.05, 0.01), init_std=0.3, init_bias=(0.1,))


def draw(key, n, stream=0):
    batch = TASK.sample(key, n, stream=stream)
    return Batch(np.asarray(batch.x), np.asarray(batch.y), {})


def plain_path(model, learner, start, batch, lr_w, lr_b):
    """Parameters after every step of one training run: jax.grad of the loss on the whole set, one step at a
    time.
    """
    transform = {
        "sgd": optax.identity(),
        "momentum": optax.trace(learner.momentum),
        "adam": optax.scale_by_adam(),
    }[learner.optimizer]
    y = jnp.asarray(batch.y)

    def loss(params):
        f = apply(model, params, jnp.asarray(batch.x))
        if learner.loss == "squared":
            return jnp.mean((f - y) ** 2)
        if learner.loss == "logistic":
            return jnp.mean(jnp.log1p(jnp.exp(-y * f)))
        return jnp.mean(jnp.maximum(0.0, 1 - y * f))

    slope = jax.jit(jax.grad(loss))
    params, state = start, transform.init(start)
    yield params
    for _ in range(learner.steps):
        update, state = transform.update(slope(params), state, params)
        params = {r: leaf - (lr_b if r == "b" else lr_w) * update[r] for r, leaf in params.items()}
        params["b"] = jnp.maximum(params["b"], 0.0)
        if learner.project:
            norm = jnp.linalg.norm(params["w"], axis=-1, keepdims=True)
            params["w"] = jnp.where(norm > 1, params["w"] / norm, params["w"])
        yield params


CASES = [
    (CNN(), {}),
    (LCN(activation="relu"), {}),
    (FCN(), {"optimizer": "momentum", "lr_w": (0.02,), "init_bias": (0.05, 0.2)}),
    (LCN(), {"optimizer": "adam", "loss": "logistic", "lr_w": (0.02,)}),
    (CNN(activation="relu_pair"), {"loss": "hinge"}),
    (LCN(), {"project": True, "init_std": 1.0}),
    (FCN(bias="fixed"), {}),
    (Linear(), {}),
]


@pytest.mark.parametrize(("model", "options"), CASES, ids=lambda case: getattr(case, "name", None))
@pytest.mark.parametrize(
    ("n", "capacity"), [(SMALL_BLOCK - 5, 400), (2 * BLOCK + 7, 400), (BLOCK + 7, (UNROLLED + 1) * BLOCK)]
)
def test_lanes_follow_the_plain_loop_and_keep_its_best_net(
    model, options, n, capacity, getkey, unrolled_blocks
):
    """Risk of the net kept, its step and its rates equal those of the plain loops, one for every grid
    point.
    """
    learner = dataclasses.replace(SHORT, **options)
    key = getkey()
    train, test = draw(key, n), draw(key, 300, stream=1)
    trained = learner.train(
        model, key, pack(train, capacity=capacity), pack(test, capacity=300), stop_below=None
    )
    risks = {}
    for lr_w, lr_b, bias in learner.grid(model):
        start = model.init(jax.random.split(key)[0], TASK.k, TASK.d, std=learner.init_std, bias=bias)
        for step, params in enumerate(plain_path(model, learner, start, train, lr_w, lr_b)):
            if step % learner.eval_every == 0:
                f = np.asarray(apply(model, params, jnp.asarray(test.x)))
                risks[lr_w, lr_b, bias, step] = float(np.mean((f - test.y) ** 2))
    assert trained.risk == pytest.approx(min(risks.values()), rel=1e-3)
    chosen = trained.selected
    assert risks[chosen["lr_w"], chosen["lr_b"], chosen["init_bias"], chosen["step"]] == pytest.approx(
        trained.risk, rel=1e-3
    )
    assert trained.squared_error(pack(test, capacity=300)) == pytest.approx(trained.risk, rel=1e-4)
    assert trained.trainings == len(learner.grid(model))
    assert trained.steps == learner.steps


def test_the_risk_on_a_test_set_is_the_exact_risk_of_theory(getkey):
    """Trained nets against `theory.dsd.risks.net_risk`: within five standard errors of the test set's
    mean.
    """
    key, m = getkey(), 40_000
    train, test = draw(key, 60), draw(key, m, stream=1)
    signal = np.asarray(TASK.signal_vector(key), float)
    for model in (LCN(), CNN()):
        learner = dataclasses.replace(SHORT, steps=200, lr_w=(0.1,), lr_b=(0.01,))
        packed = pack(train, capacity=60), pack(draw(key, 100, stream=2), capacity=100)
        start, _ = lanes.begin(model, key, TASK.k, TASK.d, 0.3, jnp.asarray([0.1]))
        rates = jnp.asarray([0.1]), jnp.asarray([0.01])
        path = lanes.run(model, learner.settings, start, *rates, *packed, jnp.asarray(-1.0), key)
        params = {role: leaf[0] for role, leaf in path.best_params.items()}
        w = np.broadcast_to(np.asarray(params["w"][0], float), (TASK.k, TASK.d))
        exact = theory.dsd.risks.net_risk(
            w @ signal, np.linalg.norm(w, axis=1), float(params["b"]), TASK.sigma
        )
        errors = (np.asarray(apply(model, params, jnp.asarray(test.x)), float) - test.y) ** 2
        assert abs(errors.mean() - float(exact)) < 5 * errors.std() / np.sqrt(m)


def test_training_stops_at_the_first_look_that_reaches_the_target(getkey):
    key = getkey()
    sets = pack(draw(key, 200), capacity=200), pack(draw(key, 300, stream=1), capacity=300)
    learner = dataclasses.replace(SHORT, steps=400)
    whole = learner.train(CNN(), key, *sets, stop_below=None)
    target = whole.risk * 1.5
    stopped = learner.train(CNN(), key, *sets, stop_below=target)
    assert whole.risk < stopped.risk <= target
    assert stopped.steps < whole.steps == 400
    assert stopped.selected["step"] == stopped.steps


def test_patience_ends_a_run_that_no_longer_improves(getkey):
    key = getkey()
    sets = pack(draw(key, 20), capacity=20), pack(draw(key, 300, stream=1), capacity=300)
    learner = dataclasses.replace(SHORT, steps=5000, lr_w=(0.1,), lr_b=(0.01,))
    whole = learner.train(LCN(), key, *sets, stop_below=None)
    patient = dataclasses.replace(learner, patience=100).train(LCN(), key, *sets, stop_below=None)
    assert patient.steps < 5000
    assert patient.steps - patient.selected["step"] >= 100
    assert patient.risk >= whole.risk


def test_a_lane_that_diverges_leaves_the_others_alone(getkey):
    key = getkey()
    sets = pack(draw(key, 50), capacity=50), pack(draw(key, 300, stream=1), capacity=300)
    sane = dataclasses.replace(SHORT, lr_w=(0.1,))
    both = dataclasses.replace(SHORT, lr_w=(1e6, 0.1))
    alone, beside = (one.train(LCN(), key, *sets, stop_below=None) for one in (sane, both))
    assert beside.risk == pytest.approx(alone.risk, rel=1e-5)
    assert beside.selected == pytest.approx(alone.selected, rel=1e-5)


@pytest.mark.parametrize("lanes_at_a_time", [1, 4])
def test_only_where_every_rate_diverges_from_the_start_a_training_has_diverged(getkey, lanes_at_a_time):
    key = getkey()
    sets = pack(draw(key, 50), capacity=50), pack(draw(key, 300, stream=1), capacity=300)

    def selected(**changes):
        learner = dataclasses.replace(SHORT, **changes)
        return learner.train_in_groups(LCN(), key, *sets, stop_below=None, lanes=lanes_at_a_time).selected

    lost = selected(lr_w=(1e6, 1e9))
    assert (lost["diverged"], lost["step"]) == (True, 0)
    assert "diverged" not in selected(lr_w=(1e6, 0.1))
    # Three times too large a rate helps for a step or two; what it found there counts.
    lucky = selected(lr_w=(3.0,), lr_b=(1.0,), eval_every=1, steps=200)
    assert lucky["step"] > 0
    assert "diverged" not in lucky
    # At a rate that moves nothing, no net is better than the start, and patience ends it.
    still = selected(lr_w=(1e-12,), lr_b=(1e-12,), patience=20)
    assert "diverged" not in still


def test_the_bias_stays_at_zero_or_above_and_a_fixed_one_stays_put(getkey):
    key = getkey()
    sets = pack(draw(key, 50), capacity=50), pack(draw(key, 300, stream=1), capacity=300)
    eager = dataclasses.replace(SHORT, lr_b=(5.0,), init_bias=(0.0,), steps=100)
    assert eager.train(CNN(), key, *sets, stop_below=None).selected["bias"] >= 0
    fixed = dataclasses.replace(SHORT, init_bias=(0.25,)).train(
        CNN(bias="fixed"), key, *sets, stop_below=None
    )
    assert fixed.selected["bias"] == 0.25
    assert fixed.trainings == len(SHORT.lr_w)


def test_minibatches_reach_what_the_full_batch_reaches_and_differ_by_key(getkey):
    key = getkey()
    sets = pack(draw(key, 300), capacity=300), pack(draw(key, 300, stream=1), capacity=300)
    full = dataclasses.replace(SHORT, steps=300).train(CNN(), key, *sets, stop_below=None)
    small = dataclasses.replace(SHORT, steps=300, batch=32)
    one = small.train(CNN(), key, *sets, stop_below=None)
    other = small.train(CNN(), getkey(), *sets, stop_below=None)
    assert one.risk < 1.2 * full.risk
    assert one.risk != other.risk


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("optimizer", "lion"),
        ("loss", "absolute"),
        ("lr_w", ()),
        ("lr_b", (-0.1,)),
        ("steps", 5),
        ("steps", 15),
        ("batch", 0),
        ("init_std", -1.0),
        ("init_bias", (-0.1,)),
        ("init_bias", ()),
        ("momentum", 1.0),
        ("patience", 1),
    ],
)
def test_a_value_out_of_range_is_named(option, value):
    with pytest.raises(InputError) as caught:
        GradientDescent(**{option: value})
    assert caught.value.option == option
