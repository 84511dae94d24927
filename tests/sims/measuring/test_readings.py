"""Readings: what they give, that they change nothing, and that they are what the published probes find."""

import dataclasses
import math
from types import SimpleNamespace
from typing import ClassVar

import jax
import numpy as np
import pytest

from sims.costs.work import cell_work
from sims.experiments import Setting
from sims.machine.pool import Pool
from sims.measuring.evaluate import Evaluator
from sims.measuring.need import need
from sims.measuring.readings.base import Evaluated, read
from sims.measuring.readings.kernel_movement import MovementOfKernel
from sims.measuring.readings.reliance import ShortcutReliance
from sims.pieces import build
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError
from sims.probes.kernels.trained_kernel import TrainedKernel
from sims.probes.shortcut.patches_bias import PatchesBias
from sims.probes.shortcut.reliances import read_off
from sims.protocols import protocol
from sims.samples import pack
from sims.samples.datasets import Datasets
from sims.store.index import is_covered
from sims.tasks import Digits, Footprint, Shortcut

KEY = jax.random.key(5)


def setting(**changes):
    fixed = {"k": 2, "d": 3, "sigma": 0.2, "model": "cnn", "protocol": "honest", "seeds": (0, 1), "ns": (20,)}
    small = {
        "learner": {"init_std": 0.5, "init_bias": [0.2], "steps": 20, "patience": None},
        "criterion": {"test_size": 50},
    }
    return Setting(**{**fixed, **small, **changes})


def outcomes(cell):
    with Pool(2) as pool:
        return Evaluator(cell, pool)([(seed, 20) for seed in cell.seeds])


def test_a_reading_changes_nothing_of_what_is_trained_and_is_kept_apart():
    plain = setting().cell()
    cell = setting(reading={"name": "kernel_movement", "kernel_size": 8}).cell()
    assert cell.id != plain.id
    assert Cell.from_config(cell.config()) == cell
    assert "reading" not in plain.config()
    assert cell.drawn_from == plain.id
    for with_it, without in zip(outcomes(cell), outcomes(plain), strict=True):
        found = with_it.selected.pop("reading")
        assert with_it == without
        assert set(found) == {"movement", "turn", "alignment_start", "alignment_end", "alignment_gain"}
        assert found["movement"] > 0
        assert "alignment" in without.selected


def test_reliance_is_what_the_published_probe_finds_on_the_same_net():
    probe = PatchesBias(k=2, d=4, sigma=0.2, rho_s=0.8, model="cnn", n=30, probes=36)
    task, model = probe.task(), build("model", {"name": "cnn"})
    learner = dataclasses.replace(protocol("honest", model, task)[0], steps=50, patience=None)
    data = Datasets(task, KEY, capacity=30)
    train, monitor = data.split(30, every=5)
    trained = learner.train(model, KEY, train, monitor, stop_below=None)
    images, z = pack(task.probes(KEY, 36), capacity=36), task.probe_latents(36)
    run = read_off(trained, images, z, data.test(100), task.optimum(), selected_only=True)
    found = ShortcutReliance(probes=36).read(Evaluated(task, model, learner, data, train, KEY, trained))
    own = run.reliances["best_validation"]
    assert own.absolute != 0
    assert found == {
        "along_s": run.numbers["along_s_best_validation"],
        "along_c": run.numbers["along_c_best_validation"],
        "reliance_signed": own.signed,
        "reliance_absolute": own.absolute,
        "bias_signed": own.signed - run.optimal.signed,
        "bias_absolute": own.absolute - run.optimal.absolute,
    }


