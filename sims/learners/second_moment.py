"""A shared filter from images without labels: the top direction of the second moment of their patches."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
import numpy as np

from sims.learners import lanes
from sims.learners.base import More, Trained
from sims.learners.prices.training import Priced, Workspace, outputs_flops
from sims.models.base import Model, Parameters
from sims.models.local import CNN
from sims.pieces import register
from sims.pieces.errors import MAX_SAMPLES, is_number, require, require_integer
from sims.samples import Layout, Samples

BIASES = tuple(round(0.05 * step, 2) for step in range(21))
SIGNS = (1.0, -1.0)
DOUBLE = 8


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class SecondMoment(Priced):
    """The CNN whose filter is the top eigenvector v of the mean of x_i x_i^T over all patches of all images
    that are seen, labelled or not. Labels choose its sign and its bias alone, by squared error on the
    training set.

    Parameters
    ----------
    unlabelled: images beside the n labelled ones, which n does not count.
    biases: values >= 0 that are tried with both signs.

    On DSD E x_i x_i^T = sigma^2 I + w* w*^T / k: a spike of 1/(k sigma^2) over the noise, seen in N = k (n +
    unlabelled) patches. With g = d/N and s = 1/(k sigma^2), cos^2 of v and w* is (1 - g/s^2) / (1 + g/s)
    where g < s^2, else 0, as d and N grow together (Paul 2007; derived for DSD by setting in). So n +
    unlabelled has to exceed d k sigma^4 for any direction, and about d (k sigma^4 + sigma^2) / e leave
    cos^2 = 1 - e. What n* is once they are there, a sign and a bias, does not depend on k and d but by the
    target. A filter of its own for every patch would see k times fewer patches, and need d k^2 sigma^4: that
    filters are shared is what makes images without labels cheap.

    Raises `InputError` for values out of range, and for a model other than the CNN with LSA activation.

    >>> len(SecondMoment(unlabelled=20).biases)
    21
    """

    unlabelled: int = 0
    biases: tuple[float, ...] = BIASES
    name: ClassVar[str] = "second_moment"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_integer("unlabelled", self.unlabelled, 0, MAX_SAMPLES)
        fine = len(self.biases) >= 1 and all(is_number(bias) and bias >= 0 for bias in self.biases)
        require(fine, "biases", self.biases, "one or more numbers >= 0")

    def more(self, task: Any, n: int) -> tuple[More, ...]:
        """See `sims.learners.base.SeesMore`."""
        del task, n
        return (More("unlabelled", self.unlabelled),) if self.unlabelled else ()

    def train(
        self,
        model: Model,
        key: jax.Array,
        train: Samples,
        monitor: Samples,
        *,
        more: Mapping[str, Samples],
        stop_below: float | None,
    ) -> Trained:
        """Nothing is random, nothing can stop early: `key` and `stop_below` change nothing."""
        del key, stop_below
        _require_shared_filter(model)
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        every = self._nets(direction([train, *more.values()]))
        best = int(np.argmin(lanes.squared_error(model, every, train)))
        params = jax.tree.map(lambda leaf: leaf[best : best + 1], every)
        return Trained(
            risk=float(lanes.squared_error(model, params, monitor)[0]),
            squared_error=lambda samples: float(lanes.squared_error(model, params, samples)[0]),
            trainings=self.runs(model),
            steps=0,
            selected={"bias": float(params["b"][0])},
            outputs=lambda samples: lanes.outputs(model, params, samples),
            params=params,
        )

    def _nets(self, filter: np.ndarray) -> Parameters:
        """A lane for each bias and sign of the filter (d,)."""
        w = np.repeat(SIGNS, len(self.biases))[:, None, None] * filter
        b = np.tile(self.biases, len(SIGNS))
        return {"w": jnp.asarray(w, jnp.float32), "b": jnp.asarray(b, jnp.float32)}

    def runs(self, model: Model) -> int:
        """Signs and biases that are tried."""
        del model
        return len(SIGNS) * len(self.biases)

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """See `sims.learners.prices.training.Priced`."""
        _require_shared_filter(model)
        # The moment, the eigenvectors of a symmetric matrix, and what the nets say.
        fit = 2 * (train.n + self.unlabelled) * train.k * train.d**2 + 9 * train.d**3
        judged = outputs_flops(model, 1, monitor) + outputs_flops(model, 1, test)
        return fit + outputs_flops(model, self.runs(model), train) + judged

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """See `sims.learners.prices.training.Priced`."""
        del model, monitor
        patches = max(train.n, self.unlabelled) * train.k
        return Workspace(DOUBLE * (2 * patches * train.d + 4 * train.d**2))

    def brief(self) -> Self:
        """There are no steps."""
        return self


def direction(sets: list[Samples]) -> np.ndarray:
    """The unit eigenvector (d,) of the largest eigenvalue of the second moment of all patches, float64; its
    sign is arbitrary.
    """
    d = sets[0].patches[1]
    patches = [samples.images().reshape(-1, d).astype(np.float64) for samples in sets]
    moment = sum(one.T @ one for one in patches)
    return np.linalg.eigh(moment)[1][:, -1]


def _require_shared_filter(model: Model) -> None:
    fine = isinstance(model, CNN) and model.activation == "lsa"
    require(fine, "model", model.name, "cnn, with activation lsa, for second_moment")
