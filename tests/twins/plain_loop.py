"""The slow twin of protocol `lahoti`: plain gradient descent, one training after another, in float64 numpy.

It imports nothing from `sims` or `theory`, so that the fast path can be held against it. One training at a
time, one gradient step at a time, no lanes, no early stopping, no masks: written to be believed at sight.

The protocol. For a number of samples n, train on the first n samples from the same initial weights once for
each pair of rates (lr_w, lr_b); look at the mean squared loss on the test set at steps 0, 10, 20, ...; keep
the lowest loss met along any path. n succeeds if that loss is at most the target. A binary search over a
given grid of integers then finds two neighbouring grid points: one that fails and, next to it, one that
succeeds.

Shapes: x is (n, k, d), y is (n,); the weights are (d,) for the CNN, (k, d) for the LCN, (m, k d) for the FCN
of width m. The bias is one scalar b >= 0, shared by all units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MODELS = ("cnn", "lcn", "fcn")
LR_W = (1e-1, 1e-2, 1e-3)
LR_B = (1e-2, 1e-3, 1e-4)
EVAL_EVERY = 10


# --- Networks ---------------------------------------------------------------------------------------------


def relu(z):
    return np.maximum(z, 0.0)


def soft_threshold(z, b):
    """The LSA activation phi_b(z) = relu(z - b) - relu(-z - b)."""
    return relu(z - b) - relu(-z - b)


def pre_activations(model: str, x, w):
    """What each unit sees, (n, units): <w, x_i> (CNN), <w_i, x_i> (LCN) or <w_j, x> (FCN)."""
    if model == "cnn":
        return np.einsum("nkd,d->nk", x, w)
    if model == "lcn":
        return np.einsum("nkd,kd->nk", x, w)
    if model == "fcn":
        return x.reshape(len(x), -1) @ w.T
    raise ValueError(f"model must be one of {MODELS}, not {model!r}")


def predict(model: str, x, w, b):
    """f(x) = sum over units of phi_b(pre-activation), shape (n,)."""
    return soft_threshold(pre_activations(model, x, w), b).sum(axis=1)


def mean_squared_loss(model: str, x, y, w, b) -> float:
    """mean_j (f(x_j) - y_j)^2, with no factor 1/2."""
    return float(np.mean((predict(model, x, w, b) - y) ** 2))


def gradient(model: str, x, y, w, b):
    """Gradient of `mean_squared_loss` in w (shape of w) and in b (a scalar).

    By hand. With f_j = sum_u phi_b(z_ju) and L = (1/n) sum_j (f_j - y_j)^2,

        dL/df_j = (2/n) (f_j - y_j).

    phi_b(z) is z - b above b, z + b below -b, and 0 between (b >= 0), so

        dphi/dz = 1{|z| > b}        dphi/db = -1 if z > b, +1 if z < -b, else 0 = -sign(z) 1{|z| > b}.

    Chain rule, writing g_ju = dL/df_j 1{|z_ju| > b} = dL/dz_ju:

        dL/db = - sum_ju g_ju sign(z_ju)
        CNN  z_ji = <w, x_ji>     dL/dw   = sum_ji g_ji x_ji
        LCN  z_ji = <w_i, x_ji>   dL/dw_i = sum_j  g_ji x_ji
        FCN  z_jm = <w_m, x_j>    dL/dw_m = sum_j  g_jm x_j       (x_j the whole sample, k d numbers)
    """
    n = len(x)
    z = pre_activations(model, x, w)
    residual = soft_threshold(z, b).sum(axis=1) - y
    g = (2.0 / n) * residual[:, None] * (np.abs(z) > b)
    grad_b = -np.sum(g * np.sign(z))
    if model == "cnn":
        grad_w = np.einsum("nk,nkd->d", g, x)
    elif model == "lcn":
        grad_w = np.einsum("nk,nkd->kd", g, x)
    else:
        grad_w = g.T @ x.reshape(n, -1)
    return grad_w, grad_b


# --- Training and selection -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Best:
    """The lowest test loss met, and where: the rates, the step, the bias at that step."""

    loss: float
    lr_w: float
    lr_b: float
    step: int
    bias: float


def train(model: str, x, y, x_test, y_test, w0, b0, *, lr_w, lr_b, steps, eval_every=EVAL_EVERY) -> Best:
    """Full-batch gradient descent from (w0, b0); the best test loss at steps 0, 10, ..., `steps`.

    A path that diverges has losses inf or nan from there on; neither is ever the lowest.
    """
    w = np.array(w0, dtype=np.float64)
    b = float(b0)
    best = Best(np.inf, lr_w, lr_b, 0, b)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps + 1):
            if step % eval_every == 0:
                loss = mean_squared_loss(model, x_test, y_test, w, b)
                if loss < best.loss:
                    best = Best(loss, lr_w, lr_b, step, b)
            if step < steps:
                grad_w, grad_b = gradient(model, x, y, w, b)
                w = w - lr_w * grad_w
                b = max(b - lr_b * grad_b, 0.0)
    return best


def best_over_rates(
    model: str, x, y, x_test, y_test, w0, b0, *, lr_w=LR_W, lr_b=LR_B, steps=1200, eval_every=EVAL_EVERY
) -> Best:
    """The best of one training for each pair of rates, all from the same initial weights."""
    best = Best(np.inf, np.nan, np.nan, 0, np.nan)
    for rate_w in lr_w:
        for rate_b in lr_b:
            run = train(
                model,
                x,
                y,
                x_test,
                y_test,
                w0,
                b0,
                lr_w=rate_w,
                lr_b=rate_b,
                steps=steps,
                eval_every=eval_every,
            )
            if run.loss < best.loss:
                best = run
    return best


# --- Search -----------------------------------------------------------------------------------------------


def integer_grid(n_min: int, n_max: int, ratio: float = 1.05) -> list[int]:
    """Distinct increasing integers from n_min to n_max, each about `ratio` times the one before."""
    grid = [n_min]
    value = float(n_min)
    while grid[-1] < n_max:
        value *= ratio
        n = min(round(value), n_max)
        if n > grid[-1]:
            grid.append(n)
    return grid


def find_bracket(grid: Sequence[int], start: int, succeeds: Callable[[int], bool]) -> tuple[int, int | None]:
    """Neighbouring grid points (low, high): `low` fails and `high` succeeds.

    `start` is an index into the grid. From there go up if it fails, down if it succeeds, by 1, 2, 4, ... grid
    points, until the answer changes or the grid ends; then bisect. If grid[0] succeeds the result is
    (0, grid[0]); if grid[-1] fails it is (grid[-1], None).
    """
    last = len(grid) - 1
    failing, succeeding = -1, last + 1  # just outside the grid: nothing is known yet

    if succeeds(grid[start]):
        succeeding = start
        position, stride = start, 1
        while position > 0:
            position = max(position - stride, 0)
            stride *= 2
            if not succeeds(grid[position]):
                failing = position
                break
            succeeding = position
    else:
        failing = start
        position, stride = start, 1
        while position < last:
            position = min(position + stride, last)
            stride *= 2
            if succeeds(grid[position]):
                succeeding = position
                break
            failing = position

    while succeeding - failing > 1:
        middle = (failing + succeeding) // 2
        if succeeds(grid[middle]):
            succeeding = middle
        else:
            failing = middle

    low = grid[failing] if failing >= 0 else 0
    high = grid[succeeding] if succeeding <= last else None
    return low, high


@dataclass(frozen=True)
class SeedResult:
    """One seed's bracket and what was measured at every n that the search visited."""

    low: int
    high: int | None
    visited: dict[int, Best]


