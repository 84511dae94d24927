"""Updates: AdamW against a slow twin, any transformation of optax in lanes, and what they keep in memory."""

import dataclasses
import re
from pathlib import Path
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sims.learners import GradientDescent, ScaledDescent, lanes
from sims.learners.prices.training import FLOAT, parameter_count
from sims.learners.updates.adamw import AdamW
from sims.models import FCN, LCN, WideCNN
from sims.pieces import build, describe, registered, registry
from sims.pieces.cell import config_id
from sims.pieces.errors import InputError
from sims.samples import Layout, pack
from sims.tasks import DSD
from tests.twins import plain_loop as twin

K, D, N = 3, 4, 40
TASK = DSD(k=K, d=D, sigma=0.3)
SHORT = GradientDescent(steps=40, lr_w=(0.1, 0.02), lr_b=(0.05,), init_std=0.3, init_bias=(0.1,))


@pytest.fixture(scope="module")
def sets():
    key = jax.random.key(3)
    return [pack(TASK.sample(key, n, stream=stream), capacity=n) for stream, n in enumerate((N, 100))]


def end(model, learner, sets):
    """Start and end of all lanes, every step taken."""
    rates = [np.asarray(column, np.float32) for column in zip(*learner.grid(model), strict=True)]
    start, key = lanes.begin(model, jax.random.key(1), K, D, learner.init_std, rates[2])
    path = lanes.run(model, learner.settings, start, rates[0], rates[1], *sets, np.float32(-np.inf), key)
    return start, path.params


@dataclasses.dataclass(frozen=True, kw_only=True)
class Clipped:
    """Steps of at most so long a gradient, as any user may write them."""

    norm: float = 0.1
    weights: float = 1.0
    name: ClassVar[str] = "clipped"
    version: ClassVar[int] = 1

    def transformation(self, steps):
        return optax.chain(optax.clip_by_global_norm(self.norm), optax.sgd(1.0))

    def rate_of(self, role):
        return self.weights if role == "w" else 1.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sgd:
    """Plain steps, linear in the gradient."""

    decay: float = 0.0
    name: ClassVar[str] = "plain"
    version: ClassVar[int] = 1
    linear: ClassVar[bool] = True

    def transformation(self, steps):
        return optax.chain(optax.add_decayed_weights(self.decay), optax.sgd(1.0))


def slow_adamw(x, y, w, b, *, lr_w, lr_b, steps, update):
    """AdamW on the LCN, a number at a time as its algorithm reads, in float32."""
    one = np.float32
    moments = {name: [np.zeros_like(value), np.zeros_like(value)] for name, value in (("w", w), ("b", b))}
    for t in range(1, steps + 1):
        gradients = dict(zip("wb", twin.gradient("lcn", x, y, w, b), strict=True))
        s = min(t / update.warmup, 1.0)
        if update.cosine:
            gone = max(t - 1 - update.warmup, 0) / (steps - update.warmup)
            s *= (1 + np.cos(np.pi * gone)) / 2
        moved = {}
        for name, g in gradients.items():
            m, v = moments[name]
            m[...] = one(update.beta_1) * m + one(1 - update.beta_1) * g
            v[...] = one(update.beta_2) * v + one(1 - update.beta_2) * g**2
            corrected = m / one(1 - update.beta_1**t), v / one(1 - update.beta_2**t)
            moved[name] = corrected[0] / (np.sqrt(corrected[1]) + one(update.epsilon))
        w = w - one(lr_w * s) * (moved["w"] + one(update.decay) * w)
        b = np.maximum(b - one(lr_b * s) * moved["b"], one(0))
    return w, b