def test_kernel_movement_is_what_the_published_probe_finds_on_the_same_net():
    probe = TrainedKernel(model="lcn", k=2, d=3, sigma=0.2, n=20, kernel_size=10, test_size=20)
    cell = setting(model="lcn").cell()
    expected = probe._run(KEY, cell.task, cell.model, cell.learner, cell.criterion)
    data = Datasets(cell.task, KEY, capacity=20)
    train, monitor = cell.criterion.sets(data, 20)
    start = jax.random.fold_in(KEY, 2)
    trained = cell.learner.train(cell.model, start, train, monitor, stop_below=None)
    evaluated = Evaluated(cell.task, cell.model, cell.learner, data, train, start, trained)
    found = MovementOfKernel(kernel_size=10).read(evaluated)
    assert found["movement"] > 0
    assert found == {name: value for name, value in expected.items() if name != "risk"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reading": {"name": "reliance"}}, "another for task dsd, which has no shortcut"),
        (
            {"reading": {"name": "kernel_movement"}, "learner": {"name": "kernel_regression"}},
            "another for learner kernel_regression",
        ),
    ],
)
def test_a_reading_that_does_not_suit_is_refused_before_anything_is_trained(changes, words):
    with pytest.raises(InputError, match=words):
        cell_work(setting(**changes).cell())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "nothing"}, "reading: got 'nothing'; allowed: kernel_movement, reliance"),
        ({"name": "reliance", "probes": 0}, "probes: got 0"),
        ({"name": "kernel_movement", "kernel_size": 1}, "kernel_size: got 1"),
    ],
)
def test_a_bad_reading_is_named(fields, words):
    with pytest.raises(InputError, match=words):
        setting(reading=fields).cell()


@dataclasses.dataclass(frozen=True)
class Planted:
    """Reads what it is told."""

    name: ClassVar[str] = "planted"
    version: ClassVar[int] = 1
    value: object = 0.0

    def read(self, evaluated):
        return {"fine": np.float32(1.5), "none": None, "value": self.value}


@pytest.mark.parametrize("value", [math.nan, math.inf, True, "1", [1.0]])
def test_a_number_that_is_none_is_named(value):
    with pytest.raises(ValueError, match=r"reading planted: value is .*; allowed: a finite number, or None"):
        read(Planted(value), None)
    assert read(Planted(2), None) == {"fine": 1.5, "none": None, "value": 2.0}


def test_a_reading_has_its_price_in_operations_and_memory():
    plain, more = setting().cell(), setting(reading={"name": "kernel_movement", "kernel_size": 2000}).cell()
    work, plain_work = cell_work(more), cell_work(plain)
    kernels = 2 * 2000**2 * 4  # products of gradients of four parameters alone, half of both kernels
    assert work.reading > 2 * kernels
    assert work.flops == pytest.approx(plain_work.flops + work.reading)
    assert plain_work.reading == 0
    assert need(more, 20).bytes() - need(plain, 20).bytes() > 2 * 8 * 2000**2
    # What does not say its price runs all the same, and counts as nothing; a store's index does not trust it.
    free = dataclasses.replace(plain, reading=Planted())
    assert cell_work(free).flops == plain_work.flops
    assert need(free, 20) == need(plain, 20)
    assert is_covered(more)
    assert not is_covered(free)


@pytest.mark.parametrize("task", [Shortcut(rho_s=0.8, d=5), Digits(rho_s=0.8), Footprint(rho_s=0.8)])
def test_all_tasks_with_a_shortcut_have_their_reliance_read(task):
    """A predictor that looks at the shortcut alone, and one that decides the same of all."""
    z, x = task.probe_latents(16), task.probes(KEY, 16).x
    assert x.shape == (16, task.k, task.d)
    found = {}
    for name, outputs in (("shortcut", z[:, 0]), ("nothing", np.ones(16))):
        trained = SimpleNamespace(outputs=lambda samples, outputs=outputs: outputs)
        evaluated = Evaluated(task, None, None, SimpleNamespace(key=KEY), None, KEY, trained)
        found[name] = ShortcutReliance(probes=16).read(evaluated)
    assert (found["shortcut"]["along_s"], found["shortcut"]["reliance_signed"]) == (1.0, 1.0)
    assert (found["nothing"]["along_s"], found["nothing"]["reliance_signed"]) == (0.0, 0.0)
    assert found["nothing"]["bias_signed"] == -task.optimum().signed