def measure_seed(
    model: str,
    x_train,
    y_train,
    x_test,
    y_test,
    w0,
    b0,
    *,
    grid: Sequence[int],
    target: float,
    start: int = 0,
    lr_w=LR_W,
    lr_b=LR_B,
    steps=1200,
    eval_every=EVAL_EVERY,
) -> SeedResult:
    """The protocol for one seed. Training sets are nested: n samples are the first n of the stream.

    `x_train` is (n_max, k, d) with n_max >= grid[-1]; `x_test` is (m, k, d); `start` is an index into `grid`.
    """
    x_train, y_train, x_test, y_test, w0 = (
        np.asarray(a, dtype=np.float64) for a in (x_train, y_train, x_test, y_test, w0)
    )
    if len(x_train) < grid[-1]:
        raise ValueError(f"the grid asks for {grid[-1]} samples, the stream has {len(x_train)}")
    visited: dict[int, Best] = {}

    def succeeds(n: int) -> bool:
        visited[n] = best_over_rates(
            model,
            x_train[:n],
            y_train[:n],
            x_test,
            y_test,
            w0,
            b0,
            lr_w=lr_w,
            lr_b=lr_b,
            steps=steps,
            eval_every=eval_every,
        )
        return visited[n].loss <= target

    low, high = find_bracket(grid, start, succeeds)
    return SeedResult(low, high, visited)


