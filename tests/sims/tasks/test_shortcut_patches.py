"""The patch version of the shortcut task: where the features stand, and judgement on the core alone."""

import math

import jax
import numpy as np
import pytest

from sims.experiments import EXPERIMENTS
from sims.learners.base import Trained
from sims.pieces import describe
from sims.pieces.errors import InputError
from sims.protocols.criteria import CoreError, RiskLevel
from sims.samples.datasets import Datasets
from sims.tables.configs import written_options
from sims.tables.rows import protocol_of
from sims.tasks import DSD, ShortcutPatches
from theory.shortcut import class_mean

KEY = jax.random.key(77)
FIELDS = {"k": 5, "d": 6, "sigma": 0.1, "rho_s": 0.8, "ratio": 2.0}


def drawn(n=4000, **fields):
    task = ShortcutPatches(**{**FIELDS, **fields})
    batch = task.sample(KEY, n)
    return (
        task,
        np.asarray(batch.x, float),
        np.asarray(batch.y),
        {k: np.asarray(v) for k, v in batch.latents.items()},
    )


def features(x, latents, ratio, placement):
    """Directions by least squares: what the core's patch and the others hold of z_c and z_s."""
    n, k, _ = x.shape
    of_core = x[np.arange(n), latents["patch"]]
    held = latents["z_s"] * (ratio / math.sqrt(k) if placement == "all" else 0.0)
    design = np.stack([latents["z_c"], held], axis=1)
    if placement == "patch":
        design = design[:, :1]
    return np.linalg.lstsq(design, of_core, rcond=None)[0]


@pytest.mark.parametrize("placement", ["patch", "all"])
def test_the_core_stands_in_one_patch_and_the_shortcut_in_another_or_in_all(placement):
    """Directions from 4000 samples scatter by 0.1/sqrt 4000; five standard errors."""
    _, x, _, latents = drawn(placement=placement)
    found = features(x, latents, 2.0, placement)
    slack = 5 * 0.1 / math.sqrt(4000) * 2
    assert np.linalg.norm(found[0]) == pytest.approx(1, abs=slack)
    rest = x.copy()
    rest[np.arange(len(x)), latents["patch"]] -= latents["z_c"][:, None] * found[0]
    norms = np.sum(rest**2, axis=2) - 6 * 0.1**2
    total = np.mean(norms.sum(1)) / np.mean((2 * latents["z_s"]) ** 2)
    assert total == pytest.approx(1, abs=0.05)
    largest = np.mean(norms.max(1)) / np.mean(norms.sum(1))
    assert (largest > 0.9) == (placement == "patch")
    if placement == "patch":
        assert np.all(
            np.argmax(norms, 1)[np.abs(latents["z_s"]) > 1] != latents["patch"][np.abs(latents["z_s"]) > 1]
        )
    else:
        assert np.linalg.norm(found[1]) == pytest.approx(1, abs=0.05)
        assert abs(found[0] @ found[1]) < 0.05
    assert set(latents["patch"]) == set(range(5))


def test_an_uninformative_shortcut_changes_nothing_else():
    """Three standard errors of 4000 samples."""
    task, x, y, latents = drawn()
    other = task.uninformative().sample(KEY, 4000)
    np.testing.assert_array_equal(other.y, y)
    np.testing.assert_array_equal(other.latents["z_c"], latents["z_c"])
    np.testing.assert_array_equal(other.latents["patch"], latents["patch"])
    z_s = np.asarray(other.latents["z_s"], float)
    assert abs(np.mean(np.sign(z_s) == y) - 0.5) < 3 * 0.5 / math.sqrt(4000)
    assert abs(np.mean(np.sign(latents["z_s"]) == y) - 0.8) < 3 * 0.4 / math.sqrt(4000)
    noise = z_s - y * np.mean(z_s * y)
    assert abs(np.corrcoef(noise, latents["z_c"] - y * class_mean(0.9))[0, 1]) < 3 / math.sqrt(4000)
    # The same law of z_s on its own: E z^2 = 1 + mu^2.
    assert np.mean(z_s**2) == pytest.approx(np.mean(latents["z_s"] ** 2), rel=0.1)
    moved = np.any(np.abs(np.asarray(other.x) - x) > 1e-5, axis=2)
    assert moved.sum(1).max() == 1
    assert not np.any(moved[np.arange(4000), latents["patch"]])


def test_sets_are_nested():
    _, few, _, _ = drawn(10)
    _, many, _, _ = drawn(30)
    np.testing.assert_array_equal(few, many[:10])


def test_the_criterion_judges_on_the_core_alone():
    """A predictor of the core has the error 1 - rho_c, one of the shortcut one half; four standard errors."""
    task, n = ShortcutPatches(**FIELDS), 4000
    criterion = CoreError(tolerance=0.05, validation_every=5, test_size=n)
    assert criterion.target(task) == pytest.approx(0.15)
    data = Datasets(task, KEY, capacity=50)
    shown = data.test(n, task=task.uninformative())
    latents = {k: np.asarray(v) for k, v in task.uninformative().sample(KEY, n, stream=1).latents.items()}
    np.testing.assert_allclose(shown.images(), task.uninformative().sample(KEY, n, stream=1).x, atol=1e-6)
    for name, error in (("z_c", 0.1), ("z_s", 0.5)):
        trained = Trained(0.0, lambda _: 0.0, 1, 0, {}, outputs=lambda _, name=name: latents[name])
        assert abs(criterion.judge(data, trained) - error) < 4 * 0.5 / math.sqrt(n)
    usual = RiskLevel(metric="zero_one", floor="core", tolerance=0.05, test_size=n)
    latents = {k: np.asarray(v) for k, v in task.sample(KEY, n, stream=1).latents.items()}
    trained = Trained(0.0, lambda _: 0.0, 1, 0, {}, outputs=lambda _: latents["z_s"])
    assert usual.judge(data, trained) < 0.25


def test_cells_say_their_options_and_protocol():
    cell = EXPERIMENTS["shortcut-patches"].cells("paper")[-1]
    assert protocol_of(cell.config()) == "honest"
    assert written_options("task", describe(cell.task)) == "rho_s=0.78; ratio=4.0; placement=all"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("k", 1),
        ("k", True),
        ("d", 1),
        ("sigma", 0.0),
        ("sigma", math.nan),
        ("rho_s", 1.0),
        ("ratio", 0.0),
        ("placement", "some"),
        ("informative", 1),
    ],
)
def test_bad_options_are_named(option, value):
    with pytest.raises(InputError) as caught:
        ShortcutPatches(**{**FIELDS, option: value})
    assert caught.value.option == option


def test_criteria_and_floors_refuse_what_they_cannot_judge():
    with pytest.raises(InputError, match=r"^task: got 'dsd'"):
        CoreError(tolerance=0.05).reference(DSD(k=2, d=2, sigma=0.1))
    with pytest.raises(InputError, match=r"^metric: got 'squared'"):
        CoreError(metric="squared", tolerance=0.05)
    with pytest.raises(InputError, match=r"^metric: got 'squared'"):
        ShortcutPatches(**FIELDS).floor("core", "squared")
