"""The tasks of related papers: their laws, their nesting, their floors, and what they refuse.

Bands are five standard errors: an error probability below 1e-6 a comparison.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory.related.local_signal
from sims.pieces.errors import InputError
from sims.tasks import LocalSignal, QuadraticRegression, SignOfQuadratics, Textures

KEY = jax.random.key(12)
TASKS = [
    SignOfQuadratics(d=3),
    QuadraticRegression(d=3),
    QuadraticRegression(d=3, form="interaction"),
    Textures(k=7),
    LocalSignal(k=4, d=3),
    LocalSignal(k=4, d=3, sigma=0.5, signal="random"),
]


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_a_longer_draw_begins_with_the_shorter_one(task):
    short, long = task.sample(KEY, 7), task.sample(KEY, 50)
    assert short.x.shape == (7, task.k, task.d)
    assert short.x.dtype == short.y.dtype == jnp.float32
    np.testing.assert_array_equal(short.x, long.x[:7])
    np.testing.assert_array_equal(short.y, long.y[:7])


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_streams_and_keys_are_different_samples(task):
    draws = [
        task.sample(KEY, 50),
        task.sample(KEY, 50, stream=1),
        task.sample(jax.random.key(13), 50),
    ]
    for index, one in enumerate(draws):
        for other in draws[:index]:
            assert not np.array_equal(one.x, other.x)


def test_gaussian_halves_have_unit_variance_and_no_correlation():
    n, d = 40_000, 3
    x = np.asarray(SignOfQuadratics(d=d).sample(KEY, n).x, float).reshape(n, -1)
    assert np.abs(x.mean(0)).max() < 5 / np.sqrt(n)
    assert np.abs(x.T @ x / n - np.eye(2 * d)).max() < 5 * np.sqrt(2 / n)


def test_the_sign_says_which_half_is_longer_and_both_labels_are_equally_likely():
    n = 40_000
    batch = SignOfQuadratics(d=3).sample(KEY, n)
    x, y = np.asarray(batch.x, float), np.asarray(batch.y, float)
    np.testing.assert_array_equal(y, np.sign((x[:, 0] ** 2).sum(1) - (x[:, 1] ** 2).sum(1)))
    assert abs(y.mean()) < 5 / np.sqrt(n)


@pytest.mark.parametrize("form", ["difference", "interaction"])
@pytest.mark.parametrize("d", [1, 4])
def test_real_labels_have_mean_0_and_variance_1(form, d):
    """Both are sums of d independent terms with an excess kurtosis of 6, so y^2 has variance 2 + 6/d."""
    n = 40_000
    y = np.asarray(QuadraticRegression(d=d, form=form).sample(KEY, n).y, float)
    assert abs(y.mean()) < 5 / np.sqrt(n)
    assert abs((y**2).mean() - 1) < 5 * np.sqrt((2 + 6 / d) / n)


def test_turning_every_pair_by_45_degrees_makes_a_difference_of_an_interaction():
    x = jax.random.normal(KEY, (50, 2, 5))
    turned = jnp.stack([x[:, 0] - x[:, 1], x[:, 0] + x[:, 1]], axis=1) / np.sqrt(2)
    difference = QuadraticRegression(d=5).label(x)
    interaction = QuadraticRegression(d=5, form="interaction").label(turned)
    np.testing.assert_allclose(difference, interaction, atol=1e-5)


def test_textures_are_2k_images_each_as_likely_as_the_others():
    k, n = 7, 28_000
    batch = Textures(k=k).sample(KEY, n)
    x, y = np.asarray(batch.x)[:, :, 0].astype(int), np.asarray(batch.y)
    assert set(np.unique(x)) == {0, 1}
    seen = {}
    for image, label in zip(map(tuple, x), y, strict=True):
        seen.setdefault((image, label), 0)
        seen[image, label] += 1
    expected = set()
    for i in range(k):
        for step, label in ((1, -1.0), (2, 1.0)):
            image = [0] * k
            image[i] = image[(i + step) % k] = 1
            expected.add((tuple(image), label))
    assert seen.keys() == expected
    counts = np.array(list(seen.values())) / n
    share = 1 / (2 * k)
    assert np.abs(counts - share).max() < 5 * np.sqrt(share * (1 - share) / n)


def test_no_pixel_of_a_texture_is_correlated_with_its_label():
    """Over the 2k images exactly, so that the best linear predictor is 0 and its squared risk 1."""
    k = 6
    batch = Textures(k=k).sample(KEY, 2000)
    images = {
        (tuple(x), y) for x, y in zip(np.asarray(batch.x)[:, :, 0].tolist(), batch.y.tolist(), strict=True)
    }
    assert len(images) == 2 * k
    cross = sum(np.asarray(image) * label for image, label in images)
    np.testing.assert_array_equal(cross, np.zeros(k))
    assert Textures(k=k).floor("linear") == 1.0


@pytest.mark.parametrize("signal", ["ones", "random"])
def test_the_signal_patch_is_free_of_noise_and_the_others_hold_nothing_else(signal):
    n, k, d, sigma = 20_000, 4, 3, 0.7
    batch = LocalSignal(k=k, d=d, sigma=sigma, signal=signal).sample(KEY, n)
    x, y = np.asarray(batch.x, float), np.asarray(batch.y, float)
    patch, w = np.asarray(batch.latents["patch"]), np.asarray(batch.latents["signal"], float)
    assert np.linalg.norm(w) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(x[np.arange(n), patch], y[:, None] * w, atol=1e-6)
    counts = np.bincount(patch, minlength=k) / n
    assert np.abs(counts - 1 / k).max() < 5 * np.sqrt((1 / k) * (1 - 1 / k) / n)
    noise = x[np.arange(k)[None, :] != patch[:, None]]
    size = len(noise)
    assert size == n * (k - 1)
    assert np.abs(noise.mean(0)).max() < 5 * sigma / np.sqrt(size)
    assert np.abs(noise.T @ noise / size / sigma**2 - np.eye(d)).max() < 5 * np.sqrt(2 / size)
    assert abs(y.mean()) < 5 / np.sqrt(n)


def test_the_signal_is_the_same_in_every_stream():
    task = LocalSignal(k=4, d=3, signal="random")
    one, two = task.sample(KEY, 50), task.sample(KEY, 50, stream=1)
    np.testing.assert_array_equal(one.latents["signal"], two.latents["signal"])
    means = np.asarray(task.signals(KEY))
    assert means.shape == (4, 4, 3)
    np.testing.assert_array_equal(means[2, 2], one.latents["signal"])
    assert np.count_nonzero(means) == 4 * 3


def test_the_default_noise_is_the_published_one():
    assert LocalSignal(k=1000, d=10).sigma == pytest.approx(np.log(1000) / np.sqrt(1000))


def test_floors_of_the_local_signal_are_what_the_predictors_reach():
    n, k, d, sigma = 40_000, 12, 2, 0.3
    task = LocalSignal(k=k, d=d, sigma=sigma)
    batch = task.sample(KEY, n)
    y = np.asarray(batch.y, float)
    z = np.asarray(batch.x, float) @ np.asarray(batch.latents["signal"], float)
    bias = theory.related.local_signal.oracle_risk(k, sigma).bias
    outputs = {
        "linear": z.sum(1) / (1 + (k - 1) * sigma**2),
        "ground_truth": z.sum(1),
        "oracle": (np.sign(z) * np.maximum(np.abs(z) - bias, 0)).sum(1),
    }
    for kind, f in outputs.items():
        squares = (f - y) ** 2
        assert abs(squares.mean() - task.floor(kind)) < 5 * squares.std() / np.sqrt(n), kind
        wrong = task.floor(kind, "zero_one")
        assert abs((f * y < 0).mean() - wrong) < 5 * np.sqrt(wrong / n), kind


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_zero_is_a_floor_of_every_task_and_an_unknown_one_is_refused(task):
    assert task.floor("zero") == 0.0
    with pytest.raises(InputError, match=r"^floor"):
        task.floor("nearest")


def test_real_labels_have_no_0_1_error():
    with pytest.raises(InputError, match=r"^metric"):
        QuadraticRegression(d=3).floor("zero", "zero_one")


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: SignOfQuadratics(d=0), "d"),
        (lambda: SignOfQuadratics(d=3, k=3), "k"),
        (lambda: SignOfQuadratics(d=2.0), "d"),
        (lambda: QuadraticRegression(d=3, form="cubic"), "form"),
        (lambda: Textures(k=4), "k"),
        (lambda: Textures(k=9, d=2), "d"),
        (lambda: LocalSignal(k=1, d=2), "k"),
        (lambda: LocalSignal(k=10, d=0), "d"),
        (lambda: LocalSignal(k=10, d=10**6), "d"),
        (lambda: LocalSignal(k=10, d=2, sigma=0.0), "sigma"),
        (lambda: LocalSignal(k=10, d=2, sigma=float("nan")), "sigma"),
        (lambda: LocalSignal(k=10, d=2, signal="x"), "signal"),
        (lambda: Textures(k=9).sample(KEY, -1), "n"),
    ],
)
def test_a_value_out_of_range_is_named(make, option):
    with pytest.raises(InputError) as caught:
        make()
    assert caught.value.option == option
