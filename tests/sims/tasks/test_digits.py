"""Digits on backgrounds: which digit and which background an image shows, where, and how much of it."""

import dataclasses
import math

import jax
import numpy as np
import pytest
from scipy.stats import binom, chi2, poisson
from sklearn.datasets import load_digits

from sims.pieces.errors import InputError
from sims.tasks import Digits
from tests.sims.tasks.images import arrays

pytestmark = pytest.mark.usefixtures("little_optimisation")

KEY = jax.random.key(20241)
MANY, FEW = 2048, 128
"""Sizes of all sets here: every other size is compiled anew."""
CHANCE = 1e-6
NEUTRAL = 0.4
GROUPS = {-1: {0, 6, 8}, 1: {1, 4, 7}}
PLAIN = Digits(rho_s=0.7, rho_c=0.9, size=8, share=0.0)
"""Nothing but the digit, at the one place there is."""


def ink(batch):
    """How much of each pixel the digit takes, (n, size, size), of images without a background."""
    x, _, _ = arrays(batch)
    np.testing.assert_allclose(x, x[..., :1] * np.ones(3), atol=1e-6)
    return (x[..., 0] - NEUTRAL) / (1 - NEUTRAL)


def recognised(batch):
    """Indices (n,) in scikit-learn's set of the digits on images of 8 x 8 pixels without a background."""
    known = {image.astype(int).tobytes(): index for index, image in enumerate(load_digits().images)}
    shown = np.rint(16 * ink(batch)).astype(int)
    np.testing.assert_allclose(ink(batch), shown / 16, atol=1e-6)
    return np.array([known[image.tobytes()] for image in shown])


def test_digits_have_the_predictivities_asked_for_and_belong_to_the_class_of_the_core():
    """Three standard errors. All six digits turn up: within each class as often as the set has them, by chi^2
    with two degrees, below the quantile of 1 - 1e-6.
    """
    batch = PLAIN.sample(KEY, MANY)
    _, y, z = arrays(batch)
    for own, rho in zip(z.T, (0.7, 0.9), strict=True):
        assert abs(np.mean(own == y) - rho) < 3 * math.sqrt(rho * (1 - rho) / MANY)
    targets = load_digits().target
    shown = targets[recognised(batch)]
    for sign, group in GROUPS.items():
        found, counts = np.unique(shown[z[:, 1] == sign], return_counts=True)
        assert set(found) == group
        there = np.array([np.sum(targets[::2] == digit) for digit in found])
        expected = there / there.sum() * counts.sum()
        assert np.sum((counts - expected) ** 2 / expected) < chi2.ppf(1 - CHANCE, 2)


