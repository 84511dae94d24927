"""Clustered data: what the task draws, the modes of sampled kernels, gradient flow, and the probe of both."""

import math
from typing import Any

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import t as student

from sims.pieces.errors import InputError
from sims.probes.base import jax_key
from sims.probes.shortcut.clustered_modes import PENALTIES, TIMES, ClusteredModes
from sims.probes.shortcut.eigenmodes import (
    decoupled_weights,
    descent_weights,
    flow_coefficients,
    latent_coefficients,
    shortcut_share,
    top_modes,
)
from sims.tasks import ClusteredShortcut
from theory.kernels import ntk
from theory.shortcut import clustered_modes
from theory.shortcut.clustered import clustered_risk

KEY = jax.random.key(2602)
MANY = 40_000
ENTROPY = 2**101 + 7
SMALL: dict[str, Any] = {"train": 60, "probes": 100, "depth": 2, "width": 8, "steps": 20, "seeds": 2}


def inputs(batch):
    return np.asarray(batch.x, np.float64).reshape(len(batch.y), -1), np.asarray(batch.y, np.float64)


@pytest.mark.parametrize(("ratio", "sigma", "rho"), [(2.0, 0.3, 0.95), (0.5, 1.0, 0.5)])
def test_clusters_have_the_predictivity_the_places_and_the_noise_asked(ratio, sigma, rho):
    """Four standard errors, 6e-5 each."""
    batch = ClusteredShortcut(ratio=ratio, sigma=sigma, rho=rho).sample(KEY, MANY)
    x, y = inputs(batch)
    s, c = (np.asarray(batch.latents[name], float) for name in ("s", "c"))
    np.testing.assert_array_equal(c, y)
    assert set(s) == {-1.0, 1.0}
    assert abs(np.mean(s == y) - rho) < 4 * math.sqrt(rho * (1 - rho) / MANY)
    assert abs(np.mean(y)) < 4 / math.sqrt(MANY)
    noise = x - np.stack([ratio * s, c], 1)
    assert np.all(np.abs(np.mean(noise, 0)) < 4 * sigma / math.sqrt(MANY))
    assert np.all(np.abs(np.std(noise, 0) / sigma - 1) < 4 / math.sqrt(2 * MANY))
    assert abs(np.mean(noise[:, 0] * noise[:, 1])) / sigma**2 < 4 / math.sqrt(MANY)


def test_sets_are_nested_and_streams_differ():
    task = ClusteredShortcut(ratio=2.0, sigma=0.3, rho=0.9)
    few, many = task.sample(KEY, 10), task.sample(KEY, 25)
    np.testing.assert_array_equal(few.x, many.x[:10])
    np.testing.assert_array_equal(few.latents["s"], many.latents["s"][:10])
    assert np.max(np.abs(np.asarray(task.sample(KEY, 10, stream=1).x - few.x))) > 0.1
    assert few.x.shape == (10, task.k, task.d)


def test_floors_are_the_risks_of_the_law():
    task = ClusteredShortcut(ratio=2.0, sigma=0.5, rho=0.9)
    for kind in ("bayes", "linear"):
        for metric in ("squared", "zero_one"):
            risk = clustered_risk(2.0, 1.0, 0.5, 0.9, linear=kind == "linear")
            assert task.floor(kind, metric) == getattr(risk, metric)
    assert task.floor("zero") == 0
    for wrong in ({"kind": "oracle"}, {"kind": "bayes", "metric": "hinge"}):
        with pytest.raises(InputError):
            task.floor(**wrong)


@pytest.mark.parametrize(
    ("option", "value"),
    [("ratio", 0.0), ("ratio", math.inf), ("sigma", 0.0), ("sigma", True), ("rho", 1.2), ("rho", -0.1)],
)
def test_bad_options_of_the_task_are_named(option, value):
    with pytest.raises(InputError) as caught:
        ClusteredShortcut(**{"ratio": 1.0, "sigma": 0.3, "rho": 0.9, option: value})
    assert caught.value.option == option


def test_top_modes_are_the_largest_and_orthonormal():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((30, 30))
    values, vectors = top_modes(root @ root.T, 3)
    assert values == pytest.approx(np.linalg.svd(root, compute_uv=False)[:3] ** 2 / 30)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(root @ root.T @ vectors / 30, values * vectors, atol=1e-10)