@pytest.mark.parametrize("cosine", [False, True])
def test_adamw_takes_the_steps_of_its_algorithm(sets, cosine):
    update = AdamW(decay=0.5, warmup=6, cosine=cosine)
    learner = dataclasses.replace(SHORT, steps=20, eval_every=20, update=update)
    start, params = end(LCN(), learner, sets)
    x, y = sets[0].images(), sets[0].labels()
    for lane, (lr_w, lr_b, bias) in enumerate(learner.grid(LCN())):
        w, b = np.asarray(start["w"])[lane, 0], np.asarray(bias, np.float32)
        slow = slow_adamw(x, y, w, b, lr_w=lr_w, lr_b=lr_b, steps=20, update=update)
        # float32 rounds at 1e-7, and Adam divides by roots of small numbers.
        np.testing.assert_allclose(np.asarray(params["w"])[lane, 0], slow[0], atol=2e-5)
        np.testing.assert_allclose(np.asarray(params["b"])[lane], slow[1], atol=2e-5)
        assert np.abs(slow[0] - w).max() > 0.05


def test_steps_of_an_update_are_added_as_optax_has_them(sets):
    plain = end(LCN(), SHORT, sets)[1]
    same = end(LCN(), dataclasses.replace(SHORT, update=Sgd()), sets)[1]
    for role, leaf in plain.items():
        np.testing.assert_allclose(leaf, same[role], rtol=1e-5, atol=1e-6)


def test_a_lane_has_its_own_norm_and_its_own_state(sets):
    learner = dataclasses.replace(SHORT, update=Clipped())
    _, together = end(FCN(), learner, sets)
    for lane, rate in enumerate(learner.lr_w):
        _, alone = end(FCN(), dataclasses.replace(learner, lr_w=(rate,)), sets)
        for role, leaf in together.items():
            np.testing.assert_allclose(np.asarray(leaf)[lane], np.asarray(alone[role])[0], atol=1e-5)


def test_a_role_has_the_rate_that_the_update_gives_it(sets):
    twice = dataclasses.replace(SHORT, update=Clipped(weights=2.0))
    rates = dataclasses.replace(SHORT, update=Clipped(), lr_w=tuple(2 * rate for rate in SHORT.lr_w))
    for role, leaf in end(LCN(), twice, sets)[1].items():
        np.testing.assert_allclose(leaf, end(LCN(), rates, sets)[1][role], atol=1e-6)


def test_decay_moves_nothing_that_stands_still(sets):
    learner = dataclasses.replace(SHORT, update=AdamW(decay=1.0))
    for model, role in ((WideCNN(width=4, output_layer="fixed"), "a"), (LCN(bias="fixed"), "b")):
        start, params = end(model, learner, sets)
        np.testing.assert_array_equal(start[role], params[role])
        assert not np.array_equal(start["w"], params["w"])
    model = LCN(bias="fixed")
    tight = dataclasses.replace(SHORT, update=Clipped(norm=1e-3), lr_w=(1.0,), steps=1, eval_every=1)
    start, params = end(model, tight, sets)
    # The whole of the norm is that of the weights: the gradient of a bias that stands still is no part of it.
    assert np.linalg.norm(np.asarray(params["w"] - start["w"])) == pytest.approx(1e-3, rel=1e-3)


def test_a_schedule_runs_to_the_end_of_the_training_whatever_the_group(sets):
    learner = dataclasses.replace(SHORT, update=AdamW(cosine=True), patience=10)
    key = jax.random.key(4)
    whole = learner.train(LCN(), key, *sets, stop_below=None)
    parts = learner.train_in_groups(LCN(), key, *sets, stop_below=None, lanes=1)
    assert parts.risk == pytest.approx(whole.risk, rel=1e-4)
    np.testing.assert_allclose(parts.final(sets[1]), whole.final(sets[1]), atol=1e-4)


def test_scaled_outputs_take_an_update_that_is_linear_and_keep_their_start(sets):
    learner = ScaledDescent(steps=20, lr_w=(0.5,), init_std=0.5, scale=4.0, update=Sgd(decay=0.1))
    scaled = learner._scaled(LCN(bias="fixed"))
    start, params = end(scaled, learner, sets)
    for role in start:
        assert np.array_equal(start[role], params[role]) == (role != "w"), role
    with pytest.raises(InputError, match="update: got 'adamw'; allowed: null, or an update whose"):
        ScaledDescent(update=AdamW())


