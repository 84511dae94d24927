"""Dual activations against numerical integration, and where they are singular."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special, stats

from theory.kernels import LSA, Erf, ReLU
from theory.kernels.duals import dual

SLACK = 1e-14
FUNCTIONS = {
    "relu": (ReLU(), lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "erf": (Erf(), special.erf, lambda z: 2 / math.sqrt(math.pi) * np.exp(-(z**2))),
    "lsa": (LSA(0.7), lambda z: z - np.clip(z, -0.7, 0.7), lambda z: (np.abs(z) > 0.7) * 1.0),
    "lsa, low threshold": (
        LSA(0.02),
        lambda z: z - np.clip(z, -0.02, 0.02),
        lambda z: (np.abs(z) > 0.02) * 1.0,
    ),
}
KINKS = {"relu": (0.0,), "erf": (), "lsa": (-0.7, 0.7), "lsa, low threshold": (-0.02, 0.02)}


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def panels(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on the panels between `edges` (..., m): (..., 80 (m - 1)) each."""
    nodes, weights = np.polynomial.legendre.leggauss(80)
    low, half = edges[..., :-1, None], np.diff(edges)[..., None] / 2
    shape = (*edges.shape[:-1], -1)
    return (low + half * (nodes + 1)).reshape(shape), (half * weights).reshape(shape)


def expectation(f, kinks, c, q1, q2) -> float:
    """E[f(z1) f(z2)], z2 = (c/q1) z1 + rest g, by quadrature on panels that end where f has kinks."""
    slope, rest = c / q1, math.sqrt(q2 - c**2 / q1)
    outer = math.sqrt(q1) * np.arange(-10.0, 11.0, 2.5)
    z1, w1 = panels(np.sort([*outer, *kinks]))
    cuts = [np.clip((kink - slope * z1) / rest, -10, 10) for kink in kinks]
    inner = [np.full_like(z1, edge) for edge in np.arange(-10.0, 11.0, 2.5)]
    g, w2 = panels(np.sort(np.stack([*inner, *cuts], -1)))
    second = np.sum(w2 * f(slope * z1[:, None] + rest * g) * stats.norm.pdf(g), -1)
    return float(np.sum(w1 * f(z1) * second * stats.norm.pdf(z1, scale=math.sqrt(q1))))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("c", "q1", "q2"), [(0.3, 1.0, 1.0), (-0.9, 1.3, 0.8), (1.1, 0.9, 1.5)])
def test_moments_are_the_gaussian_expectations(name: str, c: float, q1: float, q2: float):
    activation, phi, slope = FUNCTIONS[name]
    moments = [float(one) for one in activation.moments(jnp.asarray(c), q1, q2, SLACK)]
    expected = [expectation(f, KINKS[name], c, q1, q2) for f in (phi, slope)]
    assert moments == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_variance_is_the_moment_of_equal_inputs(name: str):
    activation = FUNCTIONS[name][0]
    q = jnp.asarray([0.2, 1.0, 3.0])
    assert np.allclose(activation.variance(q), activation.moments(q, q, q, SLACK)[0], rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slope_is_the_derivative_of_nngp(name: str):
    activation, c = FUNCTIONS[name][0], jnp.linspace(-0.95, 0.95, 9)

    def nngp(c: jax.Array) -> jax.Array:
        return activation.moments(c, 1.2, 0.9, SLACK)[0]

    steps = (nngp(c + 1e-5) - nngp(c - 1e-5)) / 2e-5
    assert np.allclose(activation.moments(c, 1.2, 0.9, SLACK)[1], steps, rtol=0, atol=1e-8)
    assert np.allclose(jax.vmap(jax.grad(nngp))(c), steps, rtol=0, atol=1e-8)


@pytest.mark.parametrize("ratio", [1.0, 1.001, 1.1, 4.0])
@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 0.0])
def test_lsa_stays_exact_where_inputs_become_parallel(ratio: float, gap: float):
    """Against the integral of the Plackett density over the correlation, graded towards its end."""
    b, q1, q2 = 0.5, 1.0, ratio
    r = 1 - gap
    h, k = b / math.sqrt(q1), b / math.sqrt(q2)
    end = math.asin(r)

    def rate(angle: float, sign: float) -> float:
        far = 0.0 if h == k else (h - k) ** 2 / 2 / math.cos(angle) ** 2
        return math.exp(-far - h * k / (1 + sign * math.sin(angle))) / math.pi

    slope = 4 * stats.norm.sf(h) * stats.norm.sf(k)
    if gap == 0:
        # One Gaussian passes both thresholds.
        slope, end = 2 * stats.norm.sf(max(h, k)), 0.0
    edges = end - (end * np.r_[1.0, np.geomspace(0.5, 1e-9, 60), 0.0])
    for low, high in itertools.pairwise(edges):
        slope += integrate.quad(lambda a: rate(a, 1) - rate(a, -1), low, high)[0]
    found = LSA(b).moments(jnp.asarray(r * math.sqrt(q1 * q2)), q1, q2, 1e-16)[1]
    assert float(found) == pytest.approx(slope, abs=1e-10)


