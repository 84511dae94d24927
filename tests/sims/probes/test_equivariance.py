"""Equivariance: what holds run by run, what the test by law rejects, and what could fool either of them."""

import dataclasses
import itertools
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from sims.learners import GradientDescent
from sims.learners.two_step import TwoStep
from sims.models import CNN, FCN, LCN
from sims.models.base import AutomaticGradient
from sims.pieces.errors import InputError
from sims.probes.limits.equivariance import Equivariance
from sims.probes.limits.orbits import (
    ALPHA,
    TOLERANCE,
    Algorithm,
    LawTest,
    law_test,
    outcome,
    pathwise_gap,
    relative_gap,
    start_p_value,
    transported,
    turned,
)
from sims.probes.limits.permutation_tests import energy_p_value
from sims.samples import pack
from sims.tasks import DSD
from theory.groups import GROUPS

K, D, N = 4, 5, 64
TASK = DSD(k=K, d=D, sigma=0.2)
SGD = GradientDescent(lr_w=(0.1,), lr_b=(0.05,), steps=200, eval_every=20, init_std=0.05, init_bias=(0.02,))
MOMENTUM = dataclasses.replace(SGD, optimizer="momentum", lr_w=(0.05,), lr_b=(0.02,))
ADAM = dataclasses.replace(SGD, optimizer="adam", lr_w=(0.01,), lr_b=(0.01,))


def algorithm(model, learner, seed=0):
    train, monitor, test = (
        TASK.sample(jax.random.key(seed), n, stream=stream) for stream, n in enumerate((N, 128, 32))
    )
    return Algorithm(model=model, learner=learner, train=train, monitor=monitor, test=test)


def turn(group, seed=0):
    return GROUPS[group].sample_generic(np.random.default_rng(seed), K, D)


def keys(count, seed=1):
    return list(jax.random.split(jax.random.key(seed), count))


def by_law(one, matrix, starts=64):
    drawn = keys(2 * starts, seed=2)
    plain, moved = one.runs(drawn[:starts]), one.runs(drawn[starts:], matrix)
    return law_test(plain.outputs, moved.outputs, np.random.default_rng(0))


def test_turns_of_samples_compose_and_keep_labels():
    batch, first, second = algorithm(FCN(), SGD).train, turn("orthogonal", 1), turn("orthogonal", 2)
    twice = turned(turned(batch, first), second)
    np.testing.assert_allclose(twice.x, turned(batch, second @ first).x, atol=1e-6)
    np.testing.assert_array_equal(twice.y, batch.y)
    assert np.abs(twice.x - batch.x).max() > 0.1


PATHWISE = {
    "fcn, gradient descent": (FCN(), SGD, "orthogonal"),
    "fcn, mini-batches: the same key draws the same samples on both sides": (
        FCN(),
        dataclasses.replace(SGD, batch=8),
        "orthogonal",
    ),
    "lcn, many rates, selected along the path on the turned monitor set": (
        LCN(),
        dataclasses.replace(SGD, lr_w=(0.1, 0.03), lr_b=(0.05, 0.01), eval_every=5),
        "patchwise_orthogonal",
    ),
    "cnn, filters projected to the unit ball": (
        CNN(),
        dataclasses.replace(SGD, project=True, lr_w=(0.3,)),
        "shared_orthogonal",
    ),
    "fcn, rough start far from linear": (
        FCN(),
        dataclasses.replace(SGD, init_std=0.3, init_bias=(0.2,)),
        "orthogonal",
    ),
    "lcn with a trained output layer, momentum, logistic loss": (
        LCN(activation="relu"),
        dataclasses.replace(SGD, optimizer="momentum", loss="logistic", lr_w=(0.03,)),
        "patchwise_orthogonal",
    ),
    "fcn, Adam, which keeps signed permutations": (FCN(), ADAM, "signed_permutations"),
    "lcn, two steps": (LCN(), TwoStep(loss="correlation"), "patchwise_orthogonal"),
}


