"""The slow twin itself: its gradient, its search, its target and one training whose answer is known."""

import numpy as np
import pytest

from tests.twins.plain_loop import (
    MODELS,
    best_over_rates,
    draw_signal,
    find_bracket,
    gradient,
    ground_truth_risk,
    initial_weights,
    integer_grid,
    lahoti_target,
    mean_squared_loss,
    measure_seed,
    predict,
    sample_dsd,
    train,
)


def numerical_derivative(f, v, h=1e-6):
    return (f(v + h) - f(v - h)) / (2 * h)


@pytest.mark.parametrize("model", MODELS)
def test_gradient_agrees_with_finite_differences_in_every_weight_and_in_the_bias(model):
    rng = np.random.default_rng(0)
    k, d, n, b = 3, 4, 7, 0.15
    x, y = sample_dsd(rng, n, k, d, 0.3, draw_signal(rng, d))
    w = initial_weights(rng, model, k, d, std=0.5, width=5)
    grad_w, grad_b = gradient(model, x, y, w, b)
    assert grad_w.shape == w.shape
    for index in np.ndindex(*w.shape):

        def loss_at(v, index=index):
            moved = w.copy()
            moved[index] = v
            return mean_squared_loss(model, x, y, moved, b)

        assert grad_w[index] == pytest.approx(numerical_derivative(loss_at, w[index]), abs=1e-7)
    numerical = numerical_derivative(lambda v: mean_squared_loss(model, x, y, w, v), b)
    assert grad_b == pytest.approx(numerical, abs=1e-7)
    assert abs(grad_b) > 1e-3  # else the comparison says nothing


@pytest.mark.parametrize("model", MODELS)
def test_predict_is_the_definition_written_sample_by_sample(model):
    rng = np.random.default_rng(1)
    k, d, b = 3, 2, 0.2
    x, _ = sample_dsd(rng, 4, k, d, 0.5, draw_signal(rng, d))
    w = initial_weights(rng, model, k, d, std=1.0, width=2)
    for j in range(4):
        if model == "fcn":
            seen = [w[u] @ x[j].ravel() for u in range(2)]
        else:
            seen = [(w if model == "cnn" else w[i]) @ x[j, i] for i in range(k)]
        f = sum(z - b if z > b else z + b if z < -b else 0.0 for z in seen)
        assert predict(model, x[j : j + 1], w, b)[0] == pytest.approx(f)


def test_one_step_moves_weights_and_bias_by_their_own_rates_and_clips_the_bias_at_zero():
    x, y = np.array([[[2.0]]]), np.array([1.0])
    # z = 2 w = 2, b = 0.5: f = 1.5, df = 2 (1.5 - 1) = 1; grad_w = 1 * 2, grad_b = -1.
    grad_w, grad_b = gradient("cnn", x, y, np.array([1.0]), 0.5)
    assert grad_w[0] == pytest.approx(2.0)
    assert grad_b == pytest.approx(-1.0)
    # One step of (0.1, 0.3): w = 0.8, b = 0.8, f = 0.8; the test loss is that of y = 1.
    run = train("cnn", x, y, x, y, [1.0], 0.5, lr_w=0.1, lr_b=0.3, steps=1, eval_every=1)
    assert run.step == 1
    assert run.bias == pytest.approx(0.8)
    assert run.loss == pytest.approx(0.04)
    # Too small an output (w = 0.2, b = 0.1: f = 0.3) pushes the bias down by 1.4 lr_b, past zero.
    run = train("cnn", x, y, x, y, [0.2], 0.1, lr_w=0.0, lr_b=1.0, steps=1, eval_every=1)
    assert run.bias == 0.0
    assert run.loss == pytest.approx(0.36)


