"""DSD and SSD: their law, their nesting, and what they refuse."""

import jax
import numpy as np
import pytest

from sims.pieces.errors import InputError
from sims.tasks import DSD, SSD, task_key
from sims.tasks.signal_in_patch import SHARED

KEY = jax.random.key(11)


@pytest.mark.parametrize(("few", "many"), [(7, 50), (50, 300), (300, SHARED + 5)])
def test_a_longer_draw_begins_with_the_shorter_one(few, many):
    """Of sizes that share a program, and of sizes that do not."""
    task = DSD(k=3, d=4, sigma=0.5)
    short, long = task.sample(KEY, few), task.sample(KEY, many)
    assert short.x.shape == (few, 3, 4)
    np.testing.assert_array_equal(short.x, long.x[:few])
    np.testing.assert_array_equal(short.y, long.y[:few])
    np.testing.assert_array_equal(short.latents["patch"], long.latents["patch"][:few])


def test_streams_share_the_signal_and_no_sample():
    task = DSD(k=3, d=4, sigma=0.5)
    train, test = task.sample(KEY, 20), task.sample(KEY, 20, stream=1)
    np.testing.assert_array_equal(train.latents["signal"], test.latents["signal"])
    assert not np.any(np.isclose(train.x, test.x).all(axis=(1, 2)))


def test_keys_differ_by_seed_and_by_cell():
    keys = [jax.random.key_data(task_key(cell, seed)) for cell in ("a", "b") for seed in (0, 1)]
    assert len({tuple(np.asarray(key).tolist()) for key in keys}) == 4


@pytest.mark.parametrize("signal", ["random", "ones"])
def test_the_sample_is_the_signal_in_one_patch_plus_noise_of_the_asked_size(signal):
    """Means and variances within five standard errors: an error probability below 1e-5 for all of them."""
    n, k, d, sigma = 40_000, 3, 4, 0.3
    batch = DSD(k=k, d=d, sigma=sigma, signal=signal).sample(KEY, n)
    x, y = np.asarray(batch.x, float), np.asarray(batch.y, float)
    patch, w = np.asarray(batch.latents["patch"]), np.asarray(batch.latents["signal"], float)
    assert np.linalg.norm(w) == pytest.approx(1, abs=1e-6)
    noise = x.copy()
    noise[np.arange(n), patch] -= y[:, None] * w
    assert np.abs(noise.mean(0)).max() < 5 * sigma / np.sqrt(n)
    assert np.abs(noise.var(0) / sigma**2 - 1).max() < 5 * np.sqrt(2 / n)
    assert abs(y.mean()) < 5 / np.sqrt(n)
    assert set(np.unique(y)) == {-1.0, 1.0}
    counts = np.bincount(patch, minlength=k) / n
    assert np.abs(counts - 1 / k).max() < 5 * np.sqrt((1 / k) * (1 - 1 / k) / n)
    correlation = np.corrcoef(noise.reshape(n, -1).T)
    assert np.abs(correlation - np.eye(k * d)).max() < 5 / np.sqrt(n)


def test_ssd_keeps_the_signal_in_its_patch():
    batch = SSD(k=4, d=2, sigma=0.1, patch=2).sample(KEY, 500)
    assert set(np.asarray(batch.latents["patch"])) == {2}
    means = np.asarray((batch.x * batch.y[:, None, None]).mean(0))
    np.testing.assert_allclose(means[2], batch.latents["signal"], atol=5 * 0.1 / np.sqrt(500))
    assert np.abs(np.delete(means, 2, axis=0)).max() < 5 * 0.1 / np.sqrt(500)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("k", 0),
        ("k", 2.0),
        ("d", -3),
        ("sigma", -1.0),
        ("sigma", float("nan")),
        ("sigma", 0.0),
        ("sigma", 1e300),
        ("sigma", 1e-7),
        ("k", 10**11),
        ("d", 10**6),
        ("d", 10**5),  # beside k = 20: each is allowed, the product is not
        ("signal", "x"),
    ],
)
def test_a_value_out_of_range_is_named(option, value):
    fields = {"k": 20, "d": 2, "sigma": 0.1, option: value}
    with pytest.raises(InputError) as caught:
        DSD(**fields)
    assert caught.value.option == option
    assert "\n" not in str(caught.value)


def test_the_largest_sizes_are_taken():
    assert DSD(k=100_000, d=10, sigma=1000).sigma == 1000
    assert DSD(k=10, d=100_000, sigma=1e-6).d == 100_000


def test_the_patch_of_ssd_must_exist():
    with pytest.raises(InputError, match="patch"):
        SSD(k=2, d=2, sigma=0.1, patch=2)