@pytest.mark.parametrize("case", PATHWISE.values(), ids=PATHWISE)
def test_training_follows_a_turn_of_its_group_to_rounding(case):
    """To 1e-4, a tenth of the tolerance; and the outputs are not those of an untrained or a silent net."""
    model, learner, group = case
    one = algorithm(model, learner)
    gap = pathwise_gap(one, turn(group), keys(3))
    assert gap is not None
    assert gap < TOLERANCE / 10
    for trained in one.runs(keys(3)).trained:
        assert trained.selected["step"] > 0
        assert trained.risk < 0.6


def test_the_bias_held_at_zero_is_held_there_on_both_sides():
    """The clamp is on one scalar that no turn moves: it acts at the same steps."""
    one, matrix = algorithm(FCN(), dataclasses.replace(SGD, lr_b=(0.2,))), turn("orthogonal")
    follower = transported(FCN(), matrix, K, D)
    sides = one.runs(keys(4)).trained, one.runs(keys(4), matrix, model=follower).trained
    biases = [[float(run.params["b"][0]) for run in side] for side in sides]
    assert min(biases[0]) == 0
    np.testing.assert_allclose(biases[0], biases[1], atol=1e-5)


def test_a_monitor_set_that_does_not_turn_breaks_the_agreement():
    """Selection on it is a part of the algorithm: on the wrong images it picks other nets."""
    one, matrix = algorithm(LCN(), dataclasses.replace(SGD, eval_every=5)), turn("patchwise_orthogonal")
    follower = transported(LCN(), matrix, K, D)
    train, test = (pack(turned(batch, matrix), capacity=len(batch.y)) for batch in (one.train, one.test))
    monitor = pack(one.monitor, capacity=len(one.monitor.y))
    found = [SGD.train(follower, key, train, monitor, stop_below=None).outputs(test) for key in keys(3)]
    assert relative_gap(one.runs(keys(3)).outputs, np.stack(found)) > 0.05


def test_other_mini_batches_would_break_the_agreement():
    one = algorithm(FCN(), dataclasses.replace(SGD, batch=8))
    assert relative_gap(one.runs(keys(3)).outputs, one.runs(keys(3, seed=9)).outputs) > 0.05


def test_adam_does_not_follow_a_generic_turn_but_a_signed_permutation_among_them():
    """Signed permutations are in O(kd) too: one of them would hide that Adam is not equivariant under O(kd).
    Hence the probe's turns are drawn outside all smaller groups.
    """
    one = algorithm(FCN(), ADAM)
    accident = turn("signed_permutations")
    assert GROUPS["orthogonal"].contains(accident, K, D)
    assert pathwise_gap(one, accident, keys(3)) < TOLERANCE / 10
    assert pathwise_gap(one, turn("orthogonal"), keys(3)) > 50 * TOLERANCE