# --- Data and target, for use on its own ------------------------------------------------------------------


def draw_signal(rng: np.random.Generator, d: int):
    """A uniform unit vector w* in R^d."""
    w = rng.standard_normal(d)
    return w / np.linalg.norm(w)


def sample_dsd(rng: np.random.Generator, n: int, k: int, d: int, sigma: float, signal):
    """n samples of DSD: y = +-1, t uniform over the k patches, x = y w* in patch t plus noise everywhere."""
    y = rng.choice([-1.0, 1.0], size=n)
    t = rng.integers(k, size=n)
    x = sigma * rng.standard_normal((n, k, d))
    for j in range(n):
        x[j, t[j]] += y[j] * signal
    return x, y


def ground_truth_risk(k: int, sigma: float, b: float, nodes: int = 8001) -> float:
    """Squared risk of the LSA net whose every patch weight is w* (norm 1), bias b, by 1-D quadrature.

    Take y = 1 (y = -1 is its mirror image). <w*, x_i> is 1 + sigma g in the signal patch and sigma g in the
    other k - 1, independent. phi_b is odd, so a noise patch has mean zero and only its variance enters:
    risk = E (phi_b(1 + sigma g) - 1)^2 + (k - 1) E phi_b(sigma g)^2.
    """
    g = np.linspace(-9.0, 9.0, nodes)
    density = np.exp(-(g**2) / 2)
    density /= density.sum()
    signal_patch = np.sum(density * (soft_threshold(1 + sigma * g, b) - 1) ** 2)
    noise_patch = np.sum(density * soft_threshold(sigma * g, b) ** 2)
    return float(signal_patch + (k - 1) * noise_patch)


def lahoti_target(k: int, sigma: float, tolerance: float = 0.03) -> float:
    """The ground-truth net's loss at its best bias (a grid, refined twice), plus `tolerance`."""
    low, high = 0.0, 1.0
    for _ in range(3):
        biases = np.linspace(low, high, 41)
        risks = [ground_truth_risk(k, sigma, b) for b in biases]
        i = int(np.argmin(risks))
        low, high = biases[max(i - 1, 0)], biases[min(i + 1, 40)]
    return min(risks) + tolerance


def initial_weights(rng: np.random.Generator, model: str, k: int, d: int, std: float = 1e-3, width=None):
    """Gaussian initial weights in the shape of the model; the FCN's width is k by default."""
    shapes = {"cnn": (d,), "lcn": (k, d), "fcn": (width or k, k * d)}
    return std * rng.standard_normal(shapes[model])


def measure(
    model: str,
    k: int,
    d: int,
    sigma: float,
    *,
    seeds=range(5),
    n_max=1000,
    test_size=1000,
    std=1e-3,
    b0=0.0,
    steps=1200,
    start=0,
) -> list[SeedResult]:
    """The whole protocol on data of its own, one seed after another: `measure("cnn", 4, 6, 0.1)`."""
    target = lahoti_target(k, sigma)
    results = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        signal = draw_signal(rng, d)
        x_train, y_train = sample_dsd(rng, n_max, k, d, sigma, signal)
        x_test, y_test = sample_dsd(rng, test_size, k, d, sigma, signal)
        w0 = initial_weights(rng, model, k, d, std)
        grid = integer_grid(1, n_max)
        results.append(
            measure_seed(
                model,
                x_train,
                y_train,
                x_test,
                y_test,
                w0,
                b0,
                grid=grid,
                target=target,
                start=start,
                steps=steps,
            )
        )
    return results