def test_the_memory_of_a_lane_holds_what_its_update_keeps():
    layout = Layout.of(100, 100, K, D)
    model = LCN()
    count = parameter_count(model, K, D)
    plain = GradientDescent().workspace(model, layout, layout)
    kept = {
        update: GradientDescent(update=update).workspace(model, layout, layout).lane - plain.lane
        for update in (Sgd(), AdamW(), Clipped())
    }
    # Two moments of every number, and the counts of Adam and of its schedule.
    assert kept == {Sgd(): 0, AdamW(): FLOAT * (2 * count + 2), Clipped(): 0}
    numbers = {"sgd": 0, "momentum": count, "adam": 2 * count + 1}
    for optimizer, number in numbers.items():
        space = GradientDescent(optimizer=optimizer).workspace(model, layout, layout)
        assert space.lane - plain.lane == FLOAT * number
    flops = [GradientDescent(update=one).flops(model, layout, layout, layout) for one in (Sgd(), AdamW())]
    assert flops[0] < flops[1]


def test_an_update_enters_the_id_of_a_learner_where_it_is_set():
    updates = (None, AdamW(), AdamW(decay=0.1), AdamW(warmup=5), AdamW(cosine=True))
    learners = [GradientDescent(update=update) for update in updates]
    assert len({config_id(describe(one)) for one in learners}) == len(learners)
    assert "update" not in describe(GradientDescent())
    assert [build("learner", describe(one)) for one in learners] == learners


def test_the_example_of_the_guide_is_an_update(sets, monkeypatch):
    guide = (Path(__file__).resolve().parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(\"\"\"Plain steps.*?)```", guide, re.DOTALL)
    assert f"This one has {code.count(chr(10))} lines" in guide
    monkeypatch.setitem(registry._registry, "update", registered("update"))
    exec(code, {"__name__": __name__})
    learner = build("learner", {**describe(SHORT), "update": {"name": "clipped", "norm": 0.1}})
    for role, leaf in end(LCN(), learner, sets)[1].items():
        ours = end(LCN(), dataclasses.replace(SHORT, update=Clipped(norm=0.1)), sets)[1]
        np.testing.assert_allclose(leaf, ours[role], atol=1e-6)


def test_the_guide_counts_lines_as_they_are():
    root = Path(__file__).resolve().parents[3]
    guide = " ".join((root / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    for path, words in {
        "sims/learners/updates/adamw.py": "`adamw` is one of {} lines",
        "sims/learners/augmentations/permute_patches.py": "`permute_patches` has {} lines",
        "tests/sims/models/attention.py": "one file of {} lines",
    }.items():
        assert words.format((root / path).read_text(encoding="utf-8").count("\n")) in guide, path


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("decay", -0.1),
        ("decay", float("nan")),
        ("decay", 1e9),
        ("warmup", -1),
        ("warmup", 0.5),
        ("cosine", 1),
        ("beta_1", 1.0),
        ("beta_2", -0.5),
        ("epsilon", 0.0),
    ],
)
def test_a_bad_option_of_adamw_is_refused_by_name(option, value):
    with pytest.raises(InputError, match=f"^{option}: got"):
        AdamW(**{option: value})
    described = {"name": "gradient_descent", "update": {"name": "adamw", option: value}}
    with pytest.raises(InputError, match=rf"^update\.{option}: got"):
        build("learner", described)


def test_what_is_no_update_is_refused_with_those_there_are():
    for given in ("adamw", 3, AdamW):
        with pytest.raises(InputError, match=r"^update: got .*; allowed: adamw, or none"):
            GradientDescent(update=given)
    with pytest.raises(InputError, match=r"^optimizer: got 'adam'; allowed: sgd where an update is given"):
        GradientDescent(update=AdamW(), optimizer="adam")


def test_steps_stay_finite_from_a_gradient_of_zero():
    state = AdamW().transformation(10).init({"w": jnp.zeros(3)})
    moved, _ = AdamW().transformation(10).update({"w": jnp.zeros(3)}, state, {"w": jnp.zeros(3)})
    assert np.array_equal(moved["w"], np.zeros(3))