def test_lsa_without_threshold_is_the_identity():
    c = jnp.asarray([-0.5, 0.0, 0.8])
    nngp, slope = LSA(0.0).moments(c, 1.0, 1.0, SLACK)
    assert np.array_equal(nngp, c)
    assert np.array_equal(slope, np.ones(3))
    small = LSA(1e-6).moments(c, 1.0, 1.0, SLACK)
    assert np.allclose(small[0], c, atol=3e-6)


@pytest.mark.parametrize("activation", [ReLU(), Erf(), LSA(1.0)])
def test_moments_and_gradients_stay_finite_where_they_are_singular(activation):
    cases = jnp.asarray(
        [(1.0, 1.0, 1.0), (-1.0, 1.0, 1.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (2.0, 1.0, 4.0)]
    )

    def total(case: jax.Array) -> jax.Array:
        nngp, slope = activation.moments(case[0], case[1], case[2], SLACK)
        return nngp + slope

    assert np.all(np.isfinite(jax.vmap(total)(cases)))
    assert np.all(np.isfinite(jax.vmap(jax.grad(total))(cases)))


def test_relu_at_equal_opposite_and_absent_inputs():
    nngp, slope = ReLU().moments(jnp.asarray([1.0, -1.0, 0.0]), jnp.asarray([1.0, 1.0, 0.0]), 1.0, SLACK)
    assert np.allclose(nngp, [0.5, 0.0, 0.0], atol=1e-16)
    assert np.allclose(slope, [0.5, 0.0, 0.25], atol=1e-16)


def test_float32_angle_is_as_exact_as_float32_can_be():
    u = np.cos(np.linspace(0.01, math.pi - 0.01, 10_001))
    exact = ReLU().moments(jnp.asarray(u), 1.0, 1.0, 1e-14)
    short = ReLU().moments(jnp.asarray(u, jnp.float32), 1.0, 1.0, 1e-6)
    rounded = ReLU().moments(jnp.asarray(u, jnp.float32).astype(jnp.float64), 1.0, 1.0, 1e-14)
    assert short[0].dtype == jnp.float32
    assert np.max(np.abs(np.asarray(short[0], np.float64) - exact[0])) < 2e-7
    assert np.max(np.abs(np.asarray(short[1], np.float64) - rounded[1])) < 2e-7


@pytest.mark.parametrize("bad", ["gelu", 3, None])
def test_unknown_activation_is_named(bad):
    with pytest.raises(ValueError, match=r"^activation: "):
        dual(bad)


@pytest.mark.parametrize("bad", [-1.0, math.nan, "1"])
def test_bad_threshold_is_named(bad):
    with pytest.raises(ValueError, match=r"^threshold: "):
        LSA(bad)
