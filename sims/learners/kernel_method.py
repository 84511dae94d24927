"""What kernel learners share: training on a Gram matrix, and selection along the path of ridges or times.

A learner with a kernel of its own is one small file, a subclass of `KernelMethod` that makes the kernel:

    @register("learner")
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class LaplaceRegression(KernelMethod):
        bandwidth: float = 1.0
        name: ClassVar[str] = "laplace_regression"
        version: ClassVar[int] = 1

        def kernel(self, model, k, d):
            return Laplace(self.bandwidth)

`kernel` returns a `theory.kernels.Kernel`. A kernel that comes as a function of two sets of inputs, such as
the `kernel_fn` of a neural-tangents net, replaces `gram` in place of it. The fields of the subclass enter the
id of every cell and are options on the command line.
"""

import dataclasses
import itertools
import math
from typing import Any, ClassVar

import jax
import numpy as np

from sims.learners.base import Trained
from sims.learners.prices.training import Priced, Workspace, traced_flops
from sims.learners.spectral import Eigensystem
from sims.models.base import Model
from sims.pieces.errors import is_number, require
from sims.pieces.fields import Checked
from sims.samples import Layout, Samples
from theory.kernels import Kernel, gram

ENTRIES = 2**23
"""Kernel values computed at a time when a predictor is evaluated: 64 MB."""

SMALL = 256
"""Sets up to so many inputs are padded to a power of two."""


PAIRS = 8
"""Images of the block on which the operations of a kernel are counted."""


@dataclasses.dataclass(frozen=True)
class _Block:
    """A kernel's block of all pairs, as a function of the leaves of the features."""

    kernel: Kernel
    tree: Any

    def __call__(self, leaves: tuple[jax.Array, ...]) -> jax.Array:
        features = jax.tree.unflatten(self.tree, leaves)
        return self.kernel.block(features, features)


