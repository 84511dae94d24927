"""Modes of kernels on clustered data, and what gradient flow and a small net make of the shortcut (after Lim
et al. 2025).
"""

import dataclasses
import math
from typing import Annotated, ClassVar

import jax
import numpy as np

from sims.learners import GradientDescent
from sims.measuring.readings.reliance import decisions
from sims.models import Model
from sims.pieces import build, register
from sims.pieces.fields import Checked, Number, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.series import mean_quantity
from sims.probes.shortcut.eigenmodes import (
    decoupled_weights,
    descent_weights,
    flow_coefficients,
    latent_coefficients,
    shortcut_share,
    top_modes,
)
from sims.samples import pack
from sims.tasks.base import Batch
from sims.tasks.shortcut.clustered_shortcut import ClusteredShortcut
from theory.kernels import ntk
from theory.shortcut import Mode, clustered_modes
from theory.shortcut.clustered import linear_accuracy, posterior_mean

TIMES = (0.125, 0.5, 2.0, 8.0, 32.0)
"""Of gradient flow, where the linear kernel is <x, x'>."""
PENALTIES = (0.01, 0.1, 1.0, 10.0)
STEPS_A_TIME = 400
"""Steps of gradient descent, at least, while the fastest mode decays by e. That follows the flow to a mode's
weights times 1/(2 e 400) < 0.0005.
"""
SCALE = 2 * ClusteredShortcut.d
"""Kernels of ReLU nets are taken times 2 d: the odd part of that with one hidden layer then is <x, x'>."""
MODES = 2

