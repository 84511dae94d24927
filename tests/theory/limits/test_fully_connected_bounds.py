"""Bounds of fully connected nets: the two risks they rest on, and learners that know more than allowed."""

import math

import numpy as np
import pytest
import sympy as sp
from scipy import stats
from scipy.optimize import brentq
from scipy.special import logsumexp

from tests.theory.slow import BAND
from theory.derivations import lower_bounds as derivations
from theory.dsd.alignment_law import alignment_exceeds
from theory.dsd.risks import bayes_risk
from theory.limits.fully_connected_bounds import (
    alignment_bound,
    antipodal_risk,
    log_overlap_exceeds,
    subspace_bound,
)
from theory.limits.information import binary_divergence, sphere_information
from theory.limits.lower_bounds import lower_bound
from theory.sphere import cap


@pytest.mark.parametrize("h", [0.05, 0.5, 1.5, 4.0])
def test_antipodal_risk_is_the_bayes_risk_of_one_patch(h):
    assert antipodal_risk(h) == pytest.approx(bayes_risk(1, 1 / h).squared, rel=1e-8)
    posterior = sp.lambdify(sp.symbols("h z", real=True), derivations.antipodal_posterior_mean())
    z = h + np.random.default_rng(1).normal(size=100_000)
    loss = (posterior(h, z) - 1) ** 2
    assert abs(antipodal_risk(h) - loss.mean()) <= BAND * loss.std() / math.sqrt(len(z))


