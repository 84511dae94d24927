"""Networks of neural-tangents as learners: predictions of the kernels they equal, a search, one's own."""

import dataclasses
from typing import Any, ClassVar

import jax
import numpy as np
import pytest

from sims.experiments.setting import Setting
from sims.learners import KernelRegression, StaxMethod, StaxRegression
from sims.machine.pool import Pool
from sims.measuring.threshold import measure_cell
from sims.models import CNN, FCN, LCN
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.tasks.base import Batch
from theory.kernels import ntk
from theory.kernels.neural_tangents import stax


def images(n, k=5, d=3):
    return np.random.default_rng(n).normal(size=(n, k, d))


@pytest.mark.parametrize("model", [LCN(), CNN()], ids=lambda model: model.name)
@pytest.mark.parametrize("options", [{}, {"activation": "erf", "depth": 2, "kind": "nngp"}])
def test_with_filters_of_one_patch_it_is_the_kernel_of_the_architecture(model, options):
    learner, x, y = StaxRegression(filter=1, **options), images(7), images(4)
    expected = ntk(model.name, x, y, **options)
    np.testing.assert_allclose(learner.gram(model, x, y), expected, rtol=1e-9)


@pytest.mark.parametrize(("padding", "patches"), [("circular", 5), ("valid", 3)])
def test_a_filter_sees_neighbours(padding, patches):
    """By hand: one layer of filters of three patches is a layer of filters of one, on triples of patches."""
    x, y = images(6), images(4)

    def triples(z):
        wrapped = np.concatenate([z[:, -1:], z, z[:, :1]], axis=1) if padding == "circular" else z
        return np.concatenate([wrapped[:, i : i + patches] for i in range(3)], axis=2)

    found = StaxRegression(filter=3, padding=padding).gram(CNN(), x, y)
    np.testing.assert_allclose(found, ntk("cnn", triples(x), triples(y)), rtol=1e-9)


def test_it_predicts_as_the_kernel_it_equals():
    """The same images and labels, the same point of the path."""
    x = images(30).astype(np.float32)
    train, monitor, test = (
        pack(Batch(x[part], np.sign(x[part, 0, 0]), {}), capacity=10)
        for part in (slice(10), slice(10, 20), slice(20, 30))
    )
    options = {"activation": "erf", "ridge": (1e-3, 1e-1)}
    found = [
        learner.train(CNN(), jax.random.key(0), train, monitor, stop_below=None)
        for learner in (KernelRegression(**options), StaxRegression(filter=1, **options))
    ]
    assert found[0].selected == found[1].selected
    np.testing.assert_allclose(found[0].outputs(test), found[1].outputs(test), rtol=1e-6, atol=1e-9)


def test_it_runs_in_a_search():
    """n* of a kernel whose filters see neighbours: every seed reaches it, and not all at once."""
    cell = Setting(
        k=3,
        d=2,
        sigma=0.3,
        model="cnn",
        protocol="honest",
        seeds=(0, 1),
        n_max=160,
        learner={"name": "stax_regression", "filter": 2, "activation": "erf", "ridge": (1e-2, 1e-1)},
        criterion={"tolerance": 0.02, "floor": "linear", "test_size": 400},
    ).cell()
    with Pool(1) as pool:
        found = measure_cell(cell, pool)
    target = cell.criterion.target(cell.task)
    risks = [[outcome.risk for outcome in seed.outcomes] for seed in found.per_seed]
    assert all(min(own) <= target for own in risks)
    assert max(map(max, risks)) > target


def test_equal_learners_share_one_kernel():
    one, other = (StaxRegression(filter=2).kernel(CNN(), 4, 2) for _ in range(2))
    assert one is other
    assert StaxRegression(filter=2).kernel(LCN(), 4, 2) is not one


@pytest.mark.filterwarnings("ignore:`FanIn` layers assume independent inputs:UserWarning")
def test_a_network_of_ones_own_is_one_class():
    """The residual network of the module's example, through a training."""

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Residual(StaxMethod):
        name: ClassVar[str] = "residual_of_the_test"
        version: ClassVar[int] = 1

        def layers(self, arch: str) -> list[Any]:
            net = stax()
            convolution = net.Conv(1, (3,), padding="CIRCULAR")
            inner = net.serial(net.Relu(), convolution)
            block = net.serial(net.FanOut(2), net.parallel(net.Identity(), inner), net.FanInSum())
            return [convolution, block, net.GlobalAvgPool(), net.Dense(1)]

    x = images(12).astype(np.float32)
    own = pack(Batch(x, np.sign(x[:, 0, 0]), {}), capacity=12)
    trained = Residual(ridge=(0.0,)).train(CNN(), jax.random.key(0), own, own, stop_below=None)
    assert trained.risk < 1e-12
    with pytest.raises(NotImplementedError, match="no layers"):
        StaxMethod().kernel(CNN(), 3, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": 0}, "filter: got 0"),
        ({"depth": True}, "depth: got True"),
        ({"activation": "lsa"}, "activation: got 'lsa'"),
        ({"padding": "reflect"}, "padding: got 'reflect'"),
        ({"kind": "gp"}, "kind: got 'gp'"),
        ({"ridge": (-1.0,)}, "ridge: got"),
    ],
)
def test_bad_settings_are_refused_by_name(options, message):
    with pytest.raises(InputError, match=f"^{message}"):
        StaxRegression(**options)


def test_filters_that_do_not_fit_and_other_architectures_are_refused():
    for options in ({"filter": 5}, {"filter": 3, "depth": 2, "padding": "valid"}):
        with pytest.raises(InputError, match=r"^filter: got"):
            StaxRegression(**options).kernel(CNN(), 4, 2)
    with pytest.raises(InputError, match=r"^model: got 'fcn'"):
        StaxRegression().kernel(FCN(), 4, 2)
