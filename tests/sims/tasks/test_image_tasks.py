"""Images with a core and a shortcut feature: rendered discs and squares, and labels with two attributes."""

import itertools
import math

import jax
import numpy as np
import pytest

from sims.measuring.readings.reliance import decisions, reliance
from sims.pieces.errors import InputError
from sims.tasks import Digits, Footprint, Shortcut
from sims.tasks.shortcut.attributes import attribute_floor, attributes, balanced
from tests.sims.tasks.images import arrays
from theory.shortcut import class_mean, optimal_reliance

pytestmark = pytest.mark.usefixtures("little_optimisation")

KEY = jax.random.key(20241)
MANY, FEW = 2048, 128
"""Sizes of nearly all sets here: every other size is compiled anew."""
SIZE = 24


def three_errors(rho, n=MANY):
    """Three standard errors of a relative frequency."""
    return 3 * math.sqrt(rho * (1 - rho) / n)


# --- Discs and squares ------------------------------------------------------------------------------------


def footprint(**fields):
    return Footprint(**{"rho_s": 0.7, "size": SIZE, "footprint": 9.0, **fields})


def masks(task, n=MANY, key=KEY, stream=0):
    """How much of each pixel disc and square take, (n, size, size) each: one white, the other as black as the
    ground.
    """
    found = []
    for z in ((5, -5), (-5, 5)):
        x = task.render(key, np.tile(np.array(z, np.float32), (n, 1)), stream=stream)
        found.append(np.asarray(x).reshape(n, task.size, task.size))
    return found


@pytest.mark.parametrize("rho_s", [0.6, 0.9])
def test_latents_have_the_predictivities_and_the_correlation_asked_for(rho_s):
    """Three standard errors: sqrt(rho (1 - rho)/n) of a predictivity, (1 - c^2)/sqrt n of a correlation."""
    _, y, z = arrays(footprint(rho_s=rho_s, rho_c=0.8, sigma_sc=0.3).sample(KEY, MANY))
    for own, rho in zip(z.T, (rho_s, 0.8), strict=True):
        assert abs(np.mean(np.sign(own) == y) - rho) < three_errors(rho)
    noise = z - y[:, None] * [class_mean(rho_s), class_mean(0.8)]
    assert abs(np.corrcoef(noise.T)[0, 1] - 0.3) < 3 * (1 - 0.3**2) / math.sqrt(MANY)
    assert abs(np.mean(y)) < 3 / math.sqrt(MANY)


def test_an_image_is_disc_and_square_in_the_grey_of_their_latents_whatever_the_label():
    """Black ground, 1/2 + z/10 cut to [0, 1]: one map for both features, both labels and all images."""
    task = footprint(rho_s=0.99, rho_c=0.999)
    x, y, z = arrays(task.sample(KEY, MANY))
    assert x.shape == (MANY, SIZE, SIZE, task.d)
    assert x.dtype == y.dtype == np.float32
    disc, square = masks(task)
    grey = np.clip(0.5 + z / 10, 0, 1)
    assert np.any(grey == 1)
    for label in (-1, 1):
        own = y == label
        assert np.sum(own) > MANY / 3
        expected = grey[own, 0, None, None] * disc[own] + grey[own, 1, None, None] * square[own]
        np.testing.assert_allclose(x[own, :, :, 0], expected, atol=1e-6)


@pytest.mark.parametrize(("ratio", "area"), [(0.5, 30.0), (1.0, 25.0), (5.0, 7.0)])
def test_square_and_disc_have_their_areas_in_pixels(ratio, area):
    """The square's to rounding. An edge blurred over a pixel makes a disc of any radius larger by pi/12, and
    its place on the grid adds a little: 3 % for a radius above 2.
    """
    task = footprint(ratio=ratio, footprint=area)
    disc, square = (mask.sum((1, 2)) for mask in masks(task))
    np.testing.assert_allclose(square, area, rtol=1e-4)
    assert task.radius > 2
    np.testing.assert_allclose(disc, ratio * area, rtol=0.03)
    assert np.mean(disc) == pytest.approx(ratio * area + math.pi / 12, rel=2e-3)


