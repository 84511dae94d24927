"""Online training of the convolutional LSA net on the local-signal task: does it learn to threshold the
noise?

The synthetic run of Karp et al. 2021 (NeurIPS), with the settings of its released code (figure 3 in
github.com/skarp/local-signal-adaptivity): d = 10, k = 1000, sigma = ln k / sqrt k, fresh batches of 500, 10
000 steps of gradient descent on the logistic loss at rate 0.1 for w and 0.1 / k for b, w started at norm
1e-6.

Drawn in full, that is 5e10 Gaussians. The run here has the same law with far fewer. A batch is new at every
step, so it is independent of (w, b), and the net sees a noise patch x only through z = <w, x> and, if |z| >
b, through x in the gradient. With u = w/|w|, the part z/|w| of x along u and the part across u are
independent. Hence, given (w, b), exactly:

* the number of active noise patches of a sample is Binomial(k - 1, P(|z| > b)), and their z are independent,
  Gaussian beyond +-b: the silent patches are never drawn;
* f is y phi_b(<w, w*>) plus the sum of phi_b(z) over active patches, and so are known the loss slopes r_n
  and the gradient with respect to b;
* the gradient with respect to w is sum_n r_n y_n 1{|<w, w*>| > b} w* plus u times sum_n r_n sum_active
  z/|w|, plus the parts across u, whose sum given all the rest is N(0, sigma^2 (sum_n r_n^2 active_n) (I - u
  u')): one Gaussian vector a step. Derived.
"""

import dataclasses
import math
from typing import Annotated, ClassVar

import numpy as np
from scipy.special import expit, ndtr, ndtri

import theory.related.local_signal
from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.probes.intervals import Ranges
from sims.probes.series import mean_quantity

SPARSE = 0.25
"""Below this share of active patches, drawing only these (by the inverse of the normal law) is faster."""