Series = dict[tuple[str, float | None], float]
"""Values of one seed, or their predictions, by name and abscissa."""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ClusteredModes(Checked):
    """Modes on `sims.tasks.ClusteredShortcut`: of linear and ReLU tangent kernels; and a trained ReLU net.

    No reading on a cell: most of it is of kernels and flows, and is no trained net's.

    Parameters
    ----------
    ratio, sigma, rho: of the task, 0.5 < rho < 1.
    train, probes: samples to learn from, and samples with rho = 1/2 to look at what was learnt; >= 20.
    depth: hidden layers of the deep kernel, an integer >= 2.
    width, rate, steps: of the net (one hidden ReLU layer): Adam on the squared error, full batch.
    seeds: independent repetitions (>= 2).

    A function's share of the shortcut is a_s/(|a_s| + |a_c|), with a_s s + a_c c the least-squares fit to its
    values on the probes; of eigenfunctions, whose sign is free, |a_s|/(|a_s| + |a_c|). Predictions are those
    of the law (n infinite), in closed form for the linear kernel. They hold as well for the kernel of one
    hidden layer without biases: its odd part is the linear kernel, and the law is the same at (-x, -y).

    Quantities, each the mean over seeds:
    "eigenvalue_KERNEL" (at 1, 2), the largest of the Gram matrix over n, "eigenvalue_ratio_KERNEL" and
    "top_share_KERNEL", the shortcut's share of the top mode: KERNEL linear, or shallow and deep, the odd part
    of the NTK of one and of `depth` hidden ReLU layers, times 2 d.
    "mode_weight_s", "mode_weight_c", "mode_part" (at 1, 2): weights of a mode in least squares, and its part
    of the explained variance. "weight_s", "weight_c", "share_least_squares", "conflicting_least_squares":
    their sum, the shortcut's share in it, its accuracy on probes with s = -y.
    "descent_weight_s", "descent_weight_c", "share_descent" (at times): gradient descent on the least-squares
    problem. "share_shallow", "share_deep" (at times) and "conflicting_shallow", "conflicting_deep":
    gradient flow in the NTK's function space, and its accuracy at s = -y.
    "share_decoupled" (at penalties): linear, logistic loss with spectral decoupling.
    "share_net", "conflicting_net", "agreeing_net": the trained net, its accuracy at s = -y and at s = y.
    "share_bayes", "conflicting_bayes": E[y | x], on the same probes.
    """

    ratio: float
    sigma: float
    rho: Annotated[float, Number(above=0.5, below=1)] = 0.95
    train: Annotated[int, Whole(20)] = 600
    probes: Annotated[int, Whole(20)] = 1000
    depth: Annotated[int, Whole(2)] = 3
    width: Annotated[int, Whole(1)] = 64
    rate: Annotated[float, Number(above=0)] = 0.01
    steps: Annotated[int, Whole(1)] = 1000
    seeds: Annotated[int, Whole(2)] = 20
    name: ClassVar[str] = "clustered_modes"
    version: ClassVar[int] = 1
    ranges: ClassVar[Ranges] = {
        "share_*": (-1, 1),
        "top_share_*": (0, 1),
        "mode_part": (0, 1),
        "conflicting_*": (0, 1),
        "agreeing_*": (0, 1),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        self.task()

    def task(self) -> ClusteredShortcut:
        """The task of this cell."""
        return ClusteredShortcut(ratio=self.ratio, sigma=self.sigma, rho=self.rho)

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above."""
        key = jax_key(entropy)
        runs = [self._run(jax.random.fold_in(key, seed)) for seed in range(self.seeds)]
        predicted = self._predictions()
        return [
            mean_quantity(name, [run[name, at] for run in runs], at=at, predicted=predicted.get((name, at)))
            for name, at in runs[0]
        ]

    def _predictions(self) -> Series:
        modes = clustered_modes(self.ratio, 1.0, self.sigma, self.rho)
        found: Series = {}
        for kernel in ("linear", "shallow"):
            for at, mode in enumerate(modes, 1):
                found[f"eigenvalue_{kernel}", at] = mode.eigenvalue
            found[f"eigenvalue_ratio_{kernel}", None] = modes[0].eigenvalue / modes[1].eigenvalue
            found[f"top_share_{kernel}", None] = abs(self._share(modes[0].direction))
        found |= _mode_parts(modes, self.ratio, self.rho)
        total = modes[0].weights + modes[1].weights
        found["weight_s", None], found["weight_c", None] = map(float, total)
        found["share_least_squares", None] = self._share(total)
        found["conflicting_least_squares", None] = self._conflicting(total)
        for time in TIMES:
            weights = modes[0].weights_at(time) + modes[1].weights_at(time)
            found["descent_weight_s", time], found["descent_weight_c", time] = map(float, weights)
            for kind in ("descent", "shallow"):
                found[f"share_{kind}", time] = self._share(weights)
            found["conflicting_shallow", time] = self._conflicting(weights)
        return found

    def _share(self, weights: np.ndarray) -> float:
        return shortcut_share(float(weights[0]) * self.ratio, float(weights[1]))

    def _conflicting(self, weights: np.ndarray) -> float:
        return linear_accuracy(weights, self.ratio, 1.0, self.sigma, conflicting=True)

    def _run(self, key: jax.Array) -> Series:
        train = self.task().sample(key, self.train)
        probes = ClusteredShortcut(ratio=self.ratio, sigma=self.sigma, rho=0.5)
        looks = _Looks(probes.sample(key, self.probes, stream=1))
        x, y = np.asarray(train.x, np.float64).reshape(self.train, -1), np.asarray(train.y, np.float64)
        bayes = posterior_mean(looks.x, self.ratio, 1.0, self.sigma, self.rho)
        return {
            ("share_bayes", None): looks.share(bayes),
            ("conflicting_bayes", None): looks.conflicting(bayes),
            **self._linear(x, y, looks),
            **self._kernel("shallow", 1, x, y, looks),
            **self._kernel("deep", self.depth, x, y, looks),
            **self._net(jax.random.fold_in(key, 2**31), train, looks),
        }

    def _linear(self, x: np.ndarray, y: np.ndarray, looks: "_Looks") -> Series:
        values, vectors = top_modes(x @ x.T, MODES)
        # The eigenfunction of a vector v is <q, x>, q = X' v / |X' v|.
        directions = x.T @ vectors / np.linalg.norm(x.T @ vectors, axis=0)
        target = x.T @ y / len(y)
        modes = [
            Mode(q, float(value), q * float(q @ target) / float(value))
            for value, q in zip(values, directions.T, strict=True)
        ]
        total = modes[0].weights + modes[1].weights
        found = _spectrum("linear", values, abs(self._share(modes[0].direction)))
        explained = [mode.weights @ target for mode in modes]
        for at, (mode, part) in enumerate(zip(modes, explained, strict=True), 1):
            found["mode_weight_s", at], found["mode_weight_c", at] = map(float, mode.weights)
            found["mode_part", at] = float(part / sum(explained))
        found["weight_s", None], found["weight_c", None] = map(float, total)
        found["share_least_squares", None] = self._share(total)
        found["conflicting_least_squares", None] = looks.conflicting(looks.x @ total)
        fastest = clustered_modes(self.ratio, 1.0, self.sigma, self.rho)[0].eigenvalue
        # The first time, and with it all later ones, its multiples, a whole number of steps.
        rate = TIMES[0] / math.ceil(TIMES[0] * STEPS_A_TIME * fastest)
        path = descent_weights(x, y, TIMES, rate)
        for time, weights in zip(TIMES, path, strict=True):
            found["descent_weight_s", time], found["descent_weight_c", time] = map(float, weights)
            found["share_descent", time] = self._share(weights)
        for penalty in PENALTIES:
            found["share_decoupled", penalty] = self._share(decoupled_weights(x, y, penalty))
        return found

    def _kernel(self, name: str, depth: int, x: np.ndarray, y: np.ndarray, looks: "_Looks") -> Series:
        def kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            return SCALE * ntk("fcn", first, second, depth=depth)

        whole = kernel(x, x)
        values, vectors = top_modes((whole - kernel(x, -x)) / 2, MODES)
        across = kernel(looks.x, x)
        top = (across - kernel(looks.x, -x)) / 2 @ vectors[:, 0]
        found = _spectrum(name, values, abs(looks.share(top)))
        outputs = across @ flow_coefficients(whole, y, TIMES)
        for time, f in zip(TIMES, outputs.T, strict=True):
            found[f"share_{name}", time] = looks.share(f)
            found[f"conflicting_{name}", time] = looks.conflicting(f)
        return found

    def _net(self, key: jax.Array, train: Batch, looks: "_Looks") -> Series:
        learner = GradientDescent(
            optimizer="adam",
            lr_w=(self.rate,),
            lr_b=(1.0,),
            steps=self.steps,
            init_std=1.0,
            eval_every=self.steps,
        )
        samples = pack(train, capacity=self.train)
        model: Model = build("model", {"name": "mlp", "depth": 1, "width": self.width})
        trained = learner.train(model, key, samples, samples, stop_below=None)
        assert trained.final is not None
        f = trained.final(pack(looks.batch, capacity=self.probes))
        return {
            ("share_net", None): looks.share(f),
            ("conflicting_net", None): looks.conflicting(f),
            ("agreeing_net", None): looks.agreeing(f),
        }


class _Looks:
    """Probes (m, 2), and what functions' values on them (m,) say."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.x = np.asarray(batch.x, np.float64).reshape(len(batch.y), -1)
        self.s, self.c = (np.asarray(batch.latents[name], np.float64) for name in ("s", "c"))

    def share(self, f: np.ndarray) -> float:
        return shortcut_share(*latent_coefficients(f, self.s, self.c))

    def conflicting(self, f: np.ndarray) -> float:
        return self._accuracy(f, self.s != self.c)

    def agreeing(self, f: np.ndarray) -> float:
        return self._accuracy(f, self.s == self.c)

    def _accuracy(self, f: np.ndarray, which: np.ndarray) -> float:
        return float(np.mean(decisions(f[which]) == self.c[which]))


def _spectrum(kernel: str, values: np.ndarray, share: float) -> Series:
    found: Series = {(f"eigenvalue_{kernel}", at): float(value) for at, value in enumerate(values, 1)}
    found[f"eigenvalue_ratio_{kernel}", None] = float(values[0] / values[1])
    found[f"top_share_{kernel}", None] = share
    return found


def _mode_parts(modes: tuple[Mode, Mode], ratio: float, rho: float) -> Series:
    target = np.array([(2 * rho - 1) * ratio, 1.0])
    explained = [float(mode.weights @ target) for mode in modes]
    found: Series = {}
    for at, (mode, part) in enumerate(zip(modes, explained, strict=True), 1):
        found["mode_weight_s", at], found["mode_weight_c", at] = map(float, mode.weights)
        found["mode_part", at] = part / sum(explained)
    return found