@pytest.mark.parametrize(
    ("model", "learner", "group", "equivariant"),
    [
        (FCN(), ADAM, "orthogonal", False),
        (LCN(), SGD, "orthogonal", False),
        (LCN(), SGD, "signed_permutations", False),
        (CNN(), ADAM, "shared_orthogonal", False),
        (CNN(), TwoStep(), "patchwise_signed_permutations", False),
        (FCN(), SGD, "orthogonal", True),
        (CNN(), ADAM, "shared_signed_permutations", True),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_laws_of_outputs_differ_where_training_is_not_equivariant(model, learner, group, equivariant):
    found = by_law(algorithm(model, learner), turn(group, 3))
    assert (found.p_value > ALPHA) == equivariant
    if not equivariant:
        assert found.gap > 50 * TOLERANCE


def test_runs_that_do_not_vary_are_not_told_apart_by_rounding():
    """From zero weights two steps give one net; on turned images its float32 outputs differ in the last
    digits, always alike. Without the noise of the size of the tolerance, a test by law would call that a
    difference.
    """
    one = algorithm(FCN(), TwoStep(init_variance=0.0))
    matrix = turn("orthogonal", 4)
    plain, moved = one.runs(keys(12)).outputs, one.runs(keys(12), matrix).outputs
    assert 0 < relative_gap(plain, moved) < TOLERANCE / 10
    assert energy_p_value(plain, moved, np.random.default_rng(0)) <= ALPHA
    assert law_test(plain, moved, np.random.default_rng(0)).p_value > ALPHA


@dataclasses.dataclass(frozen=True)
class FirstPatch(AutomaticGradient):
    """f(x) = <w, x_0>: a new model, with nothing but the protocol's minimum."""

    name: ClassVar[str] = "first_patch"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "orthogonal blocks that keep patch 0"
    trained_bias: ClassVar[bool] = False

    def init(self, key, k, d, *, std, bias):
        del k, bias
        return {"w": std * jax.random.normal(key, (d,), jnp.float32), "b": jnp.zeros((), jnp.float32)}

    def outputs(self, params, x):
        return params["w"] @ x[0]


def test_a_model_without_transport_is_tested_by_law():
    one = algorithm(FirstPatch(), SGD)
    matrix = turn("shared_signed_permutations", 5)
    assert pathwise_gap(one, matrix, keys(2)) is None
    assert start_p_value(FirstPatch(), matrix, K, D, jax.random.key(0), np.random.default_rng(0)) is None
    assert outcome(None, None, by_law(one, matrix)) == "not equivariant"
    keeping = np.eye(K * D)
    keeping[:D, :D] = GROUPS["orthogonal"].sample(np.random.default_rng(6), 1, D)
    assert outcome(None, None, by_law(one, keeping)) == "undecided"


@dataclasses.dataclass(frozen=True, kw_only=True)
class UniformStart(FCN):
    """A fully connected net whose weights start uniform: turned, they are not uniform any more."""

    name: ClassVar[str] = "uniform_start"

    def init(self, key, k, d, *, std, bias):
        start = super().init(key, k, d, std=std, bias=bias)
        w = jax.random.uniform(key, start["w"].shape, minval=-1, maxval=1)
        return {**start, "w": std * np.sqrt(3) * w}


@pytest.mark.parametrize("model", [FCN(), LCN(), CNN()], ids=lambda model: model.name)
def test_gaussian_starts_have_a_law_that_follows_every_turn(model):
    rng = np.random.default_rng(0)
    assert start_p_value(model, turn(model.group, 7), K, D, jax.random.key(3), rng) > ALPHA


def test_agreement_run_by_run_does_not_count_if_the_law_of_the_start_does_not_follow():
    one, matrix = algorithm(UniformStart(), SGD), turn("orthogonal")
    start = start_p_value(UniformStart(), matrix, K, D, jax.random.key(4), np.random.default_rng(0))
    assert pathwise_gap(one, matrix, keys(2)) < TOLERANCE
    assert start <= ALPHA
    assert outcome(0.0, start, LawTest(p_value=0.5, gap=0.0, error=0.1)) == "undecided"


@pytest.mark.parametrize(
    ("gap", "start", "p_value", "expected"),
    [
        (1e-6, 0.5, 0.5, "equivariant"),
        (0.3, 0.5, 0.5, "undecided"),
        (None, None, 0.5, "undecided"),
        (0.3, 0.5, 1e-5, "not equivariant"),
        (1e-6, 0.5, 1e-5, "not equivariant"),
        (1e-6, 1e-5, 0.5, "undecided"),
    ],
)
def test_outcomes_need_their_evidence(gap, start, p_value, expected):
    assert outcome(gap, start, LawTest(p_value=p_value, gap=0.1, error=0.1)) == expected


def test_silent_nets_are_an_error_and_no_agreement():
    with pytest.raises(FloatingPointError, match="zero at every test point"):
        relative_gap(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(FloatingPointError, match="zero at every test point"):
        law_test(np.zeros((8, 3)), np.zeros((8, 3)), np.random.default_rng(0))


def risks(model, learner, group, repetitions=150):
    """Risks of training on DSD as it is, and on DSD turned by a new Haar draw in every repetition; all data
    and starts independent.
    """
    rng, found = np.random.default_rng(11), ([], [])
    for repetition, side in itertools.product(range(repetitions), (0, 1)):
        one = algorithm(model, learner, seed=2 * repetition + side + 100)
        matrix = GROUPS[group].sample(rng, K, D) if side else None
        found[side].append(one.runs(keys(1, seed=2 * repetition + side), matrix).trained[0].risk)
    return np.array(found[0]), np.array(found[1])


@pytest.mark.parametrize(
    ("model", "group", "same"),
    [(FCN(), "orthogonal", True), (LCN(), "patchwise_orthogonal", True), (LCN(), "orthogonal", False)],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_risk_averaged_over_turns_is_the_risk_unturned_for_equivariant_nets(model, group, same):
    """Same: two means of independent risks, apart by less than a chance of 1e-6 allows. Else: a turned signal
    is spread over patches, and the locally connected net pays for it.
    """
    plain, moved = risks(model, MOMENTUM, group)
    z = (moved.mean() - plain.mean()) / np.sqrt(plain.var() / len(plain) + moved.var() / len(moved))
    if same:
        assert abs(z) < norm.isf(0.5e-6)
    else:
        assert z > norm.isf(0.5e-6)


def test_the_predicted_table_is_inclusion_of_groups():
    """Yes for the groups listed, no for all others: 72 cells."""
    patchwise = {
        "patchwise_orthogonal",
        "shared_orthogonal",
        "patchwise_signed_permutations",
        "shared_signed_permutations",
    }
    shared = {"shared_orthogonal", "shared_signed_permutations"}
    signed = {name for name in GROUPS if "signed" in name}
    follows = {"fcn": set(GROUPS), "lcn": patchwise, "cnn": shared}
    for model, optimizer, group in itertools.product(
        follows, ("sgd", "momentum", "adam", "two_step"), GROUPS
    ):
        expected = group in (follows[model] & signed if optimizer == "adam" else follows[model])
        assert Equivariance(model=model, optimizer=optimizer, group=group).predicted() == expected


@pytest.mark.parametrize(
    ("model", "optimizer", "group"),
    [
        ("fcn", "adam", "orthogonal"),
        ("lcn", "sgd", "orthogonal"),
        ("fcn", "sgd", "orthogonal"),
        ("lcn", "adam", "patchwise_signed_permutations"),
        ("cnn", "two_step", "shared_orthogonal"),
    ],
)
def test_the_probe_decides_as_theory_says_and_says_the_same_again(model, optimizer, group):
    probe = Equivariance(model=model, optimizer=optimizer, group=group, matrices=1)
    entropy = 2**127 + 12345
    found = {quantity.name: quantity for quantity in probe.measure(entropy)}
    assert found["equivariant"].value == found["equivariant"].predicted
    if optimizer != "two_step":
        assert found["risk"].value < 0.5
    if "pathwise_gap" in found:
        gap = found["pathwise_gap"].value
        assert gap < TOLERANCE / 10 or gap > 50 * TOLERANCE
    assert {q.name: q for q in probe.measure(entropy)} == found


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("model", "resnet"),
        ("optimizer", "sam"),
        ("group", "unitary"),
        ("k", 1),
        ("d", 1),
        ("sigma", -1.0),
        ("starts", 2),
        ("matrices", 0),
        ("steps", 0),
        ("activation", "gelu"),
    ],
)
def test_a_value_that_the_probe_cannot_take_is_named(option, value):
    fields = {"model": "fcn", "optimizer": "sgd", "group": "orthogonal", option: value}
    with pytest.raises(InputError) as caught:
        Equivariance(**fields)
    assert caught.value.option == option


def test_rates_are_no_option_of_two_steps():
    with pytest.raises(InputError, match=r"^lr_w: "):
        Equivariance(model="fcn", optimizer="two_step", group="orthogonal", lr_w=0.1)