def test_shapes_have_the_form_they_are_called_by():
    """Second moments: w^2/12 an axis for a square of edge w, r^2/4 for a disc; along no axis more than the
    other. The blur of an edge adds 1/12 and what the grid adds is less than 5 %.
    """
    task = footprint(ratio=2.0, footprint=16.0)
    places = np.arange(SIZE) + 0.5
    for mask, moment in zip(masks(task), (task.radius**2 / 4, task.edge**2 / 12), strict=True):
        weights = mask / mask.sum((1, 2), keepdims=True)
        for axis in (1, 2):
            profile = weights.sum(3 - axis)
            mean = profile @ places
            spread = np.sum(profile * (places - mean[:, None]) ** 2, axis=1)
            assert np.mean(spread) == pytest.approx(moment + 1 / 12, rel=0.05)
    disc, square = masks(task)
    for mask, corner_is_full in ((square, True), (disc, False)):
        rows, columns = mask.max(2) > 0.99, mask.max(1) > 0.99
        box = rows[:, :, None] & columns[:, None, :]
        assert np.all(mask[box] > 0.9) == corner_is_full


def largest_footprint(ratio):
    """The largest square that finds room at a ratio, by bisection."""
    low, high = max(4.0, 3.2 / ratio), float(SIZE**2)
    for _ in range(40):
        middle = (low + high) / 2
        try:
            footprint(ratio=ratio, footprint=middle)
        except InputError:
            high = middle
        else:
            low = middle
    return low


@pytest.mark.parametrize("ratio", [0.3, 1.0, 20.0])
def test_disc_and_square_never_overlap_at_the_tightest_sizes(ratio):
    """A pixel lies between them, and blurred edges reach half a pixel; only beyond a corner of the square,
    within sqrt(1/2) of it, can both touch a pixel, and then the lesser of them by less than 2 %.
    """
    task = footprint(ratio=ratio, footprint=largest_footprint(ratio))
    disc, square = masks(task)
    assert np.max(np.minimum(disc, square)) < 0.02
    # Places drawn without regard to each other would overlap often: in another image's place.
    assert np.mean(np.max(np.minimum(disc, np.roll(square, 1, axis=0)), (1, 2)) > 0.02) > 0.05


def test_places_reach_every_edge_and_differ_between_streams_and_keys():
    task = footprint()
    for mask in masks(task):
        covered = mask.max(0)
        assert np.all(covered.max(0) > 0.5)
        assert np.all(covered.max(1) > 0.5)
    disc, _ = masks(task, n=FEW)
    for other in (masks(task, n=FEW, stream=1)[0], masks(task, n=FEW, key=jax.random.key(1))[0]):
        assert np.all(np.max(np.abs(disc - other), (1, 2)) > 0)


def test_footprint_sets_are_nested_and_their_streams_independent():
    """Correlations of independent latents over n images: four standard errors 1/sqrt n."""
    task = footprint()
    many, few = task.sample(KEY, MANY), task.sample(KEY, FEW)
    np.testing.assert_array_equal(few.x, many.x[:FEW])
    np.testing.assert_array_equal(few.y, many.y[:FEW])
    for latent, values in few.latents.items():
        np.testing.assert_array_equal(values, many.latents[latent][:FEW])
    apart = task.sample(KEY, MANY, stream=1)
    own, other = arrays(many)[2], arrays(apart)[2]
    np.testing.assert_array_equal(apart.x, task.render(KEY, other, stream=1))
    crossed = np.corrcoef(own.T, other.T)[:2, 2:]
    assert np.max(np.abs(crossed)) < 4 / math.sqrt(MANY)


def test_footprint_probes_lie_on_the_grid_of_the_latent_task():
    task = footprint(rho_s=0.8)
    batch = task.probes(KEY, 64)
    _, y, z = arrays(batch)
    np.testing.assert_array_equal(z, Shortcut(rho_s=0.8).probe_grid(8))
    np.testing.assert_array_equal(z, task.probe_latents(64))
    np.testing.assert_allclose(np.max(np.abs(z), 0), [3 * class_mean(0.8), 3 * class_mean(0.9)], rtol=1e-6)
    assert not np.any(y)
    assert [int(np.sum(np.all(np.sign(z) == quadrant, axis=1))) for quadrant in balanced(4)] == [16] * 4
    # Places of their own: no disc stands where that of a sample with the same index does.
    grey = np.asarray(batch.x).reshape(64, SIZE, SIZE) > 0
    in_sample = np.asarray(task.render(KEY, z)).reshape(64, SIZE, SIZE) > 0
    assert np.all(np.any(grey != in_sample, axis=(1, 2)))


