"""The kernel learner against plain linear algebra, its limits, its path, and its place in the search."""

import dataclasses
import json
from typing import ClassVar

import jax
import numpy as np
import pytest

from sims.cli import add_commands, dispatch
from sims.experiments.setting import Setting
from sims.learners import KernelMethod, KernelRegression
from sims.learners.spectral import Eigensystem
from sims.machine.pool import Pool
from sims.measuring.threshold import measure_cell
from sims.models import CNN, FCN, LCN, Linear
from sims.pieces import build, describe
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.tasks.base import Batch
from theory.kernels import LSA, ntk

KEY = jax.random.key(0)


def samples(x, y):
    return pack(Batch(x.astype(np.float32), y.astype(np.float32), {}), capacity=max(len(x), 1))


def drawn(seed, n, k=3, d=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, k, d)).astype(np.float32), rng.choice([-1.0, 1.0], size=n)


def trained(learner, train, monitor, model=None):
    model = model or LCN()
    return learner.train(model, KEY, samples(*train), samples(*monitor), stop_below=None)


@pytest.mark.parametrize("model", [FCN(), LCN(), CNN()], ids=lambda model: model.name)
@pytest.mark.parametrize(
    "options",
    [{}, {"kind": "nngp", "activation": "erf", "depth": 2}, {"activation": "lsa", "threshold": 0.3}],
)
def test_a_ridge_gives_the_solution_of_the_plain_linear_system(model, options):
    train, monitor = drawn(0, 30), drawn(1, 12)
    result = trained(KernelRegression(ridge=(0.05,), **options), train, monitor, model)
    activation = LSA(0.3) if "threshold" in options else options.get("activation", "relu")
    of_net = {"activation": activation, "depth": options.get("depth", 1), "kind": options.get("kind", "ntk")}
    matrix = ntk(model.name, train[0].astype(float), **of_net)
    across = ntk(model.name, monitor[0].astype(float), train[0].astype(float), **of_net)
    ridge = 0.05 * np.trace(matrix) / 30
    expected = across @ np.linalg.solve(matrix + ridge * np.eye(30), train[1])
    np.testing.assert_allclose(result.outputs(samples(*monitor)), expected, rtol=1e-9, atol=1e-11)
    assert result.risk == pytest.approx(np.mean((expected - monitor[1]) ** 2))
    assert result.squared_error(samples(*monitor)) == pytest.approx(result.risk)


def test_gradient_flow_is_the_limit_of_many_small_steps():
    """alpha <- alpha - 2 (rate/n) (K alpha - y), the gradient of the mean squared error in function space."""
    train, monitor = drawn(2, 20), drawn(3, 10)
    time, steps = 40.0, 40_000
    result = trained(KernelRegression(ridge=(), time=(time,)), train, monitor)
    matrix = ntk("lcn", train[0].astype(float))
    alpha = np.zeros(20)
    for _ in range(steps):
        alpha -= 2 * (time / steps) / 20 * (matrix @ alpha - train[1])
    expected = ntk("lcn", monitor[0].astype(float), train[0].astype(float)) @ alpha
    # Euler's error is of the order of the largest rate times the step.
    np.testing.assert_allclose(result.outputs(samples(*monitor)), expected, atol=2e-3)
    assert np.std(expected) > 0.05
    assert result.selected == {"ridge": None, "time": time, "rank": 20}


def test_a_long_time_and_a_small_ridge_both_end_at_the_interpolant():
    train, monitor = drawn(4, 25), drawn(5, 10)
    learners = (
        KernelRegression(ridge=(0.0,)),
        KernelRegression(ridge=(1e-12,)),
        KernelRegression(ridge=(), time=(1e12,)),
    )
    outputs = [trained(learner, train, monitor).outputs(samples(*monitor)) for learner in learners]
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-7)
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-7)
    fitted = trained(KernelRegression(ridge=(0.0,)), train, monitor).outputs(samples(*train))
    np.testing.assert_allclose(fitted, train[1], atol=1e-8)


def test_ridgeless_on_repeated_inputs_fits_the_mean_of_their_labels():
    """The pseudo-inverse's solution of least norm: the Gram matrix has the rank of the distinct inputs."""
    (x, y), monitor = drawn(6, 8), drawn(7, 5)
    repeated, labels = np.concatenate([x, x, x[:3]]), np.concatenate([y, -y, y[:3]])
    result = trained(KernelRegression(ridge=(0.0,)), (repeated, labels), monitor)
    assert result.selected["rank"] == 8
    means = np.where(np.arange(8) < 3, y / 3, 0.0)
    np.testing.assert_allclose(result.outputs(samples(x, y)), means, atol=1e-9)


def test_eigenvalues_at_the_cutoff_are_left_out_and_none_is_negative():
    rng = np.random.default_rng(8)
    root = rng.normal(size=(12, 4))
    system = Eigensystem.of(root @ root.T)
    assert system.rank == 4
    assert np.all(system.values >= 0)
    inverse = system.inverse_with_ridge(0.0)
    assert np.count_nonzero(inverse) == 4
    matrix = (system.vectors * inverse) @ system.vectors.T
    np.testing.assert_allclose(matrix, np.linalg.pinv(root @ root.T), atol=1e-10)
    with pytest.raises(np.linalg.LinAlgError, match="NaN"):
        Eigensystem.of(np.full((2, 2), np.nan))


