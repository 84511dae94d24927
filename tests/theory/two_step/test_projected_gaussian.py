"""Moments of a cosine: the isotropic case in closed form, sampling, degenerate vectors, and bad input."""

import numpy as np
import pytest
from scipy.special import gammaln, hyp1f1

from tests.theory import slow
from theory.two_step.projected_gaussian import cosine_moment


@pytest.mark.parametrize("dimension", [2, 3, 16, 300])
@pytest.mark.parametrize("mu", [0.2, 3.0, 25.0])
def test_isotropic_vectors_have_kummers_mean_cosine(dimension, mu):
    # Presnell, Morrison and Littell 1998, section 2; the second moment by E (1 + 2J) / (d + 2J).
    ratio = np.exp(gammaln((dimension + 1) / 2) - gammaln(dimension / 2 + 1))
    first = mu / np.sqrt(2) * ratio * hyp1f1(0.5, dimension / 2 + 1, -(mu**2) / 2)
    second = 1 - (dimension - 1) / dimension * hyp1f1(1, dimension / 2 + 1, -(mu**2) / 2)
    blocks = {"target": [1.0, 0.0], "mean": [mu, 0.0], "variance": 1.0, "dimension": [1, dimension - 1]}
    assert cosine_moment(1, **blocks) == pytest.approx(first, abs=1e-9)
    assert cosine_moment(2, **blocks) == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize("variance", [[0.5, 2.0, 0.1], [0.0, 1.0, 1.0], [4.0, 0.0, 0.01]])
def test_unequal_blocks_agree_with_sampling(variance):
    rng = np.random.default_rng(21)
    dimension, mean, target = [1, 2, 4], np.array([0.7, -0.4, 0.3]), np.array([0.48, 0.6, 0.64])
    starts = np.cumsum([0, *dimension[:-1]])
    centre, direction, deviation = np.zeros(7), np.zeros(7), np.repeat(np.sqrt(variance), dimension)
    centre[starts], direction[starts] = mean, target
    y = centre + deviation * rng.normal(size=(400_000, 7))
    cosine = y @ direction / np.linalg.norm(y, axis=1)
    for power in (1, 2):
        moment = cosine_moment(power, target=target, mean=mean, variance=variance, dimension=dimension)
        sample = cosine**power
        assert slow.within(moment, sample.mean(), sample.std() / np.sqrt(len(sample)))


def test_a_vector_without_variance_has_the_cosine_of_its_mean():
    cosine = cosine_moment(1, target=[0.6, 0.8], mean=[5.0, 0.0], variance=0.0, dimension=[1, 1])
    assert cosine == pytest.approx(0.6, abs=1e-9)


def test_many_vectors_at_once_and_any_unit_of_length():
    blocks = {"target": [0.6, 0.8], "dimension": [1, 4]}
    mean, variance = np.array([[1.0, 0.2], [0.3, 2.0]]), np.array([[1.0, 0.5], [0.2, 0.1]])
    together = cosine_moment(1, mean=mean, variance=variance, **blocks)
    for i in range(2):
        alone = cosine_moment(1, mean=1e4 * mean[i], variance=1e8 * variance[i], **blocks)
        assert together[i] == pytest.approx(float(alone), rel=1e-12)


def test_bad_arguments_are_named():
    good = {"target": [1.0, 0.0], "mean": [1.0, 0.0], "variance": [1.0, 1.0], "dimension": [1, 3]}
    with pytest.raises(ValueError, match=r"^power: "):
        cosine_moment(3, **good)
    with pytest.raises(ValueError, match=r"^dimension: .*shape"):
        cosine_moment(1, **{**good, "dimension": [1, 2, 3]})
    with pytest.raises(ValueError, match=r"^dimension: .*fewer"):
        cosine_moment(1, **{**good, "dimension": [1, 0]})
    with pytest.raises(ValueError, match=r"^mean: "):
        cosine_moment(1, **{**good, "mean": [0.0, 0.0], "variance": 0.0})
    with pytest.raises(ValueError, match=r"^variance: "):
        cosine_moment(1, **{**good, "variance": [1.0, -1.0]})