def active_sums(
    rng: np.random.Generator, samples: int, patches: int, threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of `patches` standard normals g a sample, those with |g| > `threshold` >= 0: how many, sum g, sum
    sign(g).

    Three float arrays (samples,), exact in law, whichever way they are drawn (but for the rounding of the
    normals, to float32 where all are drawn).
    """
    tail = float(ndtr(-threshold))
    if 2 * tail > SPARSE:
        g = rng.standard_normal((samples, patches), np.float32)
        active = np.abs(g) > threshold
        g *= active
        return active.sum(1).astype(float), g.sum(1, dtype=float), np.sign(g).sum(1, dtype=float)
    count = rng.binomial(patches, 2 * tail, samples)
    owner = np.repeat(np.arange(samples), count)
    # One uniform number a patch: its side of zero is the sign of g, its size the quantile of |g| beyond the
    # threshold. The guard keeps the quantile off zero, where |g| would be infinite.
    side = 2 * rng.random(owner.size) - 1
    sign = np.copysign(1.0, side)
    size = -ndtri(tail * np.maximum(1 - np.abs(side), 1e-17))
    total = np.bincount(owner, weights=sign * size, minlength=samples)
    signs = np.bincount(owner, weights=sign, minlength=samples)
    return count.astype(float), total, signs


@dataclasses.dataclass(frozen=True)
class Net:
    """The filter w (d,) and the bias b >= 0 of f(x) = sum_i phi_b(<w, x_i>)."""

    w: np.ndarray
    b: float

    @property
    def norm(self) -> float:
        """|w|."""
        return float(np.linalg.norm(self.w))

    def threshold(self, sigma: float) -> float:
        """b in standard deviations of <w, x_i> on a noise patch."""
        return self.b / (sigma * self.norm)


def outputs(
    rng: np.random.Generator, net: Net, alignment: float, sigma: float, samples: int, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """y f (samples,) of new samples, and the `active_sums` of their noise patches, all times y.

    The noise is symmetric: times y it has the same law, and a sample may be drawn as if y were 1.
    """
    count, total, signs = active_sums(rng, samples, k - 1, net.threshold(sigma))
    signal = math.copysign(max(abs(alignment) - net.b, 0.0), alignment)
    return signal + sigma * net.norm * total - net.b * signs, count, total, signs


def batch_gradient(
    rng: np.random.Generator, net: Net, signal: np.ndarray, sigma: float, batch: int, k: int
) -> tuple[np.ndarray, float]:
    """Gradient of the mean logistic loss over a new batch, with respect to w (d,) and b."""
    alignment = float(net.w @ signal)
    margin, count, total, signs = outputs(rng, net, alignment, sigma, batch, k)
    slope = -expit(-margin) / batch
    heard = abs(alignment) > net.b
    along = net.w / net.norm
    across = rng.standard_normal(signal.size) * math.sqrt(float(slope**2 @ count))
    across -= (across @ along) * along
    grad_w = slope.sum() * heard * signal + sigma * (float(slope @ total) * along + across)
    grad_b = -slope.sum() * heard * np.sign(alignment) - float(slope @ signs)
    return grad_w, float(grad_b)


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalSignalTraining(Checked):
    """Tracks the filter, the bias and the error of the net along the run, every `record_every` steps, as
    means over independent runs.

    No reading on a cell: every step takes new samples, and there is no trained net at one n.

    Parameters
    ----------
    k, d: patches (>= 2) and coordinates a patch.
    sigma: noise of every coordinate; None for ln k / sqrt k.
    batch, steps: new samples a step, and steps.
    lr_w, lr_b: learning rates; lr_b None for lr_w / k. The loss is the mean of log(1 + e^{-yf}).
    init_norm: |w| at the start, in a uniform direction. The bias starts at 0 and is kept >= 0.
    test_size: new samples on which every recorded error of every run is measured.
    record_every: steps between records, a divisor of `steps`; step 0 and the last one are recorded.
    repetitions: independent runs (>= 2), each with its own start, batches and test samples.

    w* is (1, ..., 1)/sqrt d. Raises `InputError` for values out of range.
    """

    k: Annotated[int, Whole(2)]
    d: Annotated[int, Whole(1)]
    sigma: Annotated[float | None, Number(above=0)] = None
    batch: Annotated[int, Whole(1)] = 500
    steps: Annotated[int, Whole(1)] = 10_000
    lr_w: Annotated[float, Number(above=0)] = 0.1
    lr_b: Annotated[float | None, Number(above=0)] = None
    init_norm: Annotated[float, Number(above=0)] = 1e-6
    test_size: Annotated[int, Whole(1)] = 5000
    record_every: Annotated[int, Whole(1)] = 100
    repetitions: Annotated[int, Whole(2)] = 5
    name: ClassVar[str] = "local_signal_training"
    version: ClassVar[int] = 2
    ranges: ClassVar[Ranges] = {
        "cosine": (-1, 1),
        "final_cosine": (-1, 1),
        "threshold": (0, math.inf),
        "final_threshold": (0, math.inf),
        "error": (0, 1),
        "final_error": (0, 1),
        "error_*_bias": (0, 1),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        allowed = f"an integer >= 1 that divides steps = {self.steps}"
        require(self.steps % self.record_every == 0, "record_every", self.record_every, allowed)

    def measure(self, entropy: int) -> list[Quantity]:
        """Series over steps, their last values, and errors to hold against these.

        Every number that varies from run to run is the mean over runs with its standard error over runs.

        Series (`at` is the step): "alignment" <w, w*>, "perpendicular" |w - <w, w*> w*|, "cosine", "bias",
        "threshold" b / (sigma |w|), and "error", the 0-1 error on new samples; its prediction is the mean
        over runs of the exact error of a net with that run's w and b.
        Without `at`, after the last step: "final_cosine", "final_threshold", "final_error" and
        "error_over_linear", the final error over the best linear predictor's (left out where that one is 0);
        "error_start_bias", the exact error of the last w at b = 0. Without randomness: "error_linear", the
        best linear predictor's; "error_best_bias", the least over b at w = w*.
        """
        sigma = theory.related.local_signal.published_sigma(self.k) if self.sigma is None else self.sigma
        streams = numpy_generator(entropy).spawn(self.repetitions)
        runs = [self._run(rng, sigma) for rng in streams]
        exact = np.mean([[numbers.pop("exact") for numbers in run] for run in runs], axis=0)
        found: list[Quantity] = []
        for index, predicted in enumerate(exact):
            step = index * self.record_every
            for name in runs[0][index]:
                values = np.array([run[index][name] for run in runs])
                theirs = float(predicted) if name == "error" else None
                found.append(mean_quantity(name, values, predicted=theirs, at=step))
        last = {name: np.array([run[-1][name] for run in runs]) for name in runs[0][-1]}
        linear = theory.related.local_signal.linear_risk(self.k, sigma).zero_one
        found.append(mean_quantity("final_cosine", last["cosine"]))
        found.append(mean_quantity("final_threshold", last["threshold"]))
        found.append(mean_quantity("final_error", last["error"], predicted=float(exact[-1])))
        if linear > 0:
            share = float(exact[-1]) / linear
            found.append(mean_quantity("error_over_linear", last["error"] / linear, predicted=share))
        without = ndtr(-last["cosine"] / math.sqrt((self.k - 1) * sigma**2 + 1e-300))
        best = min(
            theory.related.local_signal.lsa_risk(self.k, sigma, 1.0, bias).zero_one
            for bias in np.linspace(0, 0.98, 50)
        )
        found.append(mean_quantity("error_start_bias", without))
        found.append(Quantity(name="error_linear", value=linear))
        found.append(Quantity(name="error_best_bias", value=best))
        return found

    def _run(self, rng: np.random.Generator, sigma: float) -> list[dict[str, float]]:
        """One run: what is recorded at step 0 and after every `record_every` steps."""
        lr_b = self.lr_w / self.k if self.lr_b is None else self.lr_b
        signal = np.full(self.d, 1 / math.sqrt(self.d))
        w = rng.standard_normal(self.d)
        net = Net(self.init_norm * w / np.linalg.norm(w), 0.0)
        records = [self._record(rng, net, signal, sigma)]
        for step in range(1, self.steps + 1):
            grad_w, grad_b = batch_gradient(rng, net, signal, sigma, self.batch, self.k)
            net = Net(net.w - self.lr_w * grad_w, max(net.b - lr_b * grad_b, 0.0))
            if step % self.record_every == 0:
                records.append(self._record(rng, net, signal, sigma))
        return records

    def _record(
        self, rng: np.random.Generator, net: Net, signal: np.ndarray, sigma: float
    ) -> dict[str, float]:
        """The numbers of one net; "error" is measured on new samples, "exact" is its expectation."""
        alignment = float(net.w @ signal)
        margin, *_ = outputs(rng, net, alignment, sigma, self.test_size, self.k)
        return {
            "alignment": alignment,
            "perpendicular": float(np.linalg.norm(net.w - alignment * signal)),
            "cosine": alignment / net.norm,
            "bias": net.b,
            "threshold": net.threshold(sigma),
            "error": float(np.where(margin == 0, 0.5, margin < 0).mean()),
            "exact": _exact_error(self.k, sigma, net, alignment),
        }


def _exact_error(k: int, sigma: float, net: Net, alignment: float) -> float:
    """0-1 error of the net: that of w = w* where noise and bias are counted in units of <w, w*>.

    A negative alignment has the error 1 - that of its negative, as -f has.
    """
    if abs(alignment) <= net.b:
        return 0.5
    scale = abs(alignment)
    error = theory.related.local_signal.lsa_risk(k, sigma * net.norm / scale, 1.0, net.b / scale).zero_one
    return error if alignment > 0 else 1 - error