def test_gradient_flow_in_function_space_solves_its_differential_equation():
    """Against the Runge-Kutta solver, also for a matrix without full rank."""
    rng = np.random.default_rng(1)
    root, y = rng.standard_normal((12, 5)), rng.standard_normal(12)
    gram = root @ root.T
    times = (0.3, 2.0, 9.0)
    solution = solve_ivp(
        lambda _, a: (y - gram @ a) / 12, (0, 9), np.zeros(12), t_eval=times, rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(flow_coefficients(gram, y, times), solution.y, atol=1e-7)


def test_gradient_descent_with_small_steps_learns_mode_by_mode():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((50, 2)) * (3.0, 0.5)
    y = np.sign(x.sum(1))
    values, vectors = np.linalg.eigh(x.T @ x / 50)
    rate, times = 1 / (400 * values[1]), (0.0, 0.1, 1.0, 8.0)
    parts = (vectors.T @ (x.T @ y) / 50) / values
    expected = [vectors @ (parts * -np.expm1(-values * time)) for time in times]
    # (1 - rate l)^k against e^(-l t): below rate l/(2 e) of a part; and up to half a step of time.
    np.testing.assert_allclose(descent_weights(x, y, times, rate), expected, atol=1 / 400)


def test_spectral_decoupling_is_stationary_and_ends_at_least_squares():
    task = ClusteredShortcut(ratio=2.0, sigma=0.1, rho=0.9)  # the classes can be separated
    x, y = inputs(task.sample(KEY, 200))
    for penalty in PENALTIES:
        w = decoupled_weights(x, y, penalty)

        def loss(w, penalty=penalty):
            return np.mean(np.log1p(np.exp(-y * (x @ w))) + penalty / 2 * (x @ w) ** 2)

        for turn in ((1e-3, 0), (0, 1e-3), (-1e-3, 1e-3)):
            assert loss(w) < min(loss(w + turn), loss(w - np.array(turn)))
    solution = np.linalg.lstsq(x, y, rcond=None)[0]
    far = decoupled_weights(x, y, 1e4)
    np.testing.assert_allclose(far / np.linalg.norm(far), solution / np.linalg.norm(solution), atol=1e-3)


def test_shares_of_a_planted_function():
    s, c = np.array([1, 1, -1, -1, 1.0]), np.array([1, -1, 1, -1, 1.0])
    assert latent_coefficients(0.2 * s - 0.6 * c, s, c) == pytest.approx((0.2, -0.6))
    assert shortcut_share(0.2, -0.6) == pytest.approx(0.25)
    assert shortcut_share(-0.6, 0.2) == pytest.approx(-0.75)


def test_the_odd_part_of_the_shallow_tangent_kernel_is_the_linear_kernel_and_that_of_a_deep_one_is_not():
    x, _ = inputs(ClusteredShortcut(ratio=2.0, sigma=0.5, rho=0.9).sample(KEY, 40))
    odd = {depth: 2 * (ntk("fcn", x, depth=depth) - ntk("fcn", x, -x, depth=depth)) for depth in (1, 2)}
    np.testing.assert_allclose(odd[1], x @ x.T, atol=1e-6)
    scale = np.trace(odd[2]) / np.sum(x**2)
    assert np.max(np.abs(odd[2] - scale * x @ x.T)) > 0.01


def quantities(probe, entropy=ENTROPY):
    return {(quantity.name, quantity.at): quantity for quantity in probe.measure(entropy)}


def twin(probe, seed):
    """One seed of the probe by plain means: covariances, `lstsq`, a kernel of arccosines, Runge-Kutta."""
    key = jax.random.fold_in(jax_key(ENTROPY), seed)
    x, y = inputs(probe.task().sample(key, probe.train))
    balanced = ClusteredShortcut(ratio=probe.ratio, sigma=probe.sigma, rho=0.5)
    look = balanced.sample(key, probe.probes, stream=1)
    z, c = inputs(look)
    s = np.asarray(look.latents["s"], float)

    def kernel(a, b):
        norms = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
        u = np.clip(a @ b.T / norms, -1, 1)
        angle = np.arccos(u)
        k0, k1 = (np.pi - angle) / np.pi, (np.sin(angle) + u * (np.pi - angle)) / np.pi
        return norms * (u * k0 + k1)

    def share(f):
        # On probes, by the means of the four clusters weighed as least squares does.
        design = np.stack([s, c], 1)
        a, b = np.linalg.solve(design.T @ design, design.T @ f)
        return a / (abs(a) + abs(b))

    gram = kernel(x, x)
    flow = solve_ivp(
        lambda _, a: (y - gram @ a) / len(y),
        (0, 2),
        np.zeros(len(y)),
        t_eval=(0.125, 0.5, 2.0),
        rtol=1e-9,
        atol=1e-12,
    )
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True) + np.outer(x.mean(0), x.mean(0)))
    w = np.linalg.lstsq(x, y, rcond=None)[0]
    top = np.abs(vectors[:, 1] * (probe.ratio, 1))
    found = {
        ("eigenvalue_linear", 1.0): values[1],
        ("eigenvalue_linear", 2.0): values[0],
        ("eigenvalue_shallow", 2.0): values[0],
        ("eigenvalue_ratio_linear", None): values[1] / values[0],
        ("top_share_linear", None): top[0] / top.sum(),
        ("weight_s", None): w[0],
        ("weight_c", None): w[1],
        ("share_least_squares", None): w[0] * probe.ratio / (abs(w[0]) * probe.ratio + abs(w[1])),
        ("conflicting_least_squares", None): np.mean(((z @ w) * c > 0)[s != c]),
        ("top_share_shallow", None): abs(share(z @ vectors[:, 1])),
    }
    for index, time in enumerate((0.125, 0.5, 2.0)):
        f = kernel(z, x) @ flow.y[:, index]
        found["share_shallow", time] = share(f)
        found["conflicting_shallow", time] = np.mean((f * c > 0)[s != c])
    return found