def test_the_point_with_the_lowest_risk_on_the_monitor_set_is_kept():
    train, monitor = drawn(9, 30), drawn(10, 40)
    ridges, times = (0.0, 0.01, 1.0), (0.5, 50.0)
    alone = [trained(KernelRegression(ridge=(r,)), train, monitor).risk for r in ridges]
    alone += [trained(KernelRegression(ridge=(), time=(t,)), train, monitor).risk for t in times]
    result = trained(KernelRegression(ridge=ridges, time=times), train, monitor)
    assert result.trainings == 5
    assert result.risk == pytest.approx(min(alone))
    point = int(np.argmin(alone))
    expected = (ridges[point], None) if point < 3 else (None, times[point - 3])
    assert (result.selected["ridge"], result.selected["time"]) == expected
    # Selected on its own training set, a kernel of full rank interpolates.
    assert trained(KernelRegression(ridge=ridges), train, train).selected["ridge"] == 0.0


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("ridge", {"ridge": (-0.1,)}),
        ("ridge", {"ridge": (float("nan"),)}),
        ("ridge", {"ridge": ()}),
        ("ridge", {"ridge": (0.1, 0.1)}),
        ("ridge", {"ridge": 0.1}),
        ("time", {"time": (0.0,)}),
        ("time", {"time": (float("inf"),)}),
        ("kind", {"kind": "gp"}),
        ("activation", {"activation": "tanh"}),
        ("threshold", {"threshold": 0.1}),
        ("threshold", {"activation": "lsa", "threshold": -1.0}),
        ("threshold", {"activation": "lsa", "threshold": "1"}),
        ("depth", {"depth": 0}),
    ],
)
def test_bad_options_are_named(field, options):
    with pytest.raises(InputError) as caught:
        KernelRegression(**options)
    assert caught.value.option == field


def test_empty_sets_and_models_without_a_kernel_are_refused():
    full, empty = drawn(11, 5), (np.zeros((0, 3, 4)), np.zeros(0))
    for train, monitor in ((empty, full), (full, empty)):
        with pytest.raises(InputError, match=r"^n: "):
            trained(KernelRegression(), train, monitor)
    with pytest.raises(InputError, match=r"^model: "):
        trained(KernelRegression(), full, full, Linear())


def test_options_survive_the_store():
    learner = KernelRegression(ridge=(0, 0.5), time=(3,), activation="lsa", threshold=0.2)
    assert build("learner", json.loads(json.dumps(describe(learner)))) == learner


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cosine(KernelMethod):
    """The kernel of one's own that the documentation promises: a function of two sets of images."""

    scale: float = 1.0
    name: ClassVar[str] = "cosine"
    version: ClassVar[int] = 1

    def gram(self, model, x1, x2=None):
        a, b = (x.reshape(len(x), -1) for x in (x1, x1 if x2 is None else x2))
        return np.sum(np.cos(self.scale * (a[:, None, :] - b[None, :, :])), axis=2)


def test_a_kernel_of_ones_own_is_one_class():
    train, monitor = drawn(12, 15), drawn(13, 6)
    result = trained(Cosine(ridge=(0.1,), scale=0.5), train, monitor)
    a, b = (one[0].reshape(len(one[0]), -1).astype(float) for one in (train, monitor))
    matrix = np.cos(0.5 * (a[:, None] - a[None])).sum(-1)
    alpha = np.linalg.solve(matrix + 0.1 * 12 * np.eye(15), train[1])
    np.testing.assert_allclose(
        result.outputs(samples(*monitor)), np.cos(0.5 * (b[:, None] - a[None])).sum(-1) @ alpha
    )
    with pytest.raises(NotImplementedError, match="KernelMethod"):
        trained(KernelMethod(), train, monitor)


def test_the_predictor_does_not_depend_on_the_blocks_in_which_it_is_evaluated(monkeypatch):
    train, monitor = drawn(14, 16), drawn(15, 50)
    outputs = []
    for entries in (2**23, 16 * 7):
        monkeypatch.setattr("sims.learners.kernel_method.ENTRIES", entries)
        outputs.append(trained(KernelRegression(), train, monitor).outputs(samples(*monitor)))
    np.testing.assert_allclose(outputs[1], outputs[0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["honest", "direct"])
def test_it_runs_in_the_search_under_a_protocol(name):
    cell = Setting(
        k=2,
        d=3,
        sigma=0.3,
        model="cnn",
        protocol=name,
        seeds=(0, 1),
        n_max=60,
        floor="linear",
        learner={"name": "kernel_regression"},
        criterion={"test_size": 500},
    ).cell()
    with Pool(2) as pool:
        result, again = (measure_cell(cell, pool) for _ in range(2))
    assert result == again
    outcomes = [outcome for seed in result.per_seed for outcome in seed.outcomes]
    assert all(outcome.trainings == len(KernelRegression().ridge) for outcome in outcomes)
    assert max(outcome.risk for outcome in outcomes) > min(outcome.risk for outcome in outcomes)
    # Selected on the training set, the ridgeless interpolant wins; on held-out samples a ridge may.
    assert name == "honest" or {outcome.selected["ridge"] for outcome in outcomes} == {0.0}


def test_it_runs_from_the_command_line(capsys):
    sizes = ["--k", "2", "--d", "3", "--sigma", "0.3", "--floor", "linear", "--reps", "1", "--n-max", "40"]
    argv = ["measure", "dsd", "--model", "cnn", "--learner", "kernel_regression", *sizes]
    assert dispatch([*argv, "--learner-option", "ridge=[0,0.01]", "--json"], [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["protocol"] == "honest"
    assert answer["config"]["learner"]["ridge"] == [0, 0.01]
    assert dispatch([*argv, "--learner-option", "ridge=[-1]"], [add_commands]) == 2
    assert "ridge" in capsys.readouterr().err
