"""Kernel regression with the tangent kernel of a convolutional net with many channels, at its random start.

The net averages over patches (global pooling), in NTK parametrisation:

    f(x) = m^{-1/2} k^{-1} sum_{c <= m} a_c sum_i phi(<w_c, x_i>/sqrt d),    w_c ~ N(0, I_d),  a_c = 1 or -1.

Its tangent kernel is the inner product of m (1 + d) features of an image, the derivatives in a_c and w_c,
at a cost of k d m an image: the kernel of the infinitely wide net (`KernelRegression`) takes k^2 evaluations
of a dual activation for every pair of images. Its expectation over the draw is that kernel, whatever m;
entries scatter about it by a fraction of order 1/sqrt(m).

A soft threshold that is trained adds its own derivative, d phi/db = -sign(z) [|z| > b], to the features: m of
them if every channel has a threshold of its own, and if all share one the sum m^{-1/2} sum_c a_c (...), a
single feature. Both add E s(z) s(z') to the expectation, s(z) = sign(z) [|z| > b], averaged over pairs of
patches; at b = 0 that is (2/pi) arcsin of the cosine of two patches, odd and not linear (derived; the dual of
the sign function, Cho and Saul 2009). The shared feature remains one draw of a random function at any m.
"""

import dataclasses
import math
from typing import Annotated, Any, ClassVar

import jax
import numpy as np

from sims.learners.base import Trained
from sims.learners.kernel_method import KernelMethod
from sims.models.base import Model
from sims.pieces import register
from sims.pieces.errors import MAX_WIDTH, require
from sims.pieces.fields import Number, OneOf, Whole
from sims.samples import Samples

ACTIVATIONS = ("lsa", "relu")
THRESHOLD_GRADIENTS = ("none", "shared", "per_channel")
MAX_SEED = 2**63
NUMBERS = 2**23
"""Numbers held at a time, of activations and of features: 32 MB each."""


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ChannelRegression(KernelMethod):
    """Regression with the module's kernel; ridge and time as in `KernelMethod`.

    The model must be the "cnn", whose architecture it is; its activation and bias are those of nets that are
    trained, and take no part.

    Parameters
    ----------
    activation: "lsa", phi(z) = ReLU(z - b) - ReLU(-z - b), or "relu".
    threshold: b >= 0 of "lsa"; pre-activations of a noise patch have the standard deviation sigma. At b = 0
        the net is linear.
    threshold_gradient: whether the kernel holds the derivative in the threshold of "lsa": "none", "shared"
        (all channels have the same) or "per_channel".
    channels: m.
    draw: seed of the channels; None draws new ones for every training, from its key.
    """

    activation: Annotated[str, OneOf(ACTIVATIONS)] = "lsa"
    threshold: Annotated[float, Number(least=0)] = 0.0
    threshold_gradient: Annotated[str, OneOf(THRESHOLD_GRADIENTS)] = "none"
    channels: Annotated[int, Whole(1, MAX_WIDTH)] = 512
    draw: Annotated[int | None, Whole(0, MAX_SEED)] = None
    name: ClassVar[str] = "channel_regression"
    version: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        lsa, b, gradient = self.activation == "lsa", self.threshold, self.threshold_gradient
        require(lsa or b == 0, "threshold", b, "0 for activation relu; it is an option of lsa")
        require(lsa or gradient == "none", "threshold_gradient", gradient, "none for activation relu")

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """As `KernelMethod.train`, with channels drawn from `key` unless `draw` names theirs."""
        require(model.name == "cnn", "model", model.name, "cnn, the architecture of this kernel")
        learner = self
        if self.draw is None:
            learner = dataclasses.replace(self, draw=int(jax.random.bits(key, dtype="uint32")))
        return super(ChannelRegression, learner).train(model, key, train, monitor, stop_below=stop_below)

    def gram(self, model: Model, x1: np.ndarray, x2: np.ndarray | None = None) -> np.ndarray:
        """(n1, n2), float64, of images (n, k, d): features in float32, their products in float64, some
        channels at a time.
        """
        del model
        require(self.draw is not None, "draw", self.draw, "an integer >= 0 where no training draws one")
        d = x1.shape[2]
        rng = np.random.default_rng(self.draw)
        weights = rng.standard_normal((self.channels, d)).astype(np.float32)
        signs = rng.choice(np.array([-1.0, 1.0]), size=self.channels)
        images = len(x1) + (0 if x2 is None else len(x2))
        group = max(1, NUMBERS // (images * (2 + d)))
        total = np.zeros((len(x1), len(x1 if x2 is None else x2)))
        shared = [np.zeros(len(x1)), np.zeros(total.shape[1])]
        for start in range(0, self.channels, group):
            chosen = slice(start, start + group)
            first = self.features(x1, weights[chosen])
            second = first if x2 is None else self.features(x2, weights[chosen])
            if self.threshold_gradient == "shared":
                # The last columns are the derivatives in a threshold of each channel.
                own = len(signs[chosen])
                shared[0] += first[:, -own:] @ signs[chosen]
                shared[1] += second[:, -own:] @ signs[chosen]
                first, second = first[:, :-own], second[:, :-own]
            total += first @ second.T
        return (total + np.outer(*shared)) / self.channels

    def pair_flops(self, model: Model, k: int, d: int) -> float:
        """Of the product of two images' features; features, which cost less from some images on, apart."""
        del model, k
        return 2.0 * self.channels * (1 + d)

    def features(self, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n, m (1 + d)), float64: derivatives of the net in a_c, and in w_c times a_c, times sqrt m, of
        images (n, k, d) and weights (m, d). With a threshold gradient m more columns, the derivatives in a
        threshold of each channel times -a_c.
        """
        n, k, d = x.shape
        m = len(weights)
        scaled = (x / math.sqrt(d)).astype(np.float32)
        thresholds = self.threshold_gradient != "none"
        found = np.empty((n, m * (1 + d + thresholds)))
        rows = max(1, NUMBERS // (k * m))
        for start in range(0, n, rows):
            patches = scaled[start : start + rows]
            z = patches @ weights.T
            value, slope = self._activation(z)
            across = np.matmul(slope.transpose(0, 2, 1), patches)
            block = found[start : start + rows]
            block[:, :m] = value.mean(axis=1)
            block[:, m : m * (1 + d)] = across.reshape(len(patches), m * d) / k
            if thresholds:
                block[:, m * (1 + d) :] = (np.sign(z) * slope).mean(axis=1)
        return found

    def _activation(self, z: np.ndarray) -> tuple[Any, Any]:
        """phi and phi' of pre-activations."""
        if self.activation == "relu":
            return np.maximum(z, 0), (z > 0).astype(np.float32)
        b = np.float32(self.threshold)
        return z - np.clip(z, -b, b), (np.abs(z) > b).astype(np.float32)