def test_footprint_hands_on_floor_and_optimum_of_its_latents():
    task, latent = footprint(rho_s=0.8, sigma_sc=0.2), Shortcut(rho_s=0.8, sigma_sc=0.2)
    for metric in ("squared", "zero_one"):
        assert task.floor("bayes", metric) == latent.floor("bayes", metric) > 0
    assert task.floor("zero") == 0
    assert task.optimum() == optimal_reliance(0.8, 0.9, 0.2)
    with pytest.raises(InputError, match=r"^floor: got 'linear'"):
        task.floor("linear")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("rho_s", 0.5),
        ("rho_s", "0.8"),
        ("rho_c", 1.0),
        ("sigma_sc", 1.0),
        ("ratio", 0.009),
        ("ratio", 101.0),
        ("ratio", math.nan),
        ("ratio", True),
        ("size", 7),
        ("size", 1025),
        ("size", 24.0),
        ("footprint", 3.9),
        ("footprint", math.inf),
        ("footprint", True),
        ("footprint", 200.0),
        ("ratio_of", "edge"),
        ("probe_ratio", 0.0),
        ("probe_ratio", True),
    ],
)
def test_bad_options_of_footprint_are_named(option, value):
    with pytest.raises(InputError) as caught:
        footprint(**{option: value})
    assert caught.value.option == option


def test_a_disc_for_which_there_is_no_room_is_refused_by_the_footprint():
    footprint(ratio=10.0, footprint=4.0)
    with pytest.raises(InputError, match=r"^footprint: .*at ratio 100 and size 24"):
        footprint(ratio=100.0, footprint=4.0)


def test_the_ratio_may_be_of_sides_and_probes_of_another_size():
    sides = footprint(ratio=2.0, ratio_of="side")
    assert sides.radius == pytest.approx(footprint(ratio=4.0).radius)
    base = footprint(ratio=4.0, probe_ratio=1.0)
    np.testing.assert_array_equal(base.sample(KEY, 5).x, footprint(ratio=4.0).sample(KEY, 5).x)
    np.testing.assert_array_equal(base.probes(KEY, 4).x, footprint(ratio=1.0).probes(KEY, 4).x)
    assert np.any(np.asarray(base.probes(KEY, 4).x) != np.asarray(footprint(ratio=4.0).probes(KEY, 4).x))
    with pytest.raises(InputError, match=r"^footprint: .*at ratio 90 and size 24"):
        footprint(ratio=1.0, probe_ratio=90.0)


@pytest.mark.parametrize("n", [9, 10, 0, -4, 4.0, True])
def test_footprint_probes_come_in_squares_of_even_numbers(n):
    with pytest.raises(InputError) as caught:
        footprint().probe_latents(n)
    assert caught.value.option == "probes"


# --- Labels with two attributes ---------------------------------------------------------------------------


@pytest.mark.parametrize(("rho_s", "rho_c"), [(0.5, 0.9), (0.8, 0.6), (1.0, 1.0)])
def test_attributes_have_their_predictivities_independently_given_the_label(rho_s, rho_c):
    """Three standard errors of a relative frequency."""
    y, z, keys = (np.asarray(part) for part in raw_attributes(rho_s, rho_c))
    agrees = z == y[:, None]
    assert set(np.unique(z)) | set(np.unique(y)) == {-1.0, 1.0}
    assert abs(np.mean(y)) < 3 / math.sqrt(MANY)
    for right, rho in (
        (agrees[:, 0], rho_s),
        (agrees[:, 1], rho_c),
        (agrees.all(1), rho_s * rho_c),
        (agrees[y == 1, 0], rho_s),
        (agrees[y == -1, 1], rho_c),
    ):
        assert abs(np.mean(right) - rho) <= three_errors(rho, len(right))
    assert len(np.unique(keys, axis=0)) == MANY


def raw_attributes(rho_s, rho_c, n=MANY, stream=0):
    y, z, keys = attributes(KEY, stream, rho_s, rho_c, n=n)
    return y, z, jax.random.key_data(keys)