@pytest.mark.parametrize(
    ("k", "m", "d", "sigma"), [(4, 4, 3, 0.3), (4, 2, 4, 0.5), (5, 3, 2, 0.4), (2, 1, 8, 0.2)]
)
def test_no_predictor_of_the_projection_beats_either_risk_of_the_subspace_bound(k, m, d, sigma):
    """The exact Bayes risk of y given Qx, from the 2k Gaussians, by sampling."""
    rng = np.random.default_rng(k + m)
    frame = np.linalg.qr(rng.normal(size=(k * d, k)))[0].T
    span = np.linalg.qr(rng.normal(size=(k * d, m)))[0].T
    # Half of the span turned towards the signals, so that there is something to see.
    span = np.linalg.qr((span + frame[:m] if m <= k else span).T)[0].T
    signals = frame @ span.T
    draws = 60_000
    y, t = rng.choice([-1.0, 1.0], size=draws), rng.integers(k, size=draws)
    z = y[:, None] * signals[t] + sigma * rng.normal(size=(draws, m))
    logs = [
        logsumexp(-((z[:, None, :] - sign * signals) ** 2).sum(-1) / (2 * sigma**2), axis=1)
        for sign in (1, -1)
    ]
    loss = (np.tanh(0.5 * (logs[0] - logs[1])) - y) ** 2
    upper = loss.mean() + BAND * loss.std() / math.sqrt(draws)
    alone = antipodal_risk(np.linalg.norm(signals, axis=1) / sigma).mean()
    pairs = [(2 * p, 2 * p + 1) for p in range(k // 2)]
    together = [np.linalg.norm(signals[a] + signals[b]) / math.sqrt(2) for a, b in pairs]
    paired = 2 / k * antipodal_risk(np.array(together) / (math.sqrt(2) * sigma)).sum()
    assert alone <= upper
    assert paired <= upper


def test_the_pair_risk_is_attained_by_two_patches_in_one_direction():
    """k = 2, Q onto (v_1 + v_2)/sqrt 2: both patches look alike, and the pair tells nothing more."""
    sigma = 0.6
    signal = 1 / math.sqrt(2)
    assert antipodal_risk(1 / (math.sqrt(2) * sigma)) == pytest.approx(
        antipodal_risk(signal / sigma), rel=1e-12
    )


@pytest.mark.parametrize(("m", "dimension"), [(1, 5), (4, 40), (20, 400)])
def test_overlap_of_a_random_direction_is_what_sampling_gives(m, dimension):
    rng = np.random.default_rng(m)
    u = rng.normal(size=(40_000, dimension))
    squares = (u[:, :m] ** 2).sum(axis=1) / (u**2).sum(axis=1)
    for level in np.array([0.7, 1.0, 1.5]) * m / dimension:
        share = np.exp(log_overlap_exceeds(m, dimension, level))
        assert abs((squares >= level).mean() - share) <= BAND * 0.5 / math.sqrt(len(u))
    assert np.exp(log_overlap_exceeds(1, 9, 0.49)) == pytest.approx(2 * cap(9, 0.7), rel=1e-12)


def test_overlap_beyond_the_doubles_is_bounded_from_above():
    levels = np.array([0.3, 0.5, 0.8])
    logs = log_overlap_exceeds(10, 8000, levels)
    divergence = 0.00125 * np.log(0.00125 / levels) + 0.99875 * np.log(0.99875 / (1 - levels))
    np.testing.assert_allclose(logs, -4000 * divergence, rtol=1e-9)
    # Where both are doubles the bound is above the tail.
    near = np.array([0.02, 0.05, 0.1])
    divergence = 0.00125 * np.log(0.00125 / near) + 0.99875 * np.log(0.99875 / (1 - near))
    assert np.all(log_overlap_exceeds(10, 8000, near) <= -4000 * divergence)


@pytest.mark.parametrize(
    ("k", "d", "sigma", "target"), [(8, 100, 0.3, 0.15), (6, 40, 0.4, 0.3), (4, 200, 0.2, 0.05)]
)
def test_subspace_bound_solves_data_processing_for_a_chance_that_sampling_does_not_refute(
    k, d, sigma, target
):
    bound = subspace_bound(k, d, sigma, target)
    needed = binary_divergence(0.5, bound.log_chance)
    n = brentq(
        lambda m: k * float(sphere_information(k * d, math.sqrt(m / k) / sigma)) - needed, 0, 1e6, xtol=1e-10
    )
    assert n > 0
    assert bound.n == pytest.approx(n, rel=1e-6)


def test_chance_of_a_random_subspace_is_below_its_bound():
    """At sizes at which successes by chance are seen: the pairs' mean risk of random spans."""
    rng, k, d, sigma, draws = np.random.default_rng(4), 4, 3, 0.4, 4000
    basis = rng.normal(size=(draws, k * d, k))
    signals = np.linalg.qr(basis)[0][:, :k, :]  # Q on the first k coordinates, frames Haar
    u = (signals[..., ::2] + signals[..., 1::2]) / math.sqrt(2)
    risks = antipodal_risk(np.linalg.norm(u, axis=1) / (math.sqrt(2) * sigma)).mean(axis=1)
    for target in (0.3, 0.4, 0.5):
        share = (risks <= target).mean()
        allowed = math.exp(subspace_bound(k, d, sigma, target).log_chance)
        assert share <= allowed + BAND * 0.5 / math.sqrt(draws)
    assert math.exp(subspace_bound(k, d, sigma, 0.3).log_chance) < 0.9


def test_subspace_bound_says_nothing_where_a_random_span_shows_the_signals():
    assert subspace_bound(6, 4, 0.1, 0.1).n == 0.0
    assert subspace_bound(6, 40, 0.1, 0.1, neurons=240).n == 0.0
    fewer, more = (subspace_bound(8, 100, 0.3, 0.15, neurons=m).n for m in (8, 16))
    assert fewer > more > 0
    with pytest.raises(ValueError, match=r"^target:"):
        subspace_bound(6, 40, 3.0, 0.1)


@pytest.mark.parametrize(("k", "d", "sigma", "alignment"), [(5, 10, 0.3, 0.6), (12, 8, 0.15, 0.8)])
def test_alignment_bound_is_its_two_formulas_solved(k, d, sigma, alignment):
    dimension = k * d - k + 1
    q = min(1.0, 2 * k * float(cap(dimension, alignment)))
    log_chance = stats.binom.logsf(math.ceil(k / 2) - 1, k, q)
    needed = binary_divergence(0.5, float(log_chance))
    informed = brentq(
        lambda m: k * float(sphere_information(k * d, math.sqrt(m / k) / sigma)) - needed, 0, 1e6, xtol=1e-10
    )

    def hit(n):
        counts = np.arange(n + 1)
        t = alignment / math.sqrt(1 - alignment**2) * math.sqrt(dimension - 1)
        exceeds = stats.nct.sf(t, dimension - 1, np.sqrt(counts) / sigma)
        return stats.binom.pmf(counts, n, 1 / k) @ np.minimum(1, 2 * k * exceeds)

    seen = next(n for n in range(10_000) if hit(n) >= 0.25)
    bound = alignment_bound(k, d, sigma, alignment)
    assert bound.log_chance == pytest.approx(log_chance, rel=1e-9)
    assert bound.n == pytest.approx(max(seen, informed), rel=1e-7)


def test_alignment_bound_is_below_the_need_of_a_learner_that_knows_the_patches():
    """Neuron t is the mean of the samples of patch t, in all kd coordinates: half of the patches aligned."""
    rng, k, d, sigma, alignment, draws = np.random.default_rng(8), 6, 12, 0.5, 0.7, 3000
    n = int(alignment_bound(k, d, sigma, alignment).n)
    assert n >= 10
    dimension = k * d

    def successes(size):
        counts = rng.multinomial(size, [1 / k] * k, size=draws)
        first = rng.normal(size=counts.shape) + np.sqrt(counts) / sigma
        rest = rng.chisquare(dimension - 1, size=counts.shape)
        return ((first / np.sqrt(first**2 + rest) >= alignment).sum(axis=1) >= k / 2).mean()

    assert successes(n - 1) < 0.5 - BAND * 0.5 / math.sqrt(draws)
    assert successes(5 * n) > 0.5 + BAND * 0.5 / math.sqrt(draws)


def test_alignment_bound_grows_as_sigma_squared_k_squared_d():
    """Where many samples a patch are needed: slopes between two sizes, on log-log axes."""

    def n(k, d, sigma):
        return alignment_bound(k, d, sigma, 0.8, neurons=8).n

    base = n(8, 600, 1.0)
    assert math.log2(n(8, 1200, 1.0) / base) == pytest.approx(1, abs=0.06)
    assert math.log2(n(8, 600, 2.0) / base) == pytest.approx(2, abs=0.06)
    assert math.log2(n(16, 600, 1.0) / base) == pytest.approx(2, abs=0.12)
    assert base < 64 * 600 * 0.64 / 0.36


def test_fcn_bound_takes_the_stronger_and_names_its_condition():
    free = lower_bound("fcn", 8, 20, 0.3, 0.2)
    aligned = lower_bound("fcn", 8, 20, 0.3, 0.2, alignment=0.8)
    assert free.method == "subspace"
    assert aligned.n > free.n > 0
    assert any("has to hold on trained nets" in sentence for sentence in aligned.conditions)
    assert not any("trained nets" in sentence for sentence in free.conditions)
    alone, listed = (alignment_bound(8, 20, 0.3, 0.8, candidates=m) for m in (1, 10))
    assert listed.log_chance == pytest.approx(alone.log_chance + math.log(10))
    assert listed.n == alignment_bound(8, 20, 0.3, 0.8, success=0.05).n
    for call, name in [
        (lambda: alignment_bound(3, 4, 0.2, 1.5), "alignment"),
        (lambda: alignment_bound(3, 4, 0.2, 0.5, fraction=0.0), "fraction"),
        (lambda: alignment_bound(3, 4, 0.2, 0.5, neurons=0), "neurons"),
        (lambda: log_overlap_exceeds(5, 5, 0.5), "m"),
        (lambda: antipodal_risk(-1.0), "separation"),
    ]:
        with pytest.raises(ValueError, match=f"^{name}:"):
            call()


def test_a_single_neuron_of_a_single_patch_is_aligned_as_the_exact_law_says():
    bound = alignment_bound(1, 30, 0.5, 0.9, fraction=1.0)
    n = int(bound.n)
    assert 2 * alignment_exceeds(30, math.sqrt(n) / 0.5, 0.9) >= 0.5
    assert 2 * alignment_exceeds(30, math.sqrt(n - 1) / 0.5, 0.9) < 0.5