def test_the_probe_is_its_slow_twin():
    probe = ClusteredModes(ratio=1.6, sigma=0.4, rho=0.9, **SMALL)
    found, twins = quantities(probe), [twin(probe, seed) for seed in range(2)]
    for place in twins[0]:
        each = [one[place] for one in twins]
        assert found[place].value == pytest.approx(np.mean(each), rel=1e-5), place
        assert found[place].error == pytest.approx(np.std(each, ddof=1) / math.sqrt(2), rel=1e-3, abs=1e-6)


def test_predictions_are_the_closed_form_and_values_lie_around_them():
    """Student's t over twenty seeds, at 1e-5 for each of some 30 comparisons. The bias of eigenvalues and of
    ratios, of the order 1/n, is sqrt(20/n) of a standard error, about a quarter, and leaves that as it is.
    """
    probe = ClusteredModes(ratio=1.0, sigma=math.sqrt(0.1), **{**SMALL, "train": 300, "seeds": 20})
    found = quantities(probe)
    assert found["weight_s", None].predicted == pytest.approx(0.225)
    assert found["weight_c", None].predicted == pytest.approx(0.725)
    assert found["share_least_squares", None].predicted == pytest.approx(0.225 / 0.95)
    assert [found["eigenvalue_linear", at].predicted for at in (1, 2)] == pytest.approx([2.0, 0.2])
    modes = clustered_modes(1.0, 1.0, math.sqrt(0.1), 0.95)
    late = modes[0].weights_at(8.0) + modes[1].weights_at(8.0)
    assert found["descent_weight_s", 8.0].predicted == pytest.approx(late[0])
    limit = student.isf(5e-6, 19)
    kinds = ("eigenvalue_", "top_share_linear", "mode_", "weight_", "descent_", "share_descent")
    held = [quantity for (name, _), quantity in found.items() if name.startswith(kinds)]
    held = [quantity for quantity in held if quantity.predicted is not None]
    assert len(held) > 25
    for quantity in held:
        # Steps of gradient descent put it off the flow by up to 0.0005.
        slack = 0.0005 if "descent" in quantity.name else 0.0
        assert quantity.error is not None
        assert quantity.predicted is not None
        assert abs(quantity.value - quantity.predicted) < limit * quantity.error + slack, quantity


def test_every_quantity_has_a_place_and_the_same_entropy_gives_the_same_again():
    probe = ClusteredModes(ratio=2.0, sigma=0.3, **SMALL)
    found = quantities(probe)
    assert {at for name, at in found if name == "share_deep"} == set(TIMES)
    assert {at for name, at in found if name == "share_decoupled"} == set(PENALTIES)
    for name in ("share_net", "conflicting_net", "agreeing_net", "share_bayes", "top_share_deep"):
        assert -1 <= found[name, None].value <= 1
    assert sum(found["mode_part", at].value for at in (1, 2)) == pytest.approx(1)
    assert probe.measure(ENTROPY) == list(found.values())
    assert quantities(probe, ENTROPY + 2**70)["weight_s", None] != found["weight_s", None]


@pytest.mark.parametrize("kernel", ["linear", "shallow", "deep"])
def test_the_top_mode_changes_over_from_core_to_shortcut_at_equal_amplitudes(kernel):
    """Student's t over six seeds, 1e-3 on each side."""
    limit = student.isf(1e-3, 5)
    for ratio, side in ((0.7, -1), (1.4, 1)):
        probe = ClusteredModes(ratio=ratio, sigma=0.3, **{**SMALL, "train": 200, "seeds": 6, "steps": 1})
        share = quantities(probe)[f"top_share_{kernel}", None]
        assert share.error is not None
        assert side * (share.value - 0.5) > limit * share.error


def test_more_noise_leaves_more_of_the_shortcut_and_a_net_drops_what_least_squares_keeps():
    """Differences of means over eight seeds, five standard errors (below 1e-3 by chance)."""

    def found(sigma):
        sizes = {**SMALL, "train": 300, "width": 32, "steps": 600, "seeds": 8}
        return quantities(ClusteredModes(ratio=1.0, sigma=sigma, **sizes))

    low, high = found(0.1), found(0.4)
    for first, second in (
        (low["share_least_squares", None], high["share_least_squares", None]),
        (high["share_net", None], high["share_least_squares", None]),
    ):
        assert first.error is not None
        assert second.error is not None
        assert second.value - first.value > 5 * math.hypot(first.error, second.error)
    assert high["agreeing_net", None].value > 0.9


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("ratio", -1.0),
        ("sigma", 0.0),
        ("rho", 0.5),
        ("rho", 1.0),
        ("train", 10),
        ("probes", 1),
        ("depth", 1),
        ("width", 0),
        ("rate", 0.0),
        ("steps", 0),
        ("seeds", 1),
    ],
)
def test_bad_options_of_the_probe_are_named(option, value):
    with pytest.raises(InputError) as caught:
        ClusteredModes(**{"ratio": 1.0, "sigma": 0.3, **SMALL, option: value})
    assert caught.value.option == option