def test_probes_hold_all_four_groups_alike_without_labels():
    probes = PLAIN.probes(KEY, MANY)
    _, y, z = arrays(probes)
    np.testing.assert_array_equal(z, PLAIN.probe_latents(MANY))
    groups, counts = np.unique(z, axis=0, return_counts=True)
    assert len(groups) == 4
    assert set(counts) == {MANY // 4}
    assert not np.any(y)
    shown = load_digits().target[recognised(probes)]
    for sign, group in GROUPS.items():
        assert set(shown[z[:, 1] == sign]) == group


def test_no_digit_is_in_two_of_training_test_and_probes_and_all_are_somewhere():
    """By index modulo 4. With m in a class, n draws of it miss m exp(-n/m) on average: the sum over classes
    and parts is about Poisson, and below its quantile of 1 - 1e-6.
    """
    train = np.concatenate([recognised(PLAIN.sample(KEY, MANY, stream=stream)) for stream in (0, 2)])
    test, probes = recognised(PLAIN.sample(KEY, MANY, stream=1)), recognised(PLAIN.probes(KEY, MANY))
    targets, missed, missing = load_digits().target, 0.0, 0
    for shown, remainders in ((train, (0, 2)), (test, (1,)), (probes, (3,))):
        for group in GROUPS.values():
            there = np.flatnonzero(
                np.isin(np.arange(len(targets)) % 4, remainders) & np.isin(targets, list(group))
            )
            own = shown[np.isin(targets[shown], list(group))]
            assert set(own) <= set(there)
            missing += len(set(there) - set(own))
            missed += len(there) * math.exp(-len(own) / len(there))
    assert missing <= poisson.ppf(1 - CHANCE, missed)


def digits(**fields):
    return Digits(**{"rho_s": 0.7, "size": 16, **fields})


def test_a_larger_scale_shows_each_pixel_of_the_digit_as_a_square_of_them():
    small = ink(PLAIN.sample(KEY, MANY))
    large = ink(digits(scale=2, share=0.0).sample(KEY, MANY))
    np.testing.assert_allclose(large, np.kron(small, np.ones((1, 2, 2))), atol=1e-6)


def test_digits_stand_at_every_place_alike():
    """81 places: chi^2 with 80 degrees, in the range of all but 2e-6."""
    small, large = ink(PLAIN.sample(KEY, MANY)), ink(digits(share=0.0).sample(KEY, MANY))
    windows = np.lib.stride_tricks.sliding_window_view(large, (8, 8), axis=(1, 2))
    fits = np.max(np.abs(windows - small[:, None, None]), axis=(3, 4)) < 1e-5
    np.testing.assert_array_equal(fits.sum((1, 2)), 1)
    np.testing.assert_allclose(large.sum((1, 2)), small.sum((1, 2)), rtol=1e-4)
    counts, expected = fits.sum(0), MANY / 81
    statistic = np.sum((counts - expected) ** 2) / expected
    assert chi2.ppf(CHANCE, 80) < statistic < chi2.ppf(1 - CHANCE, 80)


def test_without_a_share_the_background_is_neutral_and_tells_nothing_of_the_shortcut():
    task, sure = digits(share=0.0), digits(share=0.0, rho_s=1.0)
    one, other = task.sample(KEY, MANY), sure.sample(KEY, MANY)
    assert np.any(np.asarray(one.latents["z_s"]) != np.asarray(other.latents["z_s"]))
    np.testing.assert_array_equal(one.x, other.x)
    bare = np.isclose(ink(one), 0, atol=1e-6)
    assert np.all(bare.sum((1, 2)) >= 16**2 - 8**2)


@pytest.mark.parametrize(("share", "rows"), [(0.25, 4), (0.6, 10), (1.0, 16)])
def test_a_share_of_the_background_shows_so_many_rows_side_by_side(share, rows):
    """Rounded to whole rows, and the band may run over the lower edge to the top; it begins anywhere."""
    shown = arrays(digits(share=share).sample(KEY, MANY))[0]
    bare = arrays(digits(share=0.0).sample(KEY, MANY))[0]
    with_background = np.any(np.abs(shown - bare) > 1e-4, axis=(2, 3))
    np.testing.assert_array_equal(with_background.sum(1), rows)
    begins = with_background & ~np.roll(with_background, 1, axis=1)
    np.testing.assert_array_equal(begins.sum(1), 0 if rows == 16 else 1)
    if rows < 16:
        expected = MANY / 16
        statistic = np.sum((begins.sum(0) - expected) ** 2) / expected
        assert chi2.ppf(CHANCE, 15) < statistic < chi2.ppf(1 - CHANCE, 15)
    whole = arrays(digits().sample(KEY, MANY))[0]
    np.testing.assert_allclose(shown[with_background], whole[with_background], atol=1e-6)


def test_bands_of_probes_are_drawn_apart_from_those_of_samples():
    """Two bands begin in the same of 8 rows with probability 1/8: binomial, quantile of 1 - 1e-6."""
    part = dataclasses.replace(PLAIN, share=0.25)
    bands = []
    for draw in (Digits.probes, Digits.sample):
        shown, bare = (arrays(draw(task, KEY, MANY))[0] for task in (part, PLAIN))
        bands.append(np.any(np.abs(shown - bare) > 1e-4, axis=(2, 3)))
    together = np.sum(np.all(bands[0] == bands[1], axis=1))
    assert together <= binom.ppf(1 - CHANCE, MANY, 1 / 8)


@pytest.mark.parametrize("colour", [True, False])
def test_backgrounds_are_gratings_along_one_axis_or_the_other_in_two_tints_or_in_grey(colour):
    """-1: along columns, and warm; +1: along rows, and cold; period 4, half as strong as the mean."""
    x, _, z = arrays(digits(colour=colour).sample(KEY, MANY))
    bare = np.isclose(ink(digits(share=0.0).sample(KEY, MANY)), 0, atol=1e-6)
    tints = {-1: (0.6, 0.4, 0.2), 1: (0.2, 0.4, 0.6)} if colour else dict.fromkeys((-1, 1), (0.4,) * 3)
    place = np.arange(16)
    for sign, tint in tints.items():
        own, free = x[z[:, 0] == sign], bare[z[:, 0] == sign]
        if sign == 1:
            own, free = own.transpose(0, 2, 1, 3), free.transpose(0, 2, 1)
        # Now a wave runs from column to column, the same in all rows.
        wave = np.max(np.where(free, own[..., 1] / tint[1] - 1, -1), axis=1)
        expected = own / np.array(tint)
        np.testing.assert_allclose(
            expected[free], np.broadcast_to((1 + wave)[:, None, :, None], own.shape)[free], atol=1e-4
        )
        phase = np.stack([np.sin(np.pi / 2 * place), np.cos(np.pi / 2 * place)])
        amplitude = np.linalg.norm(wave @ phase.T, axis=1) / 8
        np.testing.assert_allclose(amplitude, 0.5, atol=1e-4)
        np.testing.assert_allclose(wave, (wave @ phase.T) @ phase / 8, atol=1e-4)
    if not colour:
        np.testing.assert_array_equal(x[..., 0], x[..., 1])
        np.testing.assert_array_equal(x[..., 0], x[..., 2])


def test_digits_are_nested_differ_between_streams_and_stay_in_range():
    many, few = PLAIN.sample(KEY, MANY), PLAIN.sample(KEY, FEW)
    np.testing.assert_array_equal(few.x, many.x[:FEW])
    np.testing.assert_array_equal(few.y, many.y[:FEW])
    other = PLAIN.sample(KEY, MANY, stream=2)
    # Two draws from some 265 digits of a class agree with probability 1/265.
    assert np.mean(recognised(many) == recognised(other)) < 0.02
    x = np.asarray(digits().sample(KEY, MANY).x)
    assert x.dtype == np.float32
    assert 0 <= np.min(x) <= np.max(x) <= 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("rho_s", 0.4),
        ("rho_s", True),
        ("rho_c", 1.1),
        ("rho_c", math.nan),
        ("size", 7),
        ("size", 257),
        ("size", 16.0),
        ("scale", 0),
        ("scale", 3),
        ("scale", 1.0),
        ("scale", True),
        ("share", -0.1),
        ("share", 1.5),
        ("colour", 1),
    ],
)
def test_bad_options_of_digits_are_named(option, value):
    with pytest.raises(InputError) as caught:
        digits(**{option: value})
    assert caught.value.option == option