def test_attributes_are_nested_and_their_streams_independent():
    """Correlations of independent signs over n images: four standard errors 1/sqrt n."""
    many, few = raw_attributes(0.8, 0.9), raw_attributes(0.8, 0.9, n=FEW)
    for part, whole in zip(few, many, strict=True):
        np.testing.assert_array_equal(part, whole[:FEW])
    other = raw_attributes(0.8, 0.9, stream=1)
    for own, independent in ((many[0], other[0]), (many[1][:, 0], other[1][:, 0])):
        assert abs(np.corrcoef(own, independent)[0, 1]) < 4 / math.sqrt(MANY)
    assert not np.any(np.all(np.asarray(many[2]) == np.asarray(other[2]), axis=1))


def law(rho_s, rho_c):
    """P(y, z_s, z_c) by enumeration."""
    chance = {True: (rho_s, rho_c), False: (1 - rho_s, 1 - rho_c)}
    return {
        (y, s, c): 0.5 * chance[s == y][0] * chance[c == y][1]
        for y, s, c in itertools.product((-1, 1), repeat=3)
    }


PAIRS = [(0.5, 0.9), (0.8, 0.9), (0.9, 0.8), (0.7, 0.7), (0.5, 0.5), (1.0, 0.6), (1.0, 1.0)]


@pytest.mark.parametrize(("rho_s", "rho_c"), PAIRS)
def test_floors_are_the_risks_of_the_best_rules_on_attributes(rho_s, rho_c):
    """By enumeration: the conditional mean, and the better of the two decisions for each combination."""
    p = law(rho_s, rho_c)
    squared = zero_one = 0.0
    for s, c in itertools.product((-1, 1), repeat=2):
        up, down = p[1, s, c], p[-1, s, c]
        zero_one += min(up, down)
        if up + down > 0:
            mean = (up - down) / (up + down)
            squared += up * (1 - mean) ** 2 + down * (-1 - mean) ** 2
    assert attribute_floor("bayes", "squared", rho_s, rho_c) == pytest.approx(squared, abs=1e-12)
    assert attribute_floor("bayes", "zero_one", rho_s, rho_c) == pytest.approx(zero_one, abs=1e-12)
    assert attribute_floor("zero", "squared", rho_s, rho_c) == 0
    task = Digits(rho_s=rho_s, rho_c=rho_c)
    assert task.floor("bayes") == attribute_floor("bayes", "squared", rho_s, rho_c)
    for kind, metric, option in (("linear", "squared", "floor"), ("bayes", "hinge", "metric")):
        with pytest.raises(InputError) as caught:
            attribute_floor(kind, metric, rho_s, rho_c)
        assert caught.value.option == option


def test_the_risk_of_the_bayes_rule_on_samples_is_the_floor():
    """Four standard errors."""
    y, z, _ = (np.asarray(part, float) for part in raw_attributes(0.8, 0.7))
    odds = z @ [math.log(0.8 / 0.2), math.log(0.7 / 0.3)]
    for metric, losses in (("squared", (np.tanh(odds / 2) - y) ** 2), ("zero_one", (odds * y < 0) * 1.0)):
        error = np.std(losses) / math.sqrt(MANY)
        assert abs(np.mean(losses) - attribute_floor("bayes", metric, 0.8, 0.7)) < 4 * error


@pytest.mark.parametrize(("rho_s", "rho_c"), PAIRS)
def test_the_optimum_is_the_reliance_of_the_bayes_rule_on_balanced_attributes(rho_s, rho_c):
    """The log odds of two signs are a sum whose sign is that of this one: the larger weight decides."""
    z = balanced(4)
    outputs = z @ [rho_s - 0.5, rho_c - 0.5]
    expected = reliance(decisions(outputs), z[:, 0], z[:, 1])
    assert Digits(rho_s=rho_s, rho_c=rho_c).optimum() == expected


def test_balanced_attributes_hold_every_combination_alike():
    z = balanced(40)
    assert z.shape == (40, 2)
    combinations, counts = np.unique(z, axis=0, return_counts=True)
    np.testing.assert_array_equal(combinations, [(-1, -1), (-1, 1), (1, -1), (1, 1)])
    assert set(counts) == {10}


@pytest.mark.parametrize("n", [0, -4, 6, 4.0, True])
def test_balanced_attributes_come_in_fours(n):
    with pytest.raises(InputError) as caught:
        balanced(n)
    assert caught.value.option == "probes"