@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelMethod(Checked, Priced):
    """Least squares in the space of a kernel, started at f = 0 and regularised by a ridge or by stopping.

    Every point of `ridge` and of `time` is a predictor f(x) = sum_j alpha_j K(x, x_j). The one with the
    lowest squared error on the monitor set is kept, the first of equals. All come from one symmetric
    eigendecomposition of the training Gram matrix K, in float64.

    Parameters
    ----------
    ridge: values r >= 0 of alpha = (K + r m I)^-1 y with m = trace K / n, the mean of K(x, x) over the
        training set: the same r serves kernels of any scale (the parametrisation of neural-tangents'
        diag_reg). The ridge that is added does not grow with n. At r = 0, ridgeless regression, alpha =
        K^+ y with the pseudo-inverse: eigenvalues at or below n eps times the largest count as 0 (eps =
        2.2e-16), as they are when inputs repeat.
    time: times t > 0 of gradient flow on the mean of (f - y)^2, without a factor 1/2, from f = 0: alpha =
        K^-1 (I - exp(-2 K t / n)) y. It is the limit of gradient descent on the infinitely wide net in NTK
        parametrisation, at t = learning rate x steps. Times are absolute: they scale as 1/K.

    Raises `InputError`, named ridge or time, for other values, for values given twice, and if both are empty.
    """

    selects: ClassVar[bool] = True
    ridge: tuple[float, ...] = (0.0, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
    time: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for option, allowed in (("ridge", "numbers >= 0"), ("time", "numbers > 0")):
            values = getattr(self, option)
            fine = isinstance(values, tuple) and all(
                is_number(value) and (value > 0 or (value == 0 and option == "ridge")) for value in values
            )
            require(fine and len(set(values)) == len(values), option, values, f"{allowed}, all different")
            object.__setattr__(self, option, tuple(float(value) for value in values))
        require(bool(self.ridge or self.time), "ridge", self.ridge, "at least one number where time is empty")

    def kernel(self, model: Model, k: int, d: int) -> Kernel:
        """The kernel on images (n, k, d). A subclass has to write this or `gram`."""
        raise NotImplementedError(f"{type(self).__name__} has neither a kernel nor a gram of its own")

    def gram(self, model: Model, x1: np.ndarray, x2: np.ndarray | None = None) -> np.ndarray:
        """(n1, n2), float64: the kernel between images x1 (n1, k, d) and x2 (n2, k, d), or of x1 with itself.

        May be called from several threads at once.
        """
        kernel = self.kernel(model, *x1.shape[1:])
        second = None if x2 is None else _padded(x2)
        values = gram(kernel, _padded(x1), second, dtype=np.float64)
        return values[: len(x1), : len(x1 if x2 is None else x2)]

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """Fit on `train` at every point of the path; keep what does best on `monitor`.

        Nothing is random and nothing can stop early: `key` and `stop_below` change nothing. `selected` holds
        the ridge or the time, the other one None, and the rank of the Gram matrix.

        Raises `InputError`, named n, for an empty training or monitor set.
        """
        del key, stop_below
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        require(int(monitor.n) >= 1, "n", int(monitor.n), "enough samples for the monitor set to hold one")
        images = train.images().astype(np.float64)
        system = Eigensystem.of(self.gram(model, images))
        points = [("ridge", value) for value in self.ridge] + [("time", value) for value in self.time]
        inverses = np.stack([_inverse(system, *point) for point in points])
        path = system.dual_coefficients(inverses, train.labels().astype(np.float64))
        on_monitor = self._predict(model, images, path, monitor.images())
        risks = np.mean((on_monitor - monitor.labels().astype(np.float64)[:, None]) ** 2, axis=0)
        best = int(np.argmin(risks))
        coefficients = path[:, best : best + 1]

        def outputs(samples: Samples) -> np.ndarray:
            return self._predict(model, images, coefficients, samples.images())[:, 0]

        def squared_error(samples: Samples) -> float:
            return float(np.mean((outputs(samples) - samples.labels()) ** 2))

        selected: dict[str, Any] = {"ridge": None, "time": None, "rank": system.rank}
        return Trained(
            risk=float(risks[best]),
            squared_error=squared_error,
            trainings=len(points),
            steps=0,
            selected=selected | dict([points[best]]),
            outputs=outputs,
        )

    def runs(self, model: Model) -> int:
        """Points of the path."""
        del model
        return len(self.ridge) + len(self.time)

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float | None:
        """See `sims.learners.prices.training.Priced`; None for a kernel whose operations are not counted."""
        pairs = self.pair_flops(model, train.k, train.d)
        if pairs is None:
            return None
        n, points = train.n, self.runs(model)
        # Reduction to tridiagonal form 4/3 n^3, divide and conquer without deflation 8/3 n^3, vectors 2 n^3.
        fit = n * (n + 1) / 2 * pairs + 6 * n**3 + 2 * n**2 * (points + 1)
        return fit + monitor.n * n * (pairs + 2 * points) + test.n * n * (pairs + 2)

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """See `sims.learners.prices.training.Priced`."""
        del model, monitor
        # The matrix, its eigenvectors, and twice as much for finding them; blocks of the kernel; images.
        doubles = 4 * train.n**2 + 2 * ENTRIES + 3 * train.n * train.k * train.d
        return Workspace(8 * doubles)

    def pair_flops(self, model: Model, k: int, d: int) -> float | None:
        """Operations of the kernel on a pair of images, None if they are not counted."""
        if type(self).gram is not KernelMethod.gram:
            return None
        kernel = self.kernel(model, k, d)
        image = jax.ShapeDtypeStruct((PAIRS, k, d), np.float32)
        features = jax.eval_shape(kernel.features, image)
        leaves, tree = jax.tree.flatten(features)
        return traced_flops(_Block(kernel, tree), tuple(leaves)) / PAIRS**2

    def _predict(self, model: Model, train: np.ndarray, path: np.ndarray, images: np.ndarray) -> np.ndarray:
        """(n, points): outputs on images (n, k, d), a block of rows of the kernel at a time."""
        rows = max(1, ENTRIES // len(train))
        edges = [*range(0, len(images), rows), len(images)]
        parts = [
            self.gram(model, images[a:b].astype(np.float64), train) @ path
            for a, b in itertools.pairwise(edges)
            if b > a
        ]
        return np.concatenate(parts) if parts else np.empty((0, path.shape[1]))


def _padded(x: np.ndarray) -> np.ndarray:
    """A small set with zero inputs up to a power of two, so that a search compiles the kernel for few sizes.

    Larger sets are cut into blocks of one size in any case.
    """
    if len(x) > SMALL:
        return x
    whole = np.zeros((2 ** math.ceil(math.log2(len(x))), *x.shape[1:]), x.dtype)
    whole[: len(x)] = x
    return whole


def _inverse(system: Eigensystem, kind: str, value: float) -> np.ndarray:
    if kind == "ridge":
        return system.inverse_with_ridge(value * system.mean_diagonal)
    return system.inverse_at_time(value)