def test_best_loss_is_kept_along_the_path_and_over_the_rates_also_when_a_rate_diverges():
    rng = np.random.default_rng(2)
    signal = draw_signal(rng, 3)
    x, y = sample_dsd(rng, 40, 2, 3, 0.2, signal)
    w0 = initial_weights(rng, "lcn", 2, 3)
    single = [train("lcn", x, y, x, y, w0, 0.0, lr_w=r, lr_b=1e-3, steps=200) for r in (0.1, 1e3)]
    both = best_over_rates("lcn", x, y, x, y, w0, 0.0, lr_w=(1e3, 0.1), lr_b=(1e-3,), steps=200)
    assert both == single[0]
    assert single[0].loss < 0.2 < single[1].loss <= 1.1  # the path that diverges keeps an early loss
    short = train("lcn", x, y, x, y, w0, 0.0, lr_w=0.1, lr_b=1e-3, steps=100)
    assert single[0].loss <= short.loss


@pytest.mark.parametrize("start", [0, 7, 30])
def test_search_returns_the_neighbouring_grid_points_around_every_threshold(start):
    grid = integer_grid(3, 60)
    assert grid == sorted(set(grid))
    assert grid[0] == 3
    assert grid[-1] == 60
    start = min(start, len(grid) - 1)
    for threshold in range(1, 63):
        visited = []

        def succeeds(n, threshold=threshold, visited=visited):
            visited.append(n)
            return n >= threshold

        low, high = find_bracket(grid, start, succeeds)
        assert low == max((n for n in grid if n < threshold), default=0)
        assert high == min((n for n in grid if n >= threshold), default=None)
        assert len(visited) == len(set(visited))
        assert visited[0] == grid[start]
        assert len(visited) <= 2 * np.log2(len(grid)) + 2  # doubling out, halving in


# Risks at the given bias from 1e5 Monte-Carlo draws.
@pytest.mark.parametrize(
    ("k", "sigma", "bias", "risk"),
    [(10, 0.1, 0.10, 0.0334), (20, 0.1, 0.15, 0.0412), (20, 0.2, 0.30, 0.1651)],
)
def test_target_is_three_hundredths_above_the_ground_truth_nets_best_loss(k, sigma, bias, risk):
    assert ground_truth_risk(k, sigma, bias) == pytest.approx(risk, abs=1e-3)
    floor = lahoti_target(k, sigma) - 0.03
    assert floor == pytest.approx(min(ground_truth_risk(k, sigma, b / 500) for b in range(500)), abs=1e-5)
    assert floor <= ground_truth_risk(k, sigma, bias)


def test_quadrature_risk_agrees_with_the_network_run_on_samples():
    rng = np.random.default_rng(3)
    k, d, sigma, b = 6, 3, 0.25, 0.3
    signal = draw_signal(rng, d)
    x, y = sample_dsd(rng, 40_000, k, d, sigma, signal)
    squared = (predict("cnn", x, signal, b) - y) ** 2
    error = squared.std() / np.sqrt(len(squared))
    assert ground_truth_risk(k, sigma, b) == pytest.approx(squared.mean(), abs=4 * error)


def test_sample_carries_the_signal_in_one_patch_of_unit_norm():
    rng = np.random.default_rng(4)
    signal = draw_signal(rng, 5)
    x, y = sample_dsd(rng, 300, 4, 5, 0.0, signal)
    projections = x @ signal * y[:, None]
    assert np.allclose(np.sort(projections, axis=1), [0, 0, 0, 1])
    counts = np.bincount(projections.argmax(axis=1), minlength=4)
    assert counts.min() > 45
    assert 110 < (y > 0).sum() < 190


def test_measured_bracket_separates_losses_above_and_below_the_target():
    rng = np.random.default_rng(5)
    k, d, sigma = 3, 4, 0.2
    signal = draw_signal(rng, d)
    x, y = sample_dsd(rng, 80, k, d, sigma, signal)
    x_test, y_test = sample_dsd(rng, 500, k, d, sigma, signal)
    w0 = initial_weights(rng, "lcn", k, d)
    target = lahoti_target(k, sigma)
    result = measure_seed(
        "lcn", x, y, x_test, y_test, w0, 0.0, grid=integer_grid(2, 80, 1.2), target=target, start=8, steps=300
    )
    assert result.high is not None
    assert result.low in result.visited
    assert result.visited[result.low].loss > target >= result.visited[result.high].loss
